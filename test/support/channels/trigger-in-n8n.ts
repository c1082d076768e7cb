import { z } from 'zod';

import { openStand, type Stand } from '../../src/store/stand';
import { startN8n, type N8n } from '../n8n/host';
import { RecordingServer } from '../doubles/recording-server';
import { TelegramDeliverer } from './telegram-deliverer';

/** A real n8n with a published workflow: Channel Trigger of Telegram, which stores, and a step that says what has come. */
export interface TriggerInN8n {
	stand: Stand;
	n8n: N8n;
	telegram: TelegramDeliverer;
	/** What the runs were started with. */
	runs(): Array<{ eventId: string; redelivered: boolean }>;
	/** Texts of all stored messages. */
	stored(): Promise<string[]>;
	workflowId: string;
	close(): Promise<void>;
}

const ranSchema = z.object({ eventId: z.string(), redelivered: z.string() });

export async function startTriggerInN8n(name: string): Promise<TriggerInN8n> {
	const stand = await openStand(name);
	const telegram = await TelegramDeliverer.start('123456:in-a-real-n8n');
	const recorder = await RecordingServer.start(() => ({ status: 200, body: {} }));
	const n8n = await startN8n(stand.scope, { env: { N8N_SSRF_PROTECTION_ENABLED: 'false' } });
	const bot = await n8n.client.createCredential('Bot', 'telegramApi', {
		...{ accessToken: telegram.token, baseUrl: telegram.http.url },
	});
	const store = await n8n.client.createCredential('Store', 'supabaseApi', {
		...{ host: stand.supabase.url, serviceRole: stand.supabase.secretKey },
		allowedHttpRequestDomains: 'all',
	});
	const workflow = await n8n.client.importWorkflow({
		name: 'Take messages',
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none' },
		nodes: [
			{
				...{ id: 'trigger-id', name: 'Telegram', type: 'n8n-nodes-opsdesk.channelTrigger', typeVersion: 1 },
				...{ position: [0, 0], webhookId: 'c0ffee00-0000-4000-8000-00000000c4a1' },
				parameters: { platform: 'telegram', storeMessages: true },
				credentials: {
					telegramApi: { id: bot.id, name: bot.name },
					supabaseApi: { id: store.id, name: store.name },
				},
			},
			{
				...{ id: 'tell-id', name: 'Tell', type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2 },
				position: [220, 0],
				parameters: {
					...{ method: 'POST', url: `${recorder.url}/ran`, sendBody: true, options: {} },
					bodyParameters: {
						parameters: [
							{ name: 'eventId', value: '={{ $json.eventId }}' },
							{ name: 'redelivered', value: '={{ String($json.redelivered === true) }}' },
						],
					},
				},
			},
		],
		connections: { Telegram: { main: [[{ node: 'Tell', type: 'main', index: 0 }]] } },
	});
	await n8n.client.activate(workflow.id);
	return {
		...{ stand, n8n, telegram, workflowId: workflow.id },
		runs: () =>
			recorder.requests.map(({ body }) => {
				const { eventId, redelivered } = ranSchema.parse(body);
				return { eventId, redelivered: redelivered === 'true' };
			}),
		stored: async () => {
			const rows = await stand.supabase.exec('select content from opsdesk.messages');
			return z
				.array(z.object({ content: z.string() }))
				.parse(rows)
				.map(({ content }) => content);
		},
		close: async () => {
			await stand.close();
			await telegram.http.stop();
			await recorder.stop();
		},
	};
}
