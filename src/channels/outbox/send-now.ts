import { ChannelError } from '../errors';
import { processLimiter, StoreLimiter, type Limiter } from '../limits';
import { messageInputSchema, parseInput, type Message } from '../../shared';
import type { Store } from '../../store';
import { outboundMessages } from '../send/outbound';
import {
	parseContent,
	parseTarget,
	type ChannelClient,
	type ContentInput,
	type TargetInput,
} from '../send/request';
import { requestsOf } from '../send/requests';
import { sendWithin } from '../send/send-within';
import { permitted, setSendStop } from './stops';

export interface SendNowOptions {
	/** Counts limits for all processes, knows who wants no messages and when the other side wrote last. */
	store?: Store | undefined;
	/** Default: the store's, or that of this process. */
	limiter?: Limiter;
	/** For how long limits and pauses are waited for, in all. Default 60,000. */
	mostWaitMs?: number;
	signal?: AbortSignal | undefined;
}

export interface SentNow {
	platform: string;
	account: string;
	/** Where it went in the end. */
	chatId: string;
	/** The id that the chat had before. */
	formerChatId?: string;
	/** Of all parts. */
	messageIds: string[];
	/** In the normal form, to be stored. */
	messages: Message[];
}

/**
 * Sends at once, within the limits, and hands back what was sent.
 *
 * @throws ChannelError; when a part of a long text fails, its message says how many were sent before; StoreError
 */
export async function sendNow(
	client: ChannelClient,
	whereTo: TargetInput,
	what: ContentInput,
	{ store, mostWaitMs = 60_000, signal, ...options }: SendNowOptions = {},
): Promise<SentNow> {
	const limiter = options.limiter ?? (store ? new StoreLimiter(store) : processLimiter);
	let target = parseTarget(whereTo);
	const requests = requestsOf(target.platform, parseContent(what));
	const { sinceInboundMs } = store ? await permitted(store, target) : { sinceInboundMs: undefined };
	const done: SentNow = { ...target, messageIds: [], messages: [] };
	for (const [index, content] of requests.entries()) {
		const delivered = await sendWithin(
			client,
			limiter,
			{ target, content },
			{ mostWaitMs, sinceInboundMs, signal },
		).catch(async (thrown: unknown) => {
			if (!(thrown instanceof ChannelError)) throw thrown;
			if (store && (thrown.code === 'blocked' || thrown.code === 'opted_out'))
				await setSendStop(store, target, thrown.code);
			throw index === 0 ? thrown : unfinished(thrown, index, requests.length);
		});
		target = delivered.target;
		done.chatId = delivered.sent.chatId ?? target.chatId;
		if (delivered.formerChatId !== undefined) done.formerChatId = delivered.formerChatId;
		done.messageIds.push(...delivered.sent.externalIds);
		done.messages.push(
			...outboundMessages(target, delivered.content, delivered.sent, delivered.formerChatId).flatMap(
				(message) => {
					const parsed = parseInput(messageInputSchema, message);
					return parsed.ok ? [parsed.value] : [];
				},
			),
		);
	}
	const { platform, account, chatId, formerChatId, messageIds, messages } = done;
	return {
		platform,
		account,
		chatId,
		...(formerChatId !== undefined && { formerChatId }),
		messageIds,
		messages,
	};
}

function unfinished(failure: ChannelError, sent: number, all: number): ChannelError {
	return new ChannelError(
		failure.code,
		`${sent} of ${all} parts of the message were sent, the next was not: ${failure.message}`,
		'Send the rest by itself; through the outbox, which goes on where it was, parts wait for each other.',
		failure.details,
	);
}
