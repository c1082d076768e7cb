import { z } from 'zod';

import type { Store } from '../../store';
import { decide, type DecideInput, type ReadyTexts } from '../decide';
import type { Decision } from '../decision';
import { canonicalJson } from '../hash';
import { differenceOf, type Difference } from '../replay';
import { compileRules, type CompiledRules } from '../rules/compile';
import { outcomes, type RuleSetInput } from '../rules/definition';
import { idField, instantField, valid, versionField } from './input';
import { readNames } from './names';
import { getRules } from './rules';
import { KnownVersions } from './versions';

const optionsSchema = z.object({
	from: instantField.optional(),
	to: instantField.optional(),
	conversationId: idField.optional(),
	most: z.int().min(1).default(1_000_000),
});

export interface ReplayOptions {
	/**
	 * A rule set, the version of a stored one, or `active`. Default `stored`: each decision by the version that it was made
	 * by, which shows whether it comes out the same, byte for byte.
	 */
	rules?: RuleSetInput | string;
	/** Decided at or after, ISO 8601. */
	from?: string;
	/** Decided before. */
	to?: string;
	conversationId?: number;
	/** Only the newest so many. Default 1,000,000. */
	most?: number;
	signal?: AbortSignal;
}

/** A message of the store that would be dealt with in another way; `id` is that of the message. */
export interface StoredDifference extends Difference {
	decisionId: number;
	conversationId: number;
	decidedAt: string;
}

export interface ReplayTotals {
	/** Decisions that were made again. */
	replayed: number;
	different: number;
	/** Decisions whose words are not kept any more, because their messages are not. */
	withoutWords: number;
}

const pageLength = 500;

const rowSchema = z.object({
	id: z.number(),
	messageId: z.number(),
	conversationId: z.number(),
	decidedAt: z.string().transform((text) => new Date(text).toISOString()),
	rulesVersion: z.string(),
	/** Missing where the words are gone. */
	input: z
		.custom<Omit<DecideInput, 'rules'>>((value) => typeof value === 'object' && value !== null)
		.optional(),
	outcome: z.enum(outcomes),
	rule: z.string().nullable(),
	team: z.string().nullable(),
	/** Where it is to come out the same. */
	decision: z.custom<Decision>((value) => typeof value === 'object' && value !== null).optional(),
});
type Row = z.output<typeof rowSchema>;
type KeptRow = Row & { input: Omit<DecideInput, 'rules'> };
const pageSchema = z.object({ items: z.array(rowSchema), next: z.unknown() });

/**
 * Decides again on what was decided, the newest first, with the facts and the answers of models that were kept. Nobody is
 * asked, nothing is sent and nothing recorded. Of a message that was decided several times the last decision counts;
 * shadows do not. It takes no more memory than a page of decisions.
 *
 * @returns the differences as they are found, and at the end how many there were of what
 * @throws DecideError `invalid_input` for rules that cannot be used; StoreError; the signal's reason
 */
export async function* replayStored(
	store: Store,
	options: ReplayOptions = {},
): AsyncGenerator<StoredDifference, ReplayTotals> {
	const { signal } = options;
	const { most, ...query } = valid('options', optionsSchema, options);
	const judge = await judgeOf(store, options);
	const totals: ReplayTotals = { replayed: 0, different: 0, withoutWords: 0 };
	for await (const row of rowsOf(store, { ...query, whole: judge.wantsWhole }, most, signal)) {
		if (!row.input) {
			totals.withoutWords += 1;
			continue;
		}
		totals.replayed += 1;
		const difference = await judge.compare({ ...row, input: row.input });
		if (!difference) continue;
		totals.different += 1;
		const { id: decisionId, conversationId, decidedAt } = row;
		yield { ...difference, decisionId, conversationId, decidedAt };
	}
	return totals;
}

async function* rowsOf(
	store: Store,
	query: Record<string, unknown>,
	most: number,
	signal: AbortSignal | undefined,
): AsyncGenerator<Row> {
	let left = most;
	let after: unknown;
	do {
		signal?.throwIfAborted();
		const limit = Math.min(left, pageLength);
		const request = { ...query, limit, ...(after !== undefined && { after }) };
		const read = await store.call('get_decisions_to_replay', request, {
			...{ answer: pageSchema, repeatable: true, signal },
		});
		yield* read.items;
		left -= read.items.length;
		after = read.next ?? undefined;
	} while (after !== undefined && left > 0);
}

interface Judge {
	wantsWhole: boolean;
	compare(row: KeptRow): Promise<Difference | undefined> | Difference | undefined;
}

async function judgeOf(store: Store, { rules = 'stored', signal }: ReplayOptions): Promise<Judge> {
	if (rules === 'stored') return byOwnRules(store);
	const compiled = await rulesOf(store, rules);
	const { teams, templates } = await readNames(store, signal);
	const named = [...compiled.set.rules.map(({ template }) => template), compiled.set.ambiguity.template];
	const missing = named.filter((one) => one !== undefined && !templates.includes(one));
	const unusable = Object.fromEntries(missing.map((title) => [title, `There is no template "${title}".`]));
	const textsOf = (texts: ReadyTexts = {}): ReadyTexts => ({
		...texts,
		unusable: { ...texts.unusable, ...unusable },
	});
	return {
		wantsWhole: false,
		compare: ({ messageId, input, outcome, rule, team }) =>
			differenceOf(
				{
					...{ id: String(messageId), facts: input.facts, texts: textsOf(input.texts), outcome, rule },
					...(input.model && { model: input.model }),
					team: team ?? undefined,
				},
				compiled,
				teams,
			),
	};
}

/** With everything as it was. */
function byOwnRules(store: Store): Judge {
	const versions = new KnownVersions<CompiledRules>(20);
	const ownRules = async (version: string): Promise<CompiledRules> => {
		const known = versions.get(version) ?? (await rulesOf(store, version));
		versions.keep(version, known);
		return known;
	};
	return {
		wantsWhole: true,
		async compare({ messageId, rulesVersion, input, decision }) {
			const again = decide({ ...input, rules: await ownRules(rulesVersion) });
			if (!decision || canonicalJson(again) === canonicalJson(decision)) return undefined;
			return {
				id: String(messageId),
				before: partsOf(decision),
				after: partsOf(again),
				reasons: again.reasons.map(({ text }) => text),
			};
		},
	};
}

const partsOf = ({ outcome, rule, actions }: Decision): Difference['before'] => ({
	...{ outcome, rule, team: actions.team ?? null },
});

async function rulesOf(store: Store, rules: RuleSetInput | string): Promise<CompiledRules> {
	if (typeof rules !== 'string') return await compileRules(rules);
	const which = rules === 'active' ? {} : { version: valid('version', versionField, rules) };
	const stored = await getRules(store, which);
	// By the version that it was saved under.
	return { ...(await compileRules(stored.rules)), version: stored.version };
}

export interface ReplaySummary extends ReplayTotals {
	/** How many went from what to what, most first. */
	changes: { before: string; after: string; count: number }[];
	/** The first differences. */
	examples: StoredDifference[];
}

/**
 * What other rules would change, in numbers.
 *
 * @param examples how many differences are told one by one; default 20
 * @throws as {@link replayStored}
 */
export async function summariseReplay(
	store: Store,
	{ examples: most = 20, ...options }: ReplayOptions & { examples?: number } = {},
): Promise<ReplaySummary> {
	const differences = replayStored(store, options);
	const counts = new Map<string, { before: string; after: string; count: number }>();
	const examples: StoredDifference[] = [];
	for (;;) {
		const { done, value } = await differences.next();
		if (done === true) {
			const changes = [...counts.values()].sort((one, other) => other.count - one.count);
			return { ...value, changes, examples };
		}
		const [before, after] = [told(value.before), told(value.after)];
		const key = JSON.stringify([before, after]);
		const entry = counts.get(key) ?? { before, after, count: 0 };
		counts.set(key, { ...entry, count: entry.count + 1 });
		if (examples.length < most) examples.push(value);
	}
}

const told = ({ outcome, team }: Difference['before']): string =>
	team === null ? outcome : `${outcome} to ${team}`;
