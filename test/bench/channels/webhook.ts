import { setTimeout as sleep } from 'node:timers/promises';

import { TelegramDeliverer, textUpdate } from '../../support/channels/telegram-deliverer';
import { startN8n, type N8n } from '../../support/n8n/host';
import type { Scope } from '../../support/scope';
import type { Tell } from '../main';
import { goal, median, quantile, rounded } from '../numbers';

const limitRatio = 1.5;
/**
 * In it the run that a request has started ends, and n8n makes the isolate of V8 ready that the next request to a trigger
 * needs: neither is part of an answer.
 */
const restMs = 300;

/**
 * How long n8n takes to answer a message at Channel Trigger without a store, at its own webhook that checks and keeps nothing,
 * and at its own Telegram Trigger, with the same message and a workflow that ends there. Also without a rest between two
 * requests, when each waits for what the one before has begun.
 */
export async function measureWebhook(scope: Scope, tell: Tell, amount = 100) {
	const bots = { channel: '123456:bench', own: '234567:bench' };
	const [channel, own] = await Promise.all(
		[bots.channel, bots.own].map(async (token) => await TelegramDeliverer.start(token)),
	);
	if (!channel || !own) throw new Error('There is no double of Telegram.');
	try {
		const n8n = await startN8n(scope, { env: { N8N_SSRF_PROTECTION_ENABLED: 'false' } });
		await publish(n8n, 'n8n-nodes-base.webhook', 2.1, { httpMethod: 'POST', path: 'empty', options: {} });
		await publish(n8n, 'n8n-nodes-opsdesk.channelTrigger', 1, { platform: 'telegram' }, channel);
		await publish(n8n, 'n8n-nodes-base.telegramTrigger', 1.2, { updates: ['message'] }, own);
		const calls = {
			empty: async (update: object) => (await n8n.client.callWebhook('empty', { body: update })).status,
			channel: async (update: object) => await answered(channel, update),
			telegramTrigger: async (update: object) => await answered(own, update),
		};
		const rested = await inTurns(calls, amount, restMs);
		const [emptyMs, channelMs] = [rested.empty.medianMs, rested.channel.medianMs];
		tell(`an empty webhook takes ${emptyMs} ms, Channel Trigger ${channelMs} ms`);
		return {
			...rested,
			timesAsLong: goal(rounded(channelMs / emptyMs), 'atMost', limitRatio),
			withoutRest: await inTurns(calls, Math.ceil(amount / 2), 0),
		};
	} finally {
		await Promise.all([channel.http.stop(), own.http.stop()]);
	}
}

let messages = 0;

/** Calls one after the other, so that what else the machine does is shared alike. */
async function inTurns<Kind extends string>(
	calls: Record<Kind, (update: object) => Promise<number>>,
	amount: number,
	pauseMs: number,
) {
	const kinds = Object.keys(calls) as Kind[];
	const times = new Map(kinds.map((kind) => [kind, [] as number[]]));
	for (let turn = 0; turn < amount; turn += 1) {
		const update = textUpdate((messages += 1));
		for (const [kind, taken] of times) {
			const startedAt = performance.now();
			const status = await calls[kind](update);
			if (status !== 200) throw new Error(`The webhook "${kind}" has answered ${status}.`);
			taken.push(performance.now() - startedAt);
			await sleep(pauseMs);
		}
	}
	const told = [...times].map(([kind, taken]) => [
		kind,
		{ medianMs: rounded(median(taken)), p95Ms: rounded(quantile(taken, 0.95)) },
	]);
	return Object.fromEntries(told) as Record<Kind, { medianMs: number; p95Ms: number }>;
}

async function answered(bot: TelegramDeliverer, update: object): Promise<number> {
	const response = await bot.deliver(update);
	await response.text();
	return response.status;
}

/** Publishes a workflow of this trigger alone. */
async function publish(
	{ client }: N8n,
	type: string,
	typeVersion: number,
	parameters: object,
	bot?: TelegramDeliverer,
): Promise<void> {
	const credential =
		bot &&
		(await client.createCredential(type, 'telegramApi', { accessToken: bot.token, baseUrl: bot.http.url }));
	const { id } = await client.importWorkflow({
		...{ name: type, connections: {} },
		settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none' },
		nodes: [
			{
				...{ id: type, name: 'Trigger', type, typeVersion, position: [0, 0], webhookId: `bench-${type}` },
				parameters: { ...parameters },
				...(credential && {
					credentials: { telegramApi: { id: credential.id, name: credential.name } },
				}),
			},
		],
	});
	await client.activate(id);
}
