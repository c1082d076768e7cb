import { randomBytes } from 'node:crypto';

import { storeMessages } from '../../src/chat';
import { getOutbox } from '../../src/channels';
import { applyToTimer, getTimer, savePolicy, saveSchedule } from '../../src/sla';
import { saveMember, type Store } from '../../src/store';
import { openStand, type Stand } from '../src/store/stand';
import { RecordingServer } from '../support/doubles/recording-server';
import type { StoredCredential } from '../support/n8n/client';
import { executionError } from '../support/n8n/executions';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting } from './alerting';
import { nodeOf, type ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const client = sharedN8n();
const newId = (): string => randomBytes(8).toString('hex');
const ids = {
	...{ 'start-timers-on-requests': newId(), 'stop-timers-on-replies': newId() },
	...{ 'alert-on-sla-events': newId() },
};
let stand: Stand;
let store: Store;
let alerting: Alerting;
let receiver: RecordingServer;
let credential: StoredCredential;
let conversationId: number;

beforeAll(async () => {
	stand = await openStand('workflow-sla');
	store = stand.open('postgres');
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const target = (name: string, more: object) => ({
		name,
		channel: 'webhook',
		to: `${receiver.url}/${name}`,
		...more,
	});
	alerting = await Alerting.install(client, {
		targets: [
			target('anna', { owners: ['anna@example.com'] }),
			target('boss', { owners: ['boss@example.com'] }),
		],
	});
	credential = await client.createCredential(`desk ${ids['alert-on-sla-events']}`, 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
	await saveSchedule(store, {
		name: 'Always',
		definition: { timezone: 'UTC', always: true },
		isDefault: true,
	});
	await savePolicy(store, {
		layer: 'tenant',
		policy: {
			targetMinutes: { firstResponse: 40 / 60, nextResponse: null },
			warnings: [{ percent: 50 }],
			escalation: { most: 0 },
			notify: { warning: ['anna@example.com'], breach: ['anna@example.com', 'boss@example.com'] },
		},
	});
	for (const [name, role] of [
		['anna', 'observer'],
		['boss', 'manager'],
		['carol', 'observer'],
	] as const) {
		const identities = [{ platform: 'telegram', id: `7${name.length}` }];
		await saveMember(
			store,
			{ email: `${name}@example.com` },
			{ name, role, ...(name === 'carol' && { identities }) },
		);
	}
	conversationId = await hear('4242', 'Flower shop');
	for (const [key, id] of Object.entries(ids)) {
		await setUpWorkflow(client, {
			...{ key, id, alerting, credential, settings: { memberChannels: 'telegram:1234' } },
			change: (workflow) => {
				if (key !== 'alert-on-sla-events') return;
				Object.assign(nodeOf(workflow, 'When a promise is at risk').parameters, { pollSeconds: 1 });
				nodeOf(workflow, 'Write to the member').disabled = false;
			},
		});
		await client.activate(id);
	}
});

afterAll(async () => {
	for (const id of Object.values(ids)) {
		await client.deactivate(id);
		await client.deleteWorkflow(id);
	}
	await alerting?.remove();
	if (credential) await client.deleteCredential(credential.id);
	await receiver?.stop();
	await stand?.close();
});

/** A message of a client is stored; the id of its conversation. */
async function hear(chatId: string, title: string): Promise<number> {
	const [stored] = await storeMessages(store, [
		{
			...{ platform: 'telegram', id: '1', chat: { id: chatId, title } },
			...{ sender: { id: chatId, name: 'Client' }, sentAt: new Date().toISOString(), text: 'Hello' },
		},
	]);
	return Number((stored as { conversationId?: number } | undefined)?.conversationId);
}

/** Another workflow calls one of them with what it has stored. */
async function call(key: keyof typeof ids, message: Record<string, unknown>): Promise<void> {
	const id = newId();
	await client.importWorkflow({
		...{ id, name: `Caller ${id}`, settings: { executionOrder: 'v1' } },
		nodes: [
			{
				...{ id: 'start', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 },
				...{ position: [0, 0], parameters: {} },
			},
			{
				...{ id: 'call', name: 'Tell it', type: 'n8n-nodes-base.executeWorkflow', typeVersion: 1.4 },
				position: [220, 0],
				parameters: {
					workflowId: { __rl: true, mode: 'id', value: ids[key] },
					workflowInputs: {
						...{ mappingMode: 'defineBelow', matchingColumns: [], schema: [] },
						value: { conversationId, sentAt: new Date().toISOString(), ...message },
						...{ attemptToConvertTypes: false, convertFieldsToString: true },
					},
					options: {},
				},
			},
		],
		connections: { Start: { main: [[{ node: 'Tell it', type: 'main', index: 0 }]] } },
	});
	const run = await client.run(id);
	await client.deleteWorkflow(id);
	expect(executionError(run)).toBeUndefined();
}

const statusOf = async (): Promise<string> => (await getTimer(store, { conversationId }))?.status ?? 'idle';
const told = (): string[] =>
	receiver.requests.map(({ path, body }) => {
		const { title, status } = body as ReceivedAlert & { status?: string };
		return `${path.slice(1)}: ${title}${status === 'resolved' ? ' (resolved)' : ''}`;
	});

test('SL-37: thanks and messages of a bot start and stop nothing', async () => {
	await call('start-timers-on-requests', { messageId: '1', direction: 'inbound', text: 'Ok, спасибо!' });
	await call('start-timers-on-requests', { messageId: '1', direction: 'outbound', text: 'Where is it?' });
	expect(await statusOf()).toBe('idle');
});

test('SL-26, SL-39: a request starts one timer, those who are named are told once, and the reply ends it', async () => {
	const request = { messageId: '1', direction: 'inbound', text: 'Thanks. Where is my invoice?' };
	await call('start-timers-on-requests', request);
	await call('start-timers-on-requests', request);
	await call('stop-timers-on-replies', { messageId: '2', direction: 'outbound', author: 'bot' });
	expect(await statusOf()).toBe('running');
	expect(await poll(150_000, () => Promise.resolve(told().length >= 3 ? true : undefined))).toBe(true);
	expect(told().sort()).toEqual([
		'anna: Flower shop waits for the first answer',
		'anna: Flower shop: the first answer is overdue',
		'boss: Flower shop: the first answer is overdue',
	]);
	await call('stop-timers-on-replies', { messageId: '3', direction: 'outbound', by: 'Anna' });
	expect(await getTimer(store, { conversationId })).toMatchObject({ status: 'answered', isBreached: true });
	await poll(150_000, () => Promise.resolve(told().length >= 5 ? true : undefined));
	expect(told().slice(3).sort()).toEqual([
		'anna: Flower shop was answered, too late (resolved)',
		'boss: Flower shop was answered, too late (resolved)',
	]);
}, 480_000);

test('SL-26: who was told that somebody waits is told that they were answered in time; who has no target of their own is written to', async () => {
	const before = receiver.requests.length;
	const own = await hear('4343', 'Book shop');
	await savePolicy(store, {
		...{ layer: 'chat', key: { conversationId: own } },
		policy: {
			...{ targetMinutes: { firstResponse: 10 }, warnings: [{ percent: 0.5 }] },
			notify: { warning: ['anna@example.com', 'carol@example.com'] },
		},
	});
	const request = { messageId: '1', direction: 'inbound', text: 'Where is my invoice?' };
	await call('start-timers-on-requests', { ...request, conversationId: own });
	const entry = await poll(150_000, async () => (await getOutbox(store)).items.at(0));
	expect(entry).toMatchObject({ platform: 'telegram', account: '1234', chatId: '75', state: 'queued' });
	expect(JSON.stringify(entry?.payload)).toContain('Book shop waits for the first answer');
	await poll(150_000, () => Promise.resolve(told().length > before ? true : undefined));
	await call('stop-timers-on-replies', { messageId: '2', direction: 'outbound', conversationId: own });
	await poll(150_000, () => Promise.resolve(told().length > before + 1 ? true : undefined));
	expect(told().slice(before)).toEqual([
		'anna: Book shop waits for the first answer',
		'anna: Book shop was answered in time (resolved)',
	]);
	expect((await getOutbox(store)).items).toHaveLength(1);
}, 600_000);

test('SL-25: what was answered before anybody could be told is told as over, and its warning is not', async () => {
	const before = receiver.requests.length;
	const conversation = { conversationId: await hear('4444', 'Old shop') };
	await client.deactivate(ids['alert-on-sla-events']);
	const atMs = Date.now() - 600_000;
	await applyToTimer(store, { conversation, event: { type: 'start', atMs } });
	await applyToTimer(store, { conversation, event: { type: 'answer', atMs: Date.now() } });
	await client.activate(ids['alert-on-sla-events']);
	await poll(150_000, () => Promise.resolve(told().length >= before + 2 ? true : undefined));
	expect(told().slice(before).sort()).toEqual([
		'anna: Old shop: the first answer came too late (resolved)',
		'boss: Old shop: the first answer came too late (resolved)',
	]);
});

test('the button tells an example, which belongs to nobody and is for all', async () => {
	const before = receiver.requests.length;
	// Runs of it are not kept, so there is none to look at.
	await client.run(ids['alert-on-sla-events'], { trigger: 'Send an example' }).catch(() => undefined);
	await poll(150_000, () => Promise.resolve(told().length >= before + 2 ? true : undefined));
	expect(told().slice(before).sort()).toEqual([
		'anna: An example, nobody waits: the first answer is overdue',
		'boss: An example, nobody waits: the first answer is overdue',
	]);
});
