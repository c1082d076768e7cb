import { z } from 'zod';

import type { Message, MessageInput } from '../../shared';
import type { Store } from '../../store';
import { chatIdOf } from '../chat-id';
import type { ChannelError, ChannelErrorCode } from '../errors';
import type { Platform } from '../platform';
import type { MembershipEvent } from '../receive/event';
import { optOutWord } from '../render';
import { refusal } from '../send/refusals';
import type { Target } from '../send/request';

const stopSchema = z.object({
	stopped: z.boolean(),
	reason: z.enum(['blocked', 'opted_out']).optional(),
	since: z.string().optional(),
	sinceInboundMs: z.number().optional(),
});
/** Whether nothing is sent to a chat, and why. */
export type SendStop = Omit<z.output<typeof stopSchema>, 'sinceInboundMs'>;

type Chat = Pick<Target, 'platform' | 'account' | 'chatId'>;
const named = ({ platform, account, chatId }: Chat) => ({
	platform,
	account,
	chatId: chatIdOf(platform, chatId),
});

/** @param reason null: it may be written to again @throws StoreError */
export async function setSendStop(
	store: Store,
	chat: Chat,
	reason: 'blocked' | 'opted_out' | null,
): Promise<SendStop> {
	const request = { ...named(chat), ...(reason !== null && { reason }) };
	return await store.call('set_send_stop', request, { answer: stopSchema, repeatable: true });
}

/**
 * Whether something may be sent to a chat.
 * @returns the milliseconds since the other side wrote last, as far as the store knows
 * @throws ChannelError `blocked` or `opted_out`; StoreError
 */
export async function permitted(
	store: Store,
	target: Target,
): Promise<{ sinceInboundMs: number | undefined }> {
	const { stopped, reason, sinceInboundMs } = await store.call('get_send_permission', named(target), {
		answer: stopSchema,
		repeatable: true,
	});
	if (stopped && reason) throw stopError(target, reason);
	return { sinceInboundMs };
}

/**
 * Whether what a platform has said ends what is sent to a chat for longer. Who was put out of a group or channel may be let in
 * again without anybody writing there: it is tried the next time.
 */
export function stopAfter(code: ChannelErrorCode, { chatKind }: Target): 'blocked' | 'opted_out' | undefined {
	if (code === 'opted_out') return code;
	return code === 'blocked' && chatKind === 'private' ? code : undefined;
}

/** @returns the error with which what is sent to a chat that is stopped is refused */
export function stopError(target: Target, reason: 'blocked' | 'opted_out'): ChannelError {
	return refusal(
		reason,
		target,
		reason === 'opted_out' ? 'noted when the person asked for it' : 'noted at an earlier message',
	);
}

/** Answers that carriers want to be given when somebody asks for the end of messages, or takes it back. */
const words = { stop: 'opted_out', start: null } as const;

/**
 * Whether a message as a whole is STOP or START, where these words mean what they say: on the other platforms they are words
 * like any others, for people block an account there. Messages of ours, and of groups, say nothing.
 */
export function optOutOf(message: MessageInput): 'stop' | 'start' | undefined {
	if (message.event === 'edit' || message.event === 'delete' || message.direction === 'outbound')
		return undefined;
	if ((message.chat.kind ?? 'private') !== 'private') return undefined;
	if (message.platform !== 'sms' && message.platform !== 'whatsapp') return undefined;
	return optOutWord(message.text);
}

/**
 * Judges what came in: STOP as a whole message ends what is sent to that chat, START takes it back.
 *
 * @returns what has changed; undefined for every other message
 * @throws StoreError
 */
export async function noteOptOut(store: Store, message: Message): Promise<SendStop | undefined> {
	const word = optOutOf(message);
	if (word === undefined) return undefined;
	const { platform, account, chat } = message;
	// The words are heard on platforms that we know alone.
	return await setSendStop(store, { platform: platform as Platform, account, chatId: chat.id }, words[word]);
}

/**
 * Where we were let in again may be written to, also before anybody writes there. That somebody wants no messages stays.
 *
 * @throws StoreError
 */
export async function noteMembership(
	store: Store,
	{ platform, account, membership: { own, reachable, chatId } }: MembershipEvent,
): Promise<void> {
	if (!own || reachable !== true) return;
	const request = named({ platform, account, chatId });
	await store.call('lift_block', request, { answer: stopSchema, repeatable: true });
}
