import { isTalkedTo, type Decided } from './decided';

/** What timers are told of a message. */
export interface Heard {
	conversationId: number;
	/** On its platform. */
	messageId: string;
	sentAt?: string;
	text: string;
	/** `REQUEST` and so on; empty: it is to be judged as if nobody had decided. */
	category: string;
}

/**
 * What needs a person is a request, whatever its words. What Eva answers or leaves alone waits for nobody, unless a person has
 * the conversation; on trial, and where she could not decide, everything is as without her.
 *
 * @returns undefined when no timer hears of it
 */
export function heardOf(decided: Decided): Heard | undefined {
	const { said, timers, conversationId } = decided;
	const category = categoryOf(decided);
	if (!said || !timers || category === undefined) return undefined;
	const { id, sentAt, text } = said;
	return { conversationId, messageId: id, ...(sentAt !== undefined && { sentAt }), text, category };
}

function categoryOf(decided: Decided): string | undefined {
	if (decided.problem !== undefined || decided.isShadow) return '';
	if (['escalate', 'route', 'defer'].includes(decided.outcome)) return 'REQUEST';
	if (decided.outcome !== 'ignore' || !isTalkedTo(decided)) return undefined;
	const category = decided.decision?.facts['message.category'];
	return typeof category === 'string' ? category : '';
}
