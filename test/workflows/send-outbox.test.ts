import { randomBytes } from 'node:crypto';

import { enqueue, getOutbox } from '../../src/channels';
import type { Store } from '../../src/store';
import { openStand, type Stand } from '../src/store/stand';
import { TelegramCloud } from '../support/channels/telegram-cloud';
import { RecordingServer } from '../support/doubles/recording-server';
import type { StoredCredential } from '../support/n8n/client';
import { executionError, outputItems } from '../support/n8n/executions';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { Alerting } from './alerting';
import { nodeOf, type ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const key = 'send-outbox';
const client = sharedN8n();
const id = randomBytes(8).toString('hex');
let stand: Stand;
let store: Store;
let cloud: TelegramCloud;
let alerting: Alerting;
let receiver: RecordingServer;
const credentials: StoredCredential[] = [];

beforeAll(async () => {
	stand = await openStand('send-outbox');
	store = stand.open('postgres');
	cloud = await TelegramCloud.start();
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const target = { name: `outbox ${id}`, channel: 'webhook', to: receiver.url };
	alerting = await Alerting.install(client, { targets: [target] });
	const kept = await client.createCredential(`store ${id}`, 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
	const bot = await client.createCredential(`bot ${id}`, 'telegramApi', {
		...{ accessToken: cloud.token, baseUrl: cloud.cloud.url },
		allowedHttpRequestDomains: 'all',
	});
	credentials.push(kept, bot);
	await setUpWorkflow(client, {
		...{ key, id, alerting, credential: kept, settings: { forSeconds: 2 } },
		change: (workflow) => {
			// So that a run can be looked at.
			workflow.settings = { ...workflow.settings, saveManualExecutions: true };
			nodeOf(workflow, 'Every ten seconds').parameters = {
				rule: { interval: [{ field: 'cronExpression', expression: '*/3 * * * * *' }] },
			};
			const node = nodeOf(workflow, 'Send due on Telegram');
			node.disabled = false;
			node.credentials = { ...node.credentials, telegramApi: { id: bot.id, name: bot.name } };
		},
	});
});

afterAll(async () => {
	await client.deactivate(id);
	await client.deleteWorkflow(id);
	await alerting?.remove();
	for (const { id: credential } of credentials) await client.deleteCredential(credential);
	await receiver?.stop();
	await cloud?.cloud.stop();
	await stand?.close();
});

const hand = (chatId: string, text: string) =>
	enqueue(
		store,
		{ platform: 'telegram', account: '123456789', chatId },
		{ operation: 'message', text },
		{ key: `${chatId}-${text.length}` },
	);

test('what waits is sent once at the press of a button, and no word of it stands in the run', async () => {
	await hand('801', 'the secret words');
	const execution = await client.run(id, { trigger: 'Send now', timeoutMs: 60_000 });
	expect(executionError(execution)?.message).toBeUndefined();
	expect(outputItems(execution, 'Return the outcome')).toMatchObject([
		{ json: { outcome: 'done', sent: 1, failed: 0, uncertain: 0 } },
	]);
	expect(cloud.taken.map(({ chatId, text }) => [chatId, text])).toEqual([['801', 'the secret words']]);
	expect(JSON.stringify(execution)).not.toContain('the secret words');
	expect(receiver.requests).toEqual([]);
});

test('RT-23 published it sends by itself; what is uncertain is told once and stays as it is', async () => {
	cloud.script('802', 'cut');
	await hand('802', 'perhaps');
	await hand('803', 'surely');
	await client.activate(id);
	const alert = await poll(60_000, () =>
		Promise.resolve(receiver.requests[0]?.body as ReceivedAlert | undefined),
	);
	await client.deactivate(id);
	expect(alert).toMatchObject({
		title: 'Outbox: 1 message of which nobody knows whether sent',
		severity: 'warning',
		message: expect.stringMatching(/^telegram · entry \d+ · uncertain: outcome_unknown/) as string,
	});
	await client.activate(id);
	await new Promise((resolve) => setTimeout(resolve, 7000));
	await client.deactivate(id);
	expect(receiver.requests).toHaveLength(1);
	expect(cloud.taken.filter(({ chatId }) => chatId === '802')).toHaveLength(1);
	expect(cloud.taken.filter(({ chatId }) => chatId === '803')).toHaveLength(1);
	expect((await getOutbox(store, { state: 'uncertain' })).items).toHaveLength(1);
});
