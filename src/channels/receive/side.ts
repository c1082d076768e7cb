import type { MessageInput } from '../../shared';
import { optOutOf } from '../outbox/stops';
import type { StoreVerdict } from './queue';

/**
 * Who has written something that is to be worked on: a `client`, somebody of the `team` to a client, or an operator at their own
 * `desk`. `optOut`: a client's STOP or START, which is kept to and waits for no answer, also where it may not be stored.
 * `nobody`: it is nothing new, or nothing that anybody has said.
 */
export type Side = 'client' | 'team' | 'desk' | 'optOut' | 'nobody';

/** A duplicate may have come again because a run was cut off: what works on it knows what it has had. */
const workedOn = ['created', 'duplicate', 'edited'];

/** @param stored what the store says of the message */
export function sideOf(message: MessageInput, stored: StoreVerdict): Side {
	const { event = 'message', direction = 'inbound' } = message;
	if (optOutOf(message)) return 'optOut';
	if (!workedOn.includes(stored.status) || stored.conversationId === undefined) return 'nobody';
	if (event === 'delete' || ('type' in message && message.type === 'service')) return 'nobody';
	if (stored.isDesk === true) return 'desk';
	if (direction === 'inbound' && stored.memberId === undefined) return 'client';
	// What one of the team changes is no answer of its own.
	return event === 'edit' ? 'nobody' : 'team';
}
