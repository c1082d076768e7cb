import type { ChannelError } from '../errors';
import type { Platform } from '../platform';
import type { Target } from '../send/request';

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

/**
 * What platforms allow. An account of the store may have others (`settings.rateLimits`). Sources: core.telegram.org/bots/faq;
 * developers.facebook.com/docs/whatsapp/cloud-api (throughput and pair limits); developers.facebook.com/docs/graph-api
 * (Messenger and Instagram: calls a second); help.twilio.com (one SMS a second of a long number).
 */
export const usualLimits: Record<Platform, RateLimits> = {
	telegram: { account: [per(30, second)], chat: [per(1, second)], group: [per(1, second), per(20, minute)] },
	whatsapp: { account: [per(80, second)], chat: [per(10, minute)], group: [per(10, minute)] },
	messenger: { account: [per(40, second)], chat: [per(5, second)], group: [per(5, second)] },
	instagram: { account: [per(40, second)], chat: [per(5, second)], group: [per(5, second)] },
	sms: { account: [per(1, second)], chat: [per(1, second)], group: [per(1, second)] },
};

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
