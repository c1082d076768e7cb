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
const warmUp = 10;
/** Runs that a row of requests has started end in it. */
const settleMs = 5000;

/** With it n8n makes an isolate only for what evaluates an expression. */
const lazily = { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };

/**
 * How long n8n takes to answer a message at Channel Trigger without a store, at its own webhook that checks and keeps nothing,
 * and at its own Telegram Trigger, with the same message and a workflow that ends there. Also without a rest between two
 * requests, when each waits for what the one before has begun; and both once more with a setting that spares n8n most of that.
 */
export async function measureWebhook(scope: Scope, tell: Tell, amount = 100) {
	const asItIs = await measureN8n(scope, 'n8n', {}, amount);
	const lazy = await measureN8n(scope, 'n8n-lazy', lazily, Math.ceil(amount / 2));
	const [emptyMs, channelMs] = [asItIs.rested.empty.medianMs, asItIs.rested.channel.medianMs];
	tell(`an empty webhook takes ${emptyMs} ms, Channel Trigger ${channelMs} ms`);
	return {
		...asItIs.rested,
		timesAsLong: goal(rounded(channelMs / emptyMs), 'atMost', limitRatio),
		withoutRest: asItIs.withoutRest,
		withLazyAcquire: { ...lazy.rested, withoutRest: lazy.withoutRest },
	};
}

async function measureN8n(scope: Scope, name: string, env: Record<string, string>, amount: number) {
	const bots = { channel: '123456:bench', own: '234567:bench' };
	const [channel, own] = await Promise.all(
		[bots.channel, bots.own].map(async (token) => await TelegramDeliverer.start(token)),
	);
	if (!channel || !own) throw new Error('There is no double of Telegram.');
	try {
		const n8n = await startN8n(scope, { name, env: { N8N_SSRF_PROTECTION_ENABLED: 'false', ...env } });
		await publish(n8n, 'n8n-nodes-base.webhook', 2.1, { httpMethod: 'POST', path: 'empty', options: {} });
		await publish(n8n, 'n8n-nodes-opsdesk.channelTrigger', 1, { platform: 'telegram' }, channel);
		await publish(n8n, 'n8n-nodes-base.telegramTrigger', 1.2, { updates: ['message'] }, own);
		const calls = {
			empty: async (update: object) => (await n8n.client.callWebhook('empty', { body: update })).status,
			channel: async (update: object) => await answered(channel, update),
			telegramTrigger: async (update: object) => await answered(own, update),
		};
		// What starts up is none of theirs.
		await inTurns(calls, warmUp, restMs);
		const rested = await inTurns(calls, amount, restMs);
		const withoutRest = await inRows(calls, Math.ceil(amount / 2));
		await n8n.process.end();
		return { rested, withoutRest };
	} finally {
		await Promise.all([channel.http.stop(), own.http.stop()]);
	}
}

type Calls<Kind extends string> = Record<Kind, (update: object) => Promise<number>>;
type Times<Kind extends string> = Record<Kind, { medianMs: number; p95Ms: number }>;

let messages = 0;

/** Calls one after the other, so that what else the machine does is shared alike. */
async function inTurns<Kind extends string>(
	calls: Calls<Kind>,
	amount: number,
	pauseMs: number,
): Promise<Times<Kind>> {
	const kinds = Object.keys(calls) as Kind[];
	const times = new Map(kinds.map((kind) => [kind, [] as number[]]));
	for (let turn = 0; turn < amount; turn += 1) {
		for (const [kind, taken] of times) {
			taken.push(await timeOf(kind, calls[kind]));
			await sleep(pauseMs);
		}
	}
	return told(times);
}

/** All of a kind before the next kind: each waits for what its own kind has begun, and not for that of another. */
async function inRows<Kind extends string>(calls: Calls<Kind>, amount: number): Promise<Times<Kind>> {
	const times = new Map<Kind, number[]>();
	for (const kind of Object.keys(calls) as Kind[]) {
		const taken: number[] = [];
		for (let turn = 0; turn < amount; turn += 1) taken.push(await timeOf(kind, calls[kind]));
		times.set(kind, taken);
		await sleep(settleMs);
	}
	return told(times);
}

async function timeOf(kind: string, call: (update: object) => Promise<number>): Promise<number> {
	const update = textUpdate((messages += 1));
	const startedAt = performance.now();
	const status = await call(update);
	if (status !== 200) throw new Error(`The webhook "${kind}" has answered ${status}.`);
	return performance.now() - startedAt;
}

function told<Kind extends string>(times: ReadonlyMap<Kind, number[]>): Times<Kind> {
	return Object.fromEntries(
		[...times].map(([kind, taken]) => [
			kind,
			{ medianMs: rounded(median(taken)), p95Ms: rounded(quantile(taken, 0.95)) },
		]),
	) as Times<Kind>;
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
