import type { ChannelError } from '../errors';
import type { Platform } from '../platform';
import type { Content, Target } from '../send/request';

/** At most so many messages in any time of this length. */
export interface RateRule {
	limit: number;
	periodMs: number;
}

/** For an account as a whole, for each private chat of it and for each group. */
export interface RateLimits {
	account: RateRule[];
	chat: RateRule[];
	group: RateRule[];
}

const per = (limit: number, periodMs: number): RateRule => ({ limit, periodMs });
const second = 1000;
const minute = 60_000;

/** core.telegram.org/bots/faq: 30 a second in all, one a second to a chat, 20 a minute to a group. */
const telegram: RateLimits = {
	account: [per(30, second)],
	chat: [per(1, second)],
	group: [per(1, second), per(20, minute)],
};

/**
 * developers.facebook.com/documentation/business-messaging/whatsapp/throughput: 80 a second of a number (20 of one that is used in
 * the Business app as well). To one person one in six seconds (error 131056), of which some may come at once: ten a minute.
 */
const whatsapp: RateLimits = {
	account: [per(80, second)],
	chat: [per(10, minute)],
	group: [per(10, minute)],
};

/**
 * developers.facebook.com/documentation/business-messaging/messenger-platform/overview/rate-limiting: 300 calls a second of a page
 * or account, ten with sound or video; a page that sends more than 40 a second is cut off. "Too many to a single thread" has
 * no number there: five a second is caution of ours.
 */
const meta: RateLimits = { account: [per(40, second)], chat: [per(5, second)], group: [per(5, second)] };

/**
 * help.twilio.com, rates of sending: one a second of a long number to the United States and Canada (three of a toll-free one, ten
 * elsewhere, 100 of a short code), and no more than 15 in half a minute from one number to one other.
 */
const sms: RateLimits = {
	account: [per(1, second)],
	chat: [per(1, second), per(15, minute / 2)],
	group: [per(1, second), per(15, minute / 2)],
};

/** What platforms allow. An account of the store may have others (`settings.rateLimits`). */
export const usualLimits: Record<Platform, RateLimits> = {
	...{ telegram, whatsapp, sms },
	...{ messenger: meta, instagram: meta },
};

/** Kinds of which Messenger and Instagram take ten a second, where they take 40 of the others. */
const heavy = { kinds: ['video', 'audio', 'voice'], cost: 4 };

/** How many messages a platform counts: each item of an album is one. What makes no message is one of a limit's as well. */
export function costOf(platform: Platform, content: Content): number {
	if (content.operation !== 'media') return 1;
	const isMeta = platform === 'messenger' || platform === 'instagram';
	return content.media.reduce(
		(cost, { kind }) => cost + (isMeta && heavy.kinds.includes(kind) ? heavy.cost : 1),
		0,
	);
}

/** The rules that one message to this chat has to keep. */
export function rulesFor(
	limits: RateLimits,
	{ chatKind }: Target,
): (RateRule & { scope: keyof RateLimits })[] {
	const scope: keyof RateLimits = chatKind === 'private' ? 'chat' : 'group';
	return [
		...limits.account.map((rule) => ({ ...rule, scope: 'account' as const })),
		...limits[scope].map((rule) => ({ ...rule, scope })),
	];
}

/** Codes of platforms that mean one chat and not the account. */
const ofOneChat = ['131056'];

/** How long nothing is to be sent after an error, and to whom. Telegram counts groups by themselves. */
export function pauseAfter(
	{ code, details: { retryAfterMs, sourceCode } }: ChannelError,
	{ chatKind }: Target,
): { pauseMs: number; pauseScope: 'account' | 'chat' } | undefined {
	if (code !== 'rate_limited') return undefined;
	const isOfChat = chatKind !== 'private' || (sourceCode !== undefined && ofOneChat.includes(sourceCode));
	return { pauseMs: retryAfterMs ?? 1000, pauseScope: isOfChat ? 'chat' : 'account' };
}
