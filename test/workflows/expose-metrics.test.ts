import { freePort } from '../support/free-port';
import type { StoredCredential } from '../support/n8n/client';
import { sharedN8n } from '../support/n8n/shared';
import { askPromtool } from '../support/promtool';
import { checkOnce, remove, select, serve, type Served } from './served';

const client = sharedN8n();
const set = `metrics-${process.pid}`;
const value = 'Bearer a-long-random-value';
const headers = { authorization: value };
let credential: StoredCredential;
let served: Served[] = [];

beforeAll(async () => {
	const alert = { failures: 1 };
	await checkOnce(client, set, [
		{ name: 'Editor', type: 'http', url: `${client.url}/healthz`, alert },
		{ name: 'Queue', type: 'tcp', host: '127.0.0.1', port: await freePort(), alert },
	]);
	credential = await client.createCredential('Key of the metrics', 'httpHeaderAuth', {
		name: 'Authorization',
		value,
	});
});

afterEach(async () => {
	for (const one of served) await remove(client, one);
	served = [];
});

async function metrics(settings: object = {}) {
	const one = await serve(client, 'expose-metrics', { sets: set, ...settings }, (workflow) =>
		select(workflow, 'When Prometheus asks', credential),
	);
	served.push(one);
	return async (given: Record<string, string> = headers) =>
		await client.callWebhook(one.path, { method: 'GET', headers: given });
}

test('Prometheus gets what it can read, and who has not the key gets nothing', async () => {
	const ask = await metrics();
	for (const wrong of [{}, { authorization: 'Bearer guess' }] as Record<string, string>[]) {
		const refused = await ask(wrong);
		expect(refused.status).toBe(403);
		expect(refused.text).not.toContain('opsdesk_');
	}
	const answer = await ask();
	expect(answer.status).toBe(200);
	expect(answer.headers.get('content-type')?.split('; ').sort()).toEqual([
		'charset=utf-8',
		'text/plain',
		'version=0.0.4',
	]);
	expect(answer.headers.get('cache-control')).toBe('no-store');
	expect(answer.text).toContain(`opsdesk_check_up{set="${set}",site="",check="Editor",type="http"} 1`);
	expect(answer.text).toContain(`opsdesk_check_up{set="${set}",site="",check="Queue",type="tcp"} 0`);
	expect(answer.text).not.toContain('a-long-random-value');
	expect(await askPromtool(['check', 'metrics'], answer.text)).toEqual({ code: 0, said: '' });
});

test('all sets are told unless some are named, and what cannot be told is answered as such', async () => {
	await checkOnce(client, `${set}-other`, [{ name: 'Port', type: 'tcp', host: '127.0.0.1', port: 1 }]);
	const all = (await (await metrics({ sets: '' }))()).text;
	expect(all).toContain(`opsdesk_check_known{set="${set}"`);
	expect(all).toContain(`opsdesk_check_known{set="${set}-other"`);
	const broken = await (await metrics({ sets: '../x' }))();
	expect([broken.status, broken.text]).toEqual([503, 'Nothing is known at the moment.']);
});
