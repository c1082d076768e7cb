import { ChannelError } from '../errors';
import { processLimiter, StoreLimiter, type Limiter } from '../limits';
import { errorMessage, messageInputSchema, parseInput, type Message } from '../../shared';
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
import { withoutSecrets } from '../send/refusals';
import { sendWithin } from '../send/send-within';
import { permitted, setSendStop, stopAfter } from './stops';

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

/** The first parts of a long text were sent, and the next was not. */
export class PartlySentError extends ChannelError {
	constructor(
		failure: ChannelError,
		/** What has arrived: to be stored as well, because the other side has read it. */
		readonly sent: SentNow,
		parts: string,
	) {
		super(
			failure.code,
			`${parts} parts of the message were sent, the next was not: ${failure.message}`,
			'Send the rest by itself; through the outbox, which goes on where it was, parts wait for each other.',
			failure.details,
		);
	}
}

/**
 * Sends at once, within the limits, and hands back what was sent.
 *
 * @throws ChannelError; PartlySentError when a later part of a long text fails, with what was sent before; StoreError before
 * anything was sent
 */
export async function sendNow(
	client: ChannelClient,
	whereTo: TargetInput,
	what: ContentInput,
	{ store, mostWaitMs = 60_000, signal, ...options }: SendNowOptions = {},
): Promise<SentNow> {
	const limiter = options.limiter ?? (store ? new StoreLimiter(store) : processLimiter);
	let target = parseTarget(whereTo);
	const requests = requestsOf(target, parseContent(what));
	const { sinceInboundMs } = store ? await permitted(store, target) : { sinceInboundMs: undefined };
	const { platform, account, chatId } = target;
	const done: SentNow = { platform, account, chatId, messageIds: [], messages: [] };
	for (const [index, content] of requests.entries()) {
		const delivered = await sendWithin(
			client,
			limiter,
			{ target, content },
			{ mostWaitMs, sinceInboundMs, signal },
		).catch(async (thrown: unknown) => {
			const reason = thrown instanceof ChannelError ? stopAfter(thrown.code, target) : undefined;
			// That it was refused is the news, also where this cannot be noted.
			if (store && reason) await setSendStop(store, target, reason).catch(() => undefined);
			if (index === 0) throw thrown;
			throw new PartlySentError(failureOf(thrown), done, `${index} of ${requests.length}`);
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
	return done;
}

/** Of a part that was not handed over: limits could not be asked for, or the run was ended. */
function failureOf(thrown: unknown): ChannelError {
	return thrown instanceof ChannelError
		? thrown
		: new ChannelError('unavailable', withoutSecrets(errorMessage(thrown), []), 'Send the rest once more.');
}
