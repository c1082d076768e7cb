import type { Metric } from '../policy/definition';
import type { TimerEvent } from './state';

export const authorRoles = [
	'client',
	'assignee',
	'agent',
	'manager',
	'admin',
	'observer',
	'bot',
	'system',
] as const;
export type AuthorRole = (typeof authorRoles)[number];

export type MessageCategory = 'REQUEST' | 'SPAM' | 'GRATITUDE' | 'CLARIFICATION';

/** What happens in a conversation, as timers see it. Times in milliseconds since 1970. */
export type Occurrence =
	| { type: 'message'; atMs: number; messageId: string; author: AuthorRole; category?: MessageCategory }
	| { type: 'edit'; atMs: number; messageId: string }
	| { type: 'delete'; atMs: number; messageId: string }
	| { type: 'status'; atMs: number; status: string; reason?: string };

/** What begins, ends, pauses and resumes timers. */
export interface TimerRules {
	/** Whose messages ask for an answer, and of which categories; a message without one is taken for a request. */
	startedBy: { authors: readonly AuthorRole[]; categories: readonly MessageCategory[] };
	/** Whose messages are an answer. A bot's are none unless it stands here. */
	answeredBy: readonly AuthorRole[];
	/** At these the conversation waits for the client. */
	pausedAt: readonly string[];
	/** Whether a request or clarification of the client ends such a wait. */
	resumedByClient: boolean;
	/** At these the conversation is settled, and nothing is owed any more. */
	settledAt: readonly string[];
	/** Whether a request after it was settled opens the promise to settle it again. */
	reopenedByClient: boolean;
}

export const defaultRules: TimerRules = {
	startedBy: { authors: ['client'], categories: ['REQUEST'] },
	answeredBy: ['assignee', 'agent', 'manager', 'admin'],
	pausedAt: ['waiting_for_client'],
	resumedByClient: true,
	settledAt: ['closed', 'answered'],
	reopenedByClient: true,
};

/** What is known of the conversation before the occurrence. */
export interface ConversationStanding {
	/** Whether a person has answered the client at least once. */
	wasAnswered: boolean;
	/** The message that began the timer, while it is not over. */
	startedBy: string | null;
	/** Whether a person has answered since the timer began. */
	wasAnsweredSince: boolean;
	/** Requests that nobody has answered, the oldest first. */
	waiting: readonly { messageId: string; atMs: number }[];
	/**
	 * Those of the same instant or a later one that no answer follows and no timer of an answer was begun by, the oldest
	 * first: messages cross, and what was written after an answer may be known before it.
	 */
	waitingAfter: readonly { messageId: string; atMs: number }[];
	/** Whether it was settled before. */
	isSettled: boolean;
	isPaused: boolean;
}

/**
 * What an occurrence in a conversation means for the timer of a metric.
 *
 * @returns in the order in which they happen; none when it means nothing, as an edit, which changes no start
 */
export function eventsOf(
	occurrence: Occurrence,
	metric: Metric,
	standing: ConversationStanding,
	rules: TimerRules = defaultRules,
): TimerEvent[] {
	switch (occurrence.type) {
		case 'message':
			return ofMessage(occurrence, metric, standing, rules);
		case 'edit':
			return [];
		case 'delete':
			return ofDeletion(occurrence, metric, standing);
		case 'status':
			return ofStatus(occurrence, metric, standing, rules);
	}
}

/** Where others wait behind the deleted one, the oldest of them takes its place, from its own time on. */
function ofDeletion(
	{ atMs, messageId }: Occurrence & { type: 'delete' },
	metric: Metric,
	{ startedBy, wasAnsweredSince, waiting }: ConversationStanding,
): TimerEvent[] {
	if (startedBy !== messageId) return [];
	// Somebody has taken up the matter: to settle it is owed, whatever the client tidies up.
	if (metric === 'resolution' && wasAnsweredSince) return [];
	const next = waiting.find((request) => request.messageId !== messageId);
	const reason = 'message deleted';
	return next
		? [{ type: 'replace', atMs, messageId: next.messageId, startedAtMs: next.atMs, reason }]
		: [{ type: 'cancel', atMs, reason }];
}

function ofMessage(
	{ atMs, messageId, author, category = 'REQUEST' }: Occurrence & { type: 'message' },
	metric: Metric,
	standing: ConversationStanding,
	{ startedBy, answeredBy, resumedByClient, reopenedByClient }: TimerRules,
): TimerEvent[] {
	if (answeredBy.includes(author)) {
		if (metric === 'resolution') return [];
		const [next] = startedBy.authors.includes('client') ? standing.waitingAfter : [];
		const start = next && ({ type: 'start', ...next } as const);
		return [{ type: 'answer', atMs }, ...(metric === 'nextResponse' && start ? [start] : [])];
	}
	const events: TimerEvent[] = [];
	const isWord = category === 'REQUEST' || category === 'CLARIFICATION';
	if (author === 'client' && isWord && standing.isPaused && resumedByClient)
		events.push({ type: 'resume', atMs });
	if (!startedBy.authors.includes(author) || !startedBy.categories.includes(category)) return events;
	if (metric === 'resolution' && standing.isSettled) {
		if (reopenedByClient) events.push({ type: 'reopen', atMs, messageId, reason: 'new request' });
		return events;
	}
	// The first answer is owed until there is one, and from then on each next one.
	const isOwed = {
		firstResponse: !standing.wasAnswered,
		nextResponse: standing.wasAnswered,
		resolution: true,
	};
	if (isOwed[metric]) events.push({ type: 'start', atMs, messageId });
	return events;
}

/** What a conversation that is settled by becoming this means for a timer that is open. */
export function settling(
	metric: Metric,
	{ atMs, status, reason }: { atMs: number; status: string; reason?: string | undefined },
): TimerEvent {
	// To close without a word is no answer, but nobody waits for one any more.
	const isDone = metric === 'resolution' || status === 'answered';
	return isDone
		? { type: 'answer', atMs, reason: status }
		: { type: 'cancel', atMs, reason: reason ?? status };
}

function ofStatus(
	{ atMs, status, reason }: Occurrence & { type: 'status' },
	metric: Metric,
	{ isPaused }: ConversationStanding,
	{ pausedAt, settledAt }: TimerRules,
): TimerEvent[] {
	if (pausedAt.includes(status)) return [{ type: 'pause', atMs }];
	if (settledAt.includes(status)) return [settling(metric, { atMs, status, reason })];
	return isPaused ? [{ type: 'resume', atMs }] : [];
}
