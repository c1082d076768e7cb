import { setTimeout as sleep } from 'node:timers/promises';

import { ChannelError } from '../errors';
import { costOf, pauseAfter, permitBy, type Limiter, type Pause, type Permit } from '../limits';
import type { ChannelClient, Content, SendRequest, Sent, Target } from './request';
import { sendOnce } from './window';

export interface SendWithinOptions {
	/** For how long limits and pauses are waited for, in all. Default 60,000. */
	mostWaitMs?: number;
	/** For requests that certainly were not carried out. Default 3. */
	attempts?: number;
	sinceInboundMs?: number | undefined;
	signal?: AbortSignal | undefined;
}

/** What was sent, and where it went in the end. */
export interface Delivered {
	target: Target;
	content: Content;
	sent: Sent;
	/** The id that the chat had before. */
	formerChatId?: string | undefined;
}

const firstPauseMs = 500;
const longestOwnPauseMs = 5_000;

/**
 * Sends one message as soon as the limits allow it. It is sent again when it certainly was not sent: after a pause that the
 * platform asks for, a group's new id, or a fault before anything was handed over. What may have been sent is not repeated.
 *
 * @throws ChannelError; `outcome_unknown` when nobody knows whether it was sent
 */
export async function sendWithin(
	client: ChannelClient,
	limiter: Limiter,
	request: SendRequest,
	{ mostWaitMs = 60_000, attempts = 3, sinceInboundMs, signal }: SendWithinOptions = {},
): Promise<Delivered> {
	const until = performance.now() + mostWaitMs;
	let { target } = request;
	let formerChatId: string | undefined;
	for (let attempt = 1; ;) {
		const permit = await permitBy(limiter, target, costOf(target.platform, request.content), until, signal);
		let failure: ChannelError;
		try {
			const { sent, content } = await sendOnce(
				client,
				{ target, content: request.content },
				{ sinceInboundMs, signal },
			);
			await over(permit);
			return { target, content, sent, ...(formerChatId !== undefined && { formerChatId }) };
		} catch (thrown) {
			const pause = thrown instanceof ChannelError ? pauseAfter(thrown, target) : undefined;
			await over(permit, pause);
			if (!(thrown instanceof ChannelError)) throw thrown;
			failure = thrown;
		}
		const { migratedTo } = failure.details;
		if (failure.code === 'chat_migrated' && migratedTo !== undefined && formerChatId === undefined) {
			formerChatId = target.chatId;
			target = { ...target, chatId: migratedTo, chatKind: 'group' };
			continue;
		}
		// Its pause is waited for with the next permit.
		if (failure.code === 'rate_limited') {
			if (performance.now() + (failure.details.retryAfterMs ?? 0) > until) throw failure;
			continue;
		}
		if (failure.code !== 'unavailable' || attempt >= attempts) throw failure;
		const pauseMs = firstPauseMs * 2 ** (attempt - 1);
		if (performance.now() + pauseMs > until) throw failure;
		attempt += 1;
		await sleep(pauseMs, undefined, { signal });
	}
}

/** Whatever came of the request stands, also when this cannot be noted: the permit is free again by itself then. */
async function over(permit: Permit, pause?: Pause): Promise<void> {
	await permit.done(pause).catch(async () => {
		// Nobody else knows of the pause.
		if (pause) await sleep(Math.min(pause.pauseMs, longestOwnPauseMs));
	});
}
