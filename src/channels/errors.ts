import { OpsdeskError } from '../shared';

/** Stable; safe to branch on. */
export type ChannelErrorCode =
	/** What was asked for is wrong: a parameter, a text that is too long, a button without a name. */
	| 'invalid_input'
	/** A credential or setting is missing or contradicts another one. */
	| 'misconfigured'
	/** The platform does not know the token, or it may not do this. */
	| 'unauthorised'
	/** The platform has no such operation. */
	| 'unsupported'
	/** To be tried again no sooner than `details.retryAfterMs` from now. */
	| 'rate_limited'
	/** The person has blocked the account. */
	| 'blocked'
	| 'chat_not_found'
	/** The chat goes on as `details.migratedTo`. */
	| 'chat_migrated'
	/** The platform takes no free text any more for this chat, only templates. */
	| 'window_closed'
	/** The person has asked for no more messages. */
	| 'opted_out'
	/** The platform refuses this message for good. */
	| 'rejected'
	/** Not done, and may be tried again: a fault of the network before anything was sent, or of the platform. */
	| 'unavailable'
	/** Handed over without an answer: done or not done. */
	| 'outcome_unknown'
	/** A file: its address has expired, it is over the limit, it is in a private network, or it cannot be had. */
	| 'media_expired'
	| 'media_too_large'
	| 'media_private_address'
	| 'media_unavailable'
	/** The queue on disk holds as much as it may. */
	| 'queue_full'
	| 'queue_unavailable';

export interface ChannelErrorDetails {
	retryAfterMs?: number;
	migratedTo?: string;
	/** The chat or recipient, by its id on the platform. */
	chatId?: string;
	/** The platform's own code. */
	sourceCode?: string;
}

/** A channel cannot do what it was asked. Holds no secret: neither token nor request. */
export class ChannelError extends OpsdeskError<ChannelErrorCode> {
	override readonly name = 'ChannelError';

	constructor(
		code: ChannelErrorCode,
		message: string,
		remedy: string,
		readonly details: ChannelErrorDetails = {},
	) {
		// Without the cause: those of libraries hold addresses with tokens in them.
		super(code, message, remedy);
	}
}
