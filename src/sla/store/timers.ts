import { z } from 'zod';

import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import type { Explanation } from '../explain';
import { metrics, type Metric } from '../policy/definition';
import {
	defaultRules,
	eventsOf,
	type ConversationStanding,
	type Occurrence,
	type TimerRules,
} from '../timer/occurrence';
import type { TimerEvent, TimerState, TimerStatus } from '../timer/state';
import { explainTimer, standingOf, type TimerStanding } from '../timer/steps';
import { conversationFactsSchema, storedTimerSchema, type StoredTimer } from './answers';
import {
	changeTimers,
	settleConversation,
	type AppliedEvent,
	type KnownStanding,
	type StoredStanding,
} from './change';
import { conversationName, nameField, valid, type ConversationName } from './names';
import { readTerms } from './terms';

/** What may happen to a timer from outside. */
export type OutsideEvent = Exclude<TimerEvent, { type: 'reached' }>;

export interface TimerChange {
	conversation: ConversationName;
	/** Default `firstResponse`. */
	metric?: Metric;
	event: OutsideEvent;
	/** Who has answered or cancelled, kept with the cycle it ends. */
	by?: string;
	signal?: AbortSignal;
}

const metricField = z.enum(metrics, 'must be firstResponse, nextResponse or resolution');

/**
 * Lets something happen to a timer: reads it, computes what it becomes, and writes that unless somebody else was faster;
 * then it happens to what they have made of it. What is told twice changes nothing the second time.
 *
 * @returns `changed: false` with the reason when it means nothing, e.g. a second start
 * @throws StoreError, and then nothing was started: `not_found` for a conversation that is not stored or has no working
 * schedule, `unavailable`; SlaError `invalid_input` for a time that is none
 */
export async function applyToTimer(store: Store, change: TimerChange): Promise<AppliedEvent> {
	const which = conversationName(change.conversation);
	const metric = valid('metric', metricField, change.metric ?? 'firstResponse');
	const { by, signal } = change;
	const [applied] = await changeTimers(store, which, () => ({ [metric]: [change.event] }), {
		...(by !== undefined && { by: valid('by', nameField, by) }),
		signal,
	});
	return applied ?? { metric, changed: false, timer: null, notes: [] };
}

export interface OccurrenceOptions {
	/** Which messages start and answer. */
	rules?: TimerRules;
	/** What the caller knows better than the stored messages tell, e.g. which of them were requests. */
	standing?: KnownStanding;
	/** Who has answered, kept with the cycles it ends. Default: the member who has written the message, as `member:` and the id. */
	by?: string;
	signal?: AbortSignal;
}

/**
 * Tells the timers of a conversation what has happened in it: a message, an edit, a deletion or a change of status.
 * Whether a request waits or was answered before is read from the stored messages, up to the time of the occurrence; so
 * is whether a message of a client is one: what a member of the team writes in a group is theirs.
 *
 * @returns what became of each timer that it concerns; none when it means nothing
 * @throws as {@link applyToTimer}
 */
export async function noteOccurrence(
	store: Store,
	conversation: ConversationName,
	occurrence: Occurrence,
	{ rules = defaultRules, standing: known = {}, by, signal }: OccurrenceOptions = {},
): Promise<AppliedEvent[]> {
	const which = conversationName(conversation);
	const messageId = 'messageId' in occurrence ? occurrence.messageId : null;
	return await changeTimers(
		store,
		which,
		({ timers, standing, terms }) => {
			const read = standing ?? unknownStanding;
			const what = asStored(occurrence, read);
			const states = new Map(timers.map(({ metric, state }) => [metric, state]));
			// What is neither promised nor was ever begun is not worth a word.
			const owed = metrics.filter(
				(metric) => states.has(metric) || terms.policy.targetMinutes[metric] !== null,
			);
			return Object.fromEntries(
				owed.map((metric) => [
					metric,
					eventsOf(what, metric, { ...standingFor(metric, states, read), ...known }, rules),
				]),
			);
		},
		{
			...(by !== undefined && { by: valid('by', nameField, by) }),
			before: { atMs: occurrence.atMs, messageId },
			signal,
		},
	);
}

const unknownStanding: StoredStanding = {
	...{ wasAnswered: false, answeredAtMs: null, teller: null },
	...{ waiting: [], waitingAfter: [] },
};

/** In a group, what a colleague writes comes in as what a client does: whoever passes it on may not know them, the store does. */
function asStored(occurrence: Occurrence, { teller }: StoredStanding): Occurrence {
	return occurrence.type === 'message' && occurrence.author === 'client' && teller
		? { ...occurrence, author: teller.author }
		: occurrence;
}

function standingFor(
	metric: Metric,
	states: ReadonlyMap<Metric, TimerState>,
	{ wasAnswered, answeredAtMs, waiting, waitingAfter }: StoredStanding,
): ConversationStanding {
	const own = states.get(metric);
	const isOpen = own?.status === 'running' || own?.status === 'paused';
	const toAnswer = [...states.values()].filter((state) => state.metric !== 'resolution');
	const answers = toAnswer.map((state) => state.answeredAtMs);
	const begunBy = new Set(
		toAnswer.flatMap(({ cycle, earlier }) => [cycle, ...earlier]).map((known) => known?.messageId),
	);
	const lastAnswerMs = Math.max(answeredAtMs ?? -Infinity, ...answers.map((ms) => ms ?? -Infinity));
	return {
		wasAnswered: wasAnswered || states.get('firstResponse')?.status === 'answered',
		startedBy: isOpen ? (own.cycle?.messageId ?? null) : null,
		wasAnsweredSince: isOpen && lastAnswerMs >= (own.cycle?.startedAtMs ?? Infinity),
		waiting,
		waitingAfter: waitingAfter.filter(({ messageId }) => !begunBy.has(messageId)),
		isSettled: states.get('resolution')?.status === 'answered',
		isPaused: own?.status === 'paused',
	};
}

export interface TimerQuery {
	conversationId?: number;
	metric?: Metric;
	status?: TimerStatus | 'open';
	breached?: boolean;
	/** Whose next warning, breach or escalation is before this instant, ISO 8601. */
	dueBefore?: string;
	assignedMemberId?: number;
	teamId?: number;
}

/** @returns null when nothing was ever told it @throws StoreError `not_found` for the conversation */
export async function getTimer(
	store: Store,
	conversation: ConversationName,
	metric: Metric = 'firstResponse',
): Promise<StoredTimer | null> {
	const request = { ...conversationName(conversation), metric: valid('metric', metricField, metric) };
	const read = async (): Promise<StoredTimer | null> =>
		await store.call('get_sla_timer', request, { answer: storedTimerSchema.nullable(), repeatable: true });
	const timer = await read();
	return timer !== null && (await settled(store, [timer])) ? await read() : timer;
}

/** @returns whether some of them were ended now, because their conversations were closed */
async function settled(store: Store, timers: readonly StoredTimer[]): Promise<boolean> {
	const closed = timers.filter(({ closedAt }) => closedAt !== null);
	for (const id of new Set(closed.map(({ conversation }) => conversation.id)))
		await settleConversation(store, id);
	return closed.length > 0;
}

/** By their ids. @throws StoreError */
export async function getTimers(
	store: Store,
	query: TimerQuery = {},
	options: PageOptions = {},
): Promise<Page<StoredTimer>> {
	const read = async (): Promise<Page<StoredTimer>> =>
		await page(store, 'get_sla_timers', { ...query }, pageSchema(storedTimerSchema), options);
	const found = await read();
	return (await settled(store, found.items)) ? await read() : found;
}

/** Why a timer stands where it stands. */
export interface ExplainedTimer {
	timer: StoredTimer;
	/** Of the last cycle, until its end or until now: pieces that count add up to the elapsed time. */
	explanation: Explanation;
	standing: TimerStanding;
	/** By the database. */
	clockMs: number;
}

/**
 * Explains the elapsed time of a timer by the schedule and policy that hold now.
 *
 * @returns null when it never began
 * @throws StoreError `not_found` for the conversation, or without a working schedule
 */
export async function explainStoredTimer(
	store: Store,
	conversation: ConversationName,
	metric: Metric = 'firstResponse',
): Promise<ExplainedTimer | null> {
	const which = conversationName(conversation);
	valid('metric', metricField, metric);
	const answer = z.object({
		clockMs: z.number(),
		conversation: conversationFactsSchema,
		timers: z.array(storedTimerSchema),
	});
	const read = async () => await readTerms(store, which, answer);
	const found = await read();
	const { clockMs, timers, terms } = (await settled(store, found.timers)) ? await read() : found;
	const timer = timers.find((one) => one.metric === metric);
	if (!timer) return null;
	const schedule = terms.compiled();
	const explanation = explainTimer(timer.state, schedule, terms.policy, clockMs);
	const standing = standingOf(timer.state, schedule, terms.policy, clockMs);
	return explanation && standing ? { timer, explanation, standing, clockMs } : null;
}
