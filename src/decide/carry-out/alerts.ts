import type { Outcome } from '../rules/definition';
import type { Decided } from './decided';

export type Severity = 'info' | 'warning' | 'critical';

/** What somebody has to hear beside the desk. What a client has written stands in none. */
export interface Alert {
	title: string;
	message: string;
	severity: Severity;
	/** Alerts with the same one are one alert. */
	dedupeKey: string;
	eventId?: string;
	/** Whom it is for; without one it is for everybody. */
	owner?: string;
}

const became: Record<Outcome, string> = {
	reply: 'was answered',
	escalate: 'needs a person',
	route: 'waits for a team',
	ignore: 'was left alone',
	defer: 'waits for later',
};

const placeOf = ({ conversationId, messageId }: Decided): string =>
	`Conversation ${conversationId}, message ${messageId} of the store.`;

/** Each message that nobody has seen is told. */
const unseen = ({ messageId }: Decided): string => `eva:unseen:${messageId}`;

/** That deciding fails is told once, however many messages it concerns. */
export const undecided = (decided: Decided, problem: string): Alert => ({
	title: 'Eva could not decide on a message',
	message: `${placeOf(decided)} ${problem} ${decided.isShadow ? 'This is a trial: nothing becomes of it.' : 'It goes to the desk undecided.'}`,
	severity: 'critical',
	dedupeKey: 'eva:failed',
});

export const unposted = (decided: Decided, why: string): Alert => ({
	title: 'A message could not be posted at the desk',
	message: `${placeOf(decided)} ${why} Nobody has seen it: look into the conversation.`,
	severity: 'critical',
	dedupeKey: unseen(decided),
});

export const withoutDesk = (decided: Decided, why: string | null): Alert => ({
	title: 'A client waits, and there is no desk to tell',
	message: `${placeOf(decided)} ${why ?? ''} Fill in the Settings of "Relay operator replies" and press "Save the desk".`,
	severity: 'critical',
	dedupeKey: unseen(decided),
});

export const unsaid = (decided: Decided, why: string, severity: Severity): Alert => ({
	title: 'An answer to a client could not be sent',
	message: `${placeOf(decided)} ${why} The message itself goes to the desk.`,
	severity,
	dedupeKey: 'eva:unsaid',
});

/** For those whom a rule names. */
export function notices(decided: Decided, severity: Severity): Alert[] {
	const { decision, decisionId, outcome, isShadow } = decided;
	if (!decision || isShadow) return [];
	const { notify, withinMinutes, team } = decision.actions;
	// A model says its reasons in words of its own, which may be the client's.
	const reasons = decision.reasons.filter(({ code }) => code !== 'model').map(({ text }) => text);
	const within = withinMinutes ?? undefined;
	return notify.map((owner) => ({
		title: `A message ${became[outcome]}${within === undefined ? '' : ` within ${within} minutes`}`,
		message: [placeOf(decided), team ? `Team: ${team}.` : '', ...reasons].filter(Boolean).join(' '),
		severity,
		dedupeKey: `eva:decision:${decisionId ?? ''}:${owner}`,
		eventId: `eva:decision:${decisionId ?? ''}`,
		owner,
	}));
}
