import { TelegramDeliverer, textUpdate } from '../../support/channels/telegram-deliverer';
import { startN8n } from '../../support/n8n/host';
import type { Scope } from '../../support/scope';
import type { Tell } from '../main';
import { goal, median, rounded } from '../numbers';

const limitRatio = 1.5;

/** How long n8n takes to answer at Channel Trigger without a store, and at its own webhook that does nothing. */
export async function measureWebhook(scope: Scope, tell: Tell, amount = 300) {
	const telegram = await TelegramDeliverer.start('123456:bench');
	try {
		const n8n = await startN8n(scope);
		const bot = await n8n.client.createCredential('Bot', 'telegramApi', {
			...{ accessToken: telegram.token, baseUrl: telegram.http.url },
		});
		const settings = { executionOrder: 'v1', saveDataSuccessExecution: 'none' };
		const place = { typeVersion: 1, position: [0, 0] as [number, number] };
		const empty = await n8n.client.importWorkflow({
			...{ name: 'Empty', settings, connections: {} },
			nodes: [
				{
					...{ ...place, id: 'empty', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2.1 },
					...{ webhookId: 'empty', parameters: { httpMethod: 'POST', path: 'empty', options: {} } },
				},
			],
		});
		const channel = await n8n.client.importWorkflow({
			...{ name: 'Channel', settings, connections: {} },
			nodes: [
				{
					...{ ...place, id: 'channel', name: 'Channel', type: 'n8n-nodes-opsdesk.channelTrigger' },
					...{ webhookId: 'bench-channel', parameters: { platform: 'telegram' } },
					credentials: { telegramApi: { id: bot.id, name: bot.name } },
				},
			],
		});
		for (const { id } of [empty, channel]) await n8n.client.activate(id);
		const times = { empty: [] as number[], channel: [] as number[] };
		// In turns, so that what else the machine does is shared alike.
		for (let id = 1; id <= amount; id += 1) {
			const update = textUpdate(id);
			const calls = {
				empty: async () => await n8n.client.callWebhook('empty', { body: update }),
				channel: async () => await telegram.deliver(update),
			};
			for (const kind of ['empty', 'channel'] as const) {
				const startedAt = performance.now();
				const { status } = await calls[kind]();
				if (status !== 200) throw new Error(`The webhook "${kind}" has answered ${status}.`);
				times[kind].push(performance.now() - startedAt);
			}
		}
		const [emptyMs, channelMs] = [median(times.empty), median(times.channel)];
		tell(`an empty webhook takes ${rounded(emptyMs)} ms, Channel Trigger ${rounded(channelMs)} ms`);
		return {
			...{ emptyMs: rounded(emptyMs), channelMs: rounded(channelMs) },
			timesAsLong: goal(rounded(channelMs / emptyMs), 'atMost', limitRatio),
		};
	} finally {
		await telegram.http.stop();
	}
}
