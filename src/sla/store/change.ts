import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { StoreError, type Store } from '../../store';
import { metrics, type Metric } from '../policy/definition';
import { advance } from '../timer/advance';
import { authorRoles, settling, type ConversationStanding } from '../timer/occurrence';
import { newTimer, type TimerEvent, type TimerState } from '../timer/state';
import { conversationFactsSchema, storedTimerSchema, type StoredTimer } from './answers';
import type { ConversationName } from './names';
import { endedSince, missedSteps, planOf } from './plan';
import { readTerms, type Terms } from './terms';

/** What an event has made of a timer. */
export interface AppliedEvent {
	metric: Metric;
	/** Whether anything is different now. */
	changed: boolean;
	/** As it is now; null when it never began. */
	timer: StoredTimer | null;
	/** Why nothing has changed, or what was put right. */
	notes: string[];
}

/** What is known of the conversation apart from its timers. */
const standingSchema = z.object({
	wasAnswered: z.boolean(),
	answeredAtMs: z.number().nullable(),
	waiting: z.array(z.object({ messageId: z.string(), atMs: z.number() })),
	waitingAfter: z.array(z.object({ messageId: z.string(), atMs: z.number() })),
	/** Who has written the message of the occurrence; null when it is not stored. */
	teller: z.object({ author: z.enum(authorRoles), memberId: z.number().optional() }).nullable(),
});
export type StoredStanding = z.output<typeof standingSchema>;
export type KnownStanding = Partial<Pick<ConversationStanding, 'wasAnswered' | 'waiting' | 'waitingAfter'>>;

const contextSchema = z.object({
	/** The clock of the database. */
	clockMs: z.number(),
	conversation: conversationFactsSchema,
	timers: z.array(storedTimerSchema),
	standing: standingSchema.optional(),
});
type Context = z.output<typeof contextSchema> & { terms: Terms };

const closedSchema = z.object({ items: z.array(z.number()), next: z.number().nullable() });
const savedSchema = z.object({ timers: z.array(storedTimerSchema) }).nullable();

/** What is to happen to each timer; those that are not named stay as they are. */
export type Events = Partial<Record<Metric, readonly TimerEvent[]>>;

export interface ChangeOptions {
	/** Who has ended it, kept with the cycle; unless given, the member who has written the message. */
	by?: string | undefined;
	/** For the standing of the conversation: before this message. */
	before?: { atMs: number; messageId: string | null };
	signal?: AbortSignal | undefined;
}

/** How often a change of somebody else is met. */
const attempts = 12;
const pauseMs = 15;

/**
 * Reads the timers of a conversation, lets events happen to them and writes them, unless somebody else has changed one
 * meanwhile: then all of it happens once more, to what they have become.
 *
 * @throws StoreError `busy` when others are faster all the while; SlaError
 */
export async function changeTimers(
	store: Store,
	which: ConversationName,
	eventsFor: (context: Context) => Events,
	{ by, before, signal }: ChangeOptions = {},
): Promise<AppliedEvent[]> {
	// When the answer of a write is lost, the next one finds its own work by it.
	let change = randomUUID();
	for (let attempt = 1; attempt <= attempts; attempt += 1) {
		const context = await readTerms(store, which, contextSchema, before && { before });
		const closing = closingOf(context.timers);
		const events = closing ?? eventsFor(context);
		const changes = metrics.flatMap((metric) => {
			const own = events[metric] ?? [];
			return own.length === 0 ? [] : [changeOf(metric, own, context)];
		});
		const written = changes.filter(({ changed }) => changed);
		if (written.length === 0) return changes.map(({ applied }) => applied);
		const memberId = context.standing?.teller?.memberId;
		const who = closing ? undefined : (by ?? (memberId === undefined ? undefined : `member:${memberId}`));
		const request = {
			conversationId: context.conversation.id,
			change,
			token: context.terms.token,
			...(who !== undefined && { by: who }),
			timers: written.map(({ row }) => row()),
		};
		const saved = await store.call('save_sla_timers', request, {
			answer: savedSchema,
			repeatable: true,
			signal,
		});
		if (saved && closing) {
			// What is told now happens to what they have become by it.
			change = randomUUID();
			continue;
		}
		if (saved)
			return changes.map(({ applied }) => ({
				...applied,
				timer: saved.timers.find(({ metric }) => metric === applied.metric) ?? applied.timer,
			}));
		// So that those who met here do not meet again.
		await sleep(pauseMs * attempt * Math.random(), undefined, { signal });
	}
	throw new StoreError(
		'busy',
		'The timers of this conversation are changed by others all the while. Nothing was changed by this call.',
		'Try again.',
	);
}

/** The conversation was closed while they were open, and nobody has written down yet what that means for them. */
function closingOf(timers: readonly StoredTimer[]): Events | undefined {
	const closed = timers.flatMap(({ metric, closedAt, state }) => {
		if (closedAt === null) return [];
		// The clock of the channel may be ahead of that of the database.
		const atMs = Math.max(Date.parse(closedAt), state.cycle?.startedAtMs ?? 0);
		return [[metric, [settling(metric, { atMs, status: 'closed' })]] as const];
	});
	return closed.length === 0 ? undefined : Object.fromEntries(closed);
}

/**
 * Ends the timers of a conversation that was closed: what was to be settled is settled, and nobody waits for an answer.
 *
 * @throws as {@link changeTimers}
 */
export async function settleConversation(
	store: Store,
	conversationId: number,
	signal?: AbortSignal,
): Promise<void> {
	await changeTimers(store, { conversationId }, () => ({}), { signal });
}

/**
 * The same for every conversation of the tenant that was closed.
 *
 * @returns how many there were
 * @throws as {@link changeTimers}
 */
export async function settleClosed(store: Store, signal?: AbortSignal): Promise<number> {
	let settled = 0;
	for (let after: number | null = 0; after !== null;) {
		const found: z.output<typeof closedSchema> = await store.call(
			'get_closed_timers',
			{ after },
			{ answer: closedSchema, repeatable: true, signal },
		);
		for (const id of found.items) {
			try {
				await settleConversation(store, id, signal);
				settled += 1;
			} catch (thrown) {
				// It was erased or joined with another one meanwhile, or is settled with the next run.
				if (!(thrown instanceof StoreError) || !['not_found', 'busy'].includes(thrown.code)) throw thrown;
			}
		}
		after = found.next;
	}
	return settled;
}

interface Change {
	changed: boolean;
	applied: AppliedEvent;
	/** What is written. @throws as {@link planOf} */
	row(): object;
}

function changeOf(
	metric: Metric,
	events: readonly TimerEvent[],
	{ timers, terms, clockMs }: Context,
): Change {
	const timer = timers.find((one) => one.metric === metric) ?? null;
	const before = timer?.state ?? newTimer(metric);
	const { state: told, changed, notes, answered } = happened(before, events, terms, clockMs);
	const missed = missedSteps(timer, told);
	const state = missed.reduce(
		(last, step) => advance(last, { type: 'reached', ...step }, clockMs).state,
		told,
	);
	return {
		changed,
		applied: { metric, changed, timer, notes },
		row: () => ({
			metric,
			revision: timer?.revision ?? null,
			missed: missed.length,
			...planOf(state, terms, timer),
			ended: endedSince(timer, state, answered, terms),
		}),
	};
}

function happened(
	before: TimerState,
	events: readonly TimerEvent[],
	{ policy, fault, monitored }: Terms,
	clockMs: number,
): { state: TimerState; changed: boolean; notes: string[]; answered: Set<number> } {
	let state = before;
	let changed = false;
	const notes: string[] = [];
	const answered = new Set<number>();
	for (const event of events) {
		if (event.type === 'start' || event.type === 'reopen') {
			if (fault) throw fault;
			const why = !monitored
				? 'This conversation is not monitored.'
				: policy.targetMinutes[state.metric] === null
					? `Nothing is promised for ${state.metric}.`
					: undefined;
			if (why !== undefined) {
				notes.push(why);
				continue;
			}
		}
		const next = advance(state, event, clockMs);
		for (const effect of next.effects) {
			if (effect.type === 'ignored') notes.push(effect.why);
			if (effect.type === 'note') notes.push(effect.text);
		}
		// Without any effect the state may be another one all the same.
		changed ||= !next.effects.some(({ type }) => type === 'ignored');
		const { cycle } = next.state;
		if (event.type === 'answer' && cycle !== null && cycle.endedAtMs !== null) answered.add(cycle.number);
		state = next.state;
	}
	return { state, changed, notes, answered };
}
