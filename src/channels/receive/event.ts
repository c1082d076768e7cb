import type { MessageInput } from '../../shared';
import type { Platform } from '../platform';

interface EventBase {
	/** The same whenever the platform delivers this again, and of no other event of this account. */
	id: string;
	platform: Platform;
	/** The bot, page or number it came to, by its id on the platform. */
	account: string;
	/** ISO 8601, by the platform's clock. */
	occurredAt?: string;
	/** What the platform has sent, as it was. */
	raw: unknown;
	/** Events with the same one belong together: the pictures of an album. */
	group?: string;
}

/** What was written, changed or taken back, in the normal form of the store. */
export interface MessageEvent extends EventBase {
	kind: 'message';
	message: MessageInput;
	/** The button that has made it, with what its sender has put into it. */
	button?: { data?: string; title?: string };
}

/** Somebody has pressed a button. */
export interface CallbackEvent extends EventBase {
	kind: 'callback';
	callback: {
		/** What an answer to it has to name, where the platform wants one. */
		id?: string;
		/** What the sender of the button has put into it. */
		data?: string;
		title?: string;
		chatId?: string;
		messageId?: string;
		sender: { id: string; name?: string; username?: string };
	};
}

/** What became of a message of ours, or a reaction to one. */
export interface StatusEvent extends EventBase {
	kind: 'status';
	status: {
		state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'reaction' | 'echo';
		messageId?: string;
		chatId?: string;
		/** Everything up to here, where the platform names a time in place of messages. */
		until?: string;
		errors?: Array<{ code: string; title: string }>;
		detail?: unknown;
	};
}

/** Somebody has come, gone, blocked us, or changed what they are in a chat. */
export interface MembershipEvent extends EventBase {
	kind: 'membership';
	membership: {
		chatId: string;
		member: { id: string; name?: string; username?: string };
		from?: string;
		to: string;
		/** Whether it is about the account itself. */
		own: boolean;
		/** Whether we can write to this chat now; missing where that does not follow. */
		reachable?: boolean;
	};
}

/** What this version has no form for: nothing of it is lost. */
export interface UnsupportedEvent extends EventBase {
	kind: 'unsupported';
	/** The platform's own word for it. */
	type: string;
}

export type ChannelEvent = MessageEvent | CallbackEvent | StatusEvent | MembershipEvent | UnsupportedEvent;
export type ChannelEventKind = ChannelEvent['kind'];

export const channelEventKinds = [
	'message',
	'callback',
	'status',
	'membership',
	'unsupported',
] as const satisfies readonly ChannelEventKind[];
