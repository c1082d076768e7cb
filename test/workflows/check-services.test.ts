import { randomUUID } from 'node:crypto';

import { RecordingServer } from '../support/doubles/recording-server';
import { freePort } from '../support/free-port';
import { sharedN8n } from '../support/n8n/shared';
import { nodeOf } from './backing-up';
import { Checking, outOfOrder, pathOf } from './checking';

const client = sharedN8n();
let checking: Checking;
let service: RecordingServer;
let deadPort: number;
let set: string;

beforeAll(async () => {
	service = await RecordingServer.start(() => ({ status: 200 }));
	deadPort = await freePort();
	checking = await Checking.install(client);
});

beforeEach(() => {
	set = `services-${randomUUID()}`;
	service.outage = undefined;
});

afterAll(async () => {
	await checking?.remove();
	await service?.stop();
});

const alert = { failures: 2, recoveries: 1 };
const services = () => [
	{ name: 'n8n', type: 'n8n', url: client.url, alert },
	{ name: 'supabase', type: 'http', url: service.url, alert },
];
const setUp = (settings: Record<string, unknown> = {}, change?: Parameters<Checking['setUp']>[2]) =>
	checking.setUp('check-services', { set, checks: JSON.stringify(services()), ...settings }, change);
const look = () => checking.press('check-services', 'Check now');

interface State {
	status: string;
	services: Record<string, { status: string; checkedAt: string | null; latencyMs: number | null }>;
}

async function ask(headers: Record<string, string> = {}): Promise<{ code: number; text: string } & State> {
	const path = pathOf(checking.idOf('check-services'));
	const answer = await client.callWebhook(path, { method: 'GET', headers });
	const json = answer.json as State | undefined;
	return {
		code: answer.status,
		text: answer.text,
		status: json?.status ?? '',
		services: json?.services ?? {},
	};
}
const brief = ({ code, status, services: each }: Awaited<ReturnType<typeof ask>>) => [
	...[code, status],
	...Object.entries(each).map(([name, state]) => `${name} ${state.status}`),
];

test('the state is ok when every service is, and degraded from the first bad look on, before a person is called', async () => {
	await setUp();
	expect((await look()).error).toBe('');
	const well = await ask();
	expect(brief(well)).toEqual([200, 'ok', 'n8n ok', 'supabase ok']);
	expect(Date.now() - Date.parse(well.services['n8n']?.checkedAt ?? '')).toBeLessThan(60_000);
	service.outage = outOfOrder;
	await look();
	expect(brief(await ask())).toEqual([200, 'degraded', 'n8n ok', 'supabase warning']);
	expect(checking.received().flat()).toEqual([]);
	await look();
	expect(brief(await ask())).toEqual([200, 'degraded', 'n8n ok', 'supabase critical']);
	service.outage = undefined;
	await look();
	expect(brief(await ask())).toEqual([200, 'ok', 'n8n ok', 'supabase ok']);
	expect(
		checking
			.received()
			.flat()
			.map(({ title, status }) => [title, status]),
	).toEqual([
		['supabase fails', 'firing'],
		['supabase is well again', 'resolved'],
	]);
});

test('with 503 wanted the answer is 200 only when all is well', async () => {
	await setUp({ statusWhenDegraded: 503 });
	expect(brief(await ask())).toEqual([503, 'degraded', 'n8n unknown', 'supabase unknown']);
	await look();
	expect((await ask()).code).toBe(200);
	service.outage = outOfOrder;
	await look();
	expect((await ask()).code).toBe(503);
});

test('HC-21: what was never looked at, or not for a while, is unknown and never ok', async () => {
	await setUp();
	await look();
	// The clock of the answer alone runs ahead, as when the schedule has stopped.
	await setUp({}, (workflow) => {
		nodeOf(workflow, 'Read what is known').parameters['options'] = { days: 1, outdatedAfterMinutes: 1 };
	});
	expect((await ask()).status).toBe('ok');
	await new Promise((resolve) => setTimeout(resolve, 62_000));
	expect(brief(await ask())).toEqual([200, 'degraded', 'n8n unknown', 'supabase unknown']);
	await setUp({ checks: JSON.stringify([...services(), { ...services()[0], name: 'new' }]) });
	await look();
	await setUp({ checks: JSON.stringify([...services(), { ...services()[0], name: 'other' }]) });
	expect(brief(await ask())).toEqual([200, 'degraded', 'n8n ok', 'supabase ok', 'other unknown']);
	await setUp({ set: `${set},another` });
	expect((await ask()).status).toBe('degraded');
	await setUp({ set: '' });
	expect((await ask()).status).toBe('degraded');
	await setUp({ checks: '[]' });
	expect((await ask()).status).toBe('degraded');
	// The memory cannot be read under this name.
	await setUp({ set: '../../etc', statusWhenDegraded: 503 });
	expect(brief(await ask())).toEqual([503, 'degraded', 'n8n unknown', 'supabase unknown']);
});

test('HC-28: the answer tells neither hosts nor secrets nor texts of errors', async () => {
	const secret = { name: 'db', type: 'http', url: `http://127.0.0.1:${deadPort}/?token=hidden`, alert };
	await setUp({ checks: JSON.stringify([secret]) });
	await look();
	const { text, services: each } = await ask();
	expect(text).not.toMatch(/127\.0\.0\.1|hidden|refused/);
	expect(Object.keys(each['db'] ?? {}).sort()).toEqual(['checkedAt', 'latencyMs', 'since', 'status']);
});

test('with a credential nobody learns the state without', async () => {
	const credential = await client.createCredential(`Key ${set}`, 'httpHeaderAuth', {
		name: 'X-Key',
		value: set,
	});
	await setUp({}, (workflow) => {
		const hook = nodeOf(workflow, 'When the state is asked for');
		hook.parameters['authentication'] = 'headerAuth';
		hook.credentials = { httpHeaderAuth: { id: credential.id, name: credential.name } };
	});
	expect((await ask()).code).toBe(403);
	expect((await ask({ 'X-Key': set })).code).toBe(200);
});
