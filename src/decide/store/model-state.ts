import { setTimeout as sleep } from 'node:timers/promises';
import { DateTime } from 'luxon';
import { z } from 'zod';

import { parseInput } from '../../shared';
import { DatabaseStateStore, StoreError, type Store } from '../../store';
import type { ModelState } from '../model/ask';
import { newBreaker, type BreakerState } from '../model/breaker';

export interface ModelBudget {
	/** How many tokens may be spent on models in each period; default: any number. */
	budgetTokens?: number;
	/** Default `day`. */
	per?: 'day' | 'month';
	/** In which days and months begin. Default UTC. */
	timezone?: string;
}

const breakerSchema = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('closed'), failures: z.number() }),
	z.object({ kind: z.literal('open'), untilMs: z.number() }),
	z.object({ kind: z.literal('halfOpen'), sinceMs: z.number() }),
]);
const spentSchema = z.object({ period: z.string(), tokens: z.number() });

const breakerDocument = 'decide/model/breaker';
const spentDocument = 'decide/model/spent';
/** How often a change of another worker is met. */
const attempts = 20;
const pauseMs = 10;

/**
 * The breaker and the budget of the language model in the store, so that all workers share them. What a call may need is set
 * aside before it is made: workers together spend no more than the budget. What a killed process had set aside counts as
 * spent.
 */
export function modelStateOf(
	store: Store,
	{ budgetTokens = Infinity, per = 'day', timezone = 'UTC' }: ModelBudget = {},
): ModelState {
	const documents = new DatabaseStateStore(store);
	let breakerVersion: string | undefined;
	let breakerRead = '';
	/** Of calls that are being made; each is given back when it is known what it has cost. */
	const setAside: number[] = [];
	const periodNow = (): string =>
		DateTime.now()
			.setZone(timezone)
			.toFormat(per === 'day' ? 'yyyy-MM-dd' : 'yyyy-MM');

	/** @returns whether it was written: `next` gives undefined for "not so" */
	const changeSpent = async (next: (tokens: number) => number | undefined): Promise<boolean> => {
		for (let attempt = 1; attempt <= attempts; attempt += 1) {
			const found = await documents.get(spentDocument);
			const read = parseInput(spentSchema, found?.value);
			const period = periodNow();
			const tokens = next(read.ok && read.value.period === period ? read.value.tokens : 0);
			if (tokens === undefined) return false;
			const value = { period, tokens: Math.max(0, tokens) };
			if ((await documents.compareAndSet(spentDocument, found?.version, value)) !== undefined) return true;
			await sleep(pauseMs * attempt * Math.random());
		}
		throw new StoreError(
			'busy',
			'What was spent on models is changed by others all the while.',
			'Try again.',
		);
	};

	return {
		async readBreaker() {
			const found = await documents.get(breakerDocument);
			breakerVersion = found?.version;
			const read = parseInput(breakerSchema, found?.value);
			const state = read.ok ? read.value : newBreaker;
			breakerRead = JSON.stringify(state);
			return state;
		},
		async writeBreaker(given) {
			let state = given;
			// As long as all is well, nothing is written.
			if (JSON.stringify(state) === breakerRead) return true;
			for (let attempt = 1; attempt <= attempts; attempt += 1) {
				const written = await documents.compareAndSet(breakerDocument, breakerVersion, state);
				if (written !== undefined) {
					breakerVersion = written;
					breakerRead = JSON.stringify(state);
					return true;
				}
				const found = await documents.get(breakerDocument);
				const read = parseInput(breakerSchema, found?.value);
				breakerVersion = found?.version;
				// The one trial is somebody else's.
				if (state.kind === 'halfOpen') return false;
				if (read.ok) state = joined(state, read.value);
			}
			return true;
		},
		async maySpend(tokens) {
			if (budgetTokens === Infinity) {
				setAside.push(0);
				return true;
			}
			const may = await changeSpent((spent) => (spent + tokens > budgetTokens ? undefined : spent + tokens));
			if (may) setAside.push(tokens);
			return may;
		},
		async spend(tokens) {
			const aside = setAside.shift() ?? 0;
			if (tokens !== aside) await changeSpent((spent) => spent - aside + tokens);
		},
	};
}

/** What two workers found out about the model at the same time. */
function joined(own: BreakerState, other: BreakerState): BreakerState {
	if (own.kind !== 'closed' || own.failures === 0) return own;
	return other.kind === 'closed' ? { kind: 'closed', failures: other.failures + 1 } : other;
}
