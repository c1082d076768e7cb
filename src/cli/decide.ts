import { readFile } from 'node:fs/promises';

import {
	DecideError,
	summariseReplay,
	type ReplaySummary,
	type RuleSetInput,
	type StoredDifference,
} from '../decide';
import { count, errorMessage, shorten, systemMessage } from '../shared';
import { openStore } from '../store';
import { databaseOf } from './database';
import { exitCodes, table, UsageError, type Report, type Surroundings } from './output';

/** Options of `opsdesk decide replay`. */
export interface ReplayCommandOptions {
	json?: boolean;
	rules?: string;
	versionOfRules?: string;
	from?: string;
	to?: string;
	most?: string;
	examples: string;
	database?: string;
	schema?: string;
	tenant: string;
}

/** What other rules would change of what was decided. @throws UsageError, StoreError */
export async function replayDecisions(
	options: ReplayCommandOptions,
	surroundings: Surroundings,
): Promise<Report> {
	const { from, to, most, examples, tenant, schema } = options;
	const rules = await rulesOf(options);
	const access = databaseOf(options, surroundings);
	const limits = {
		examples: wholeNumber('--examples', examples, 0),
		...(most !== undefined && { most: wholeNumber('--most', most, 1) }),
		...(from !== undefined && { from }),
		...(to !== undefined && { to }),
	};
	const store = openStore({ postgres: access, ...(schema !== undefined && { schema }) }, { tenant });
	try {
		const signal = surroundings.interruption?.();
		const summary = await asUsage(() =>
			summariseReplay(store, { rules, ...limits, ...(signal && { signal }) }),
		);
		return { exitCode: exitCodes.ok, json: summary, text: textOf(summary) };
	} finally {
		await store.close();
	}
}

const mostBytes = 20_000_000;

async function rulesOf({ rules, versionOfRules }: ReplayCommandOptions): Promise<RuleSetInput | string> {
	if ((rules === undefined) === (versionOfRules === undefined))
		throw new UsageError(
			'Which rules to try is not clear.',
			'Give either --rules with a file, or --version-of-rules.',
		);
	if (rules === undefined) return versionOfRules ?? '';
	const { parse } = await import('yaml');
	try {
		const text = await readFile(rules, 'utf8');
		if (text.length > mostBytes) throw new Error(`it has more than ${mostBytes / 1_000_000} MB`);
		// JSON is YAML too. What it is, is found out by reading it.
		return parse(text) as RuleSetInput;
	} catch (thrown) {
		throw new UsageError(
			`"${rules}" cannot be read: ${shorten(systemMessage(thrown), 300)}.`,
			'Name a file with a rule set in JSON or YAML.',
		);
	}
}

function wholeNumber(option: string, text: string, least: number): number {
	if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
	throw new UsageError(`${option} is no whole number from ${least}: ${text}`, 'Correct it.');
}

/** What was written wrong is wrong usage. */
async function asUsage<Value>(work: () => Promise<Value>): Promise<Value> {
	try {
		return await work();
	} catch (thrown) {
		if (thrown instanceof DecideError) throw new UsageError(errorMessage(thrown), thrown.remedy);
		throw thrown;
	}
}

function textOf({ replayed, different, withoutWords, changes, examples }: ReplaySummary): string {
	return [
		`${count(replayed, 'decision')} made again: ${different} would be different. Nothing was sent.`,
		...(withoutWords > 0
			? [`${count(withoutWords, 'decision')} left out: their messages are not in the store any more.`]
			: []),
		...(changes.length === 0
			? []
			: [
					'',
					table([
						['BEFORE', 'AFTER', 'DECISIONS'],
						...changes.map(({ before, after, count: amount }) => [before, after, String(amount)]),
					]),
				]),
		...(examples.length === 0
			? []
			: [
					'',
					table([['MESSAGE', 'DECIDED AT', 'BEFORE', 'AFTER', 'WHY'], ...examples.map(rowOf)]),
					...(different > examples.length ? [`and ${different - examples.length} more`] : []),
				]),
	].join('\n');
}

const rowOf = ({ id, decidedAt, before, after, reasons }: StoredDifference): string[] => [
	id,
	decidedAt.slice(0, 19).replace('T', ' '),
	told(before),
	told(after),
	reasons.join(' '),
];

const told = ({ outcome, team, rule }: StoredDifference['before']): string =>
	`${outcome}${team === null ? '' : ` to ${team}`}${rule === null ? '' : ` (${rule})`}`;
