import { z } from 'zod';

import type { Fault } from '../../shared';
import type { Store } from '../../store';
import { batches } from '../batches';
import { sealed, type Sealing } from '../sealing/contact';
import { sealedFieldNames } from '../sealing/seal';
import type { Kind } from './mapped';
import type { Report } from './report';

/** A row in our form, and which one it is, from 0. */
export interface ReadyRow {
	index: number;
	value: Record<string, unknown>;
	/** To be reported when the row is stored. */
	notes: readonly Fault[];
}

const answer = z.object({
	items: z.array(
		z.object({
			status: z.enum(['created', 'updated', 'duplicate', 'refused', 'failed']),
			reason: z.enum(['consent', 'erased']).optional(),
			contactId: z.number().optional(),
			message: z.string().optional(),
			unassigned: z.boolean().optional(),
		}),
	),
});
type Result = z.output<typeof answer>['items'][number];

/** A person takes several steps, for which those who store messages wait. */
const mostContacts = 100;
const timeoutMs = 150_000;

/** Stores rows that are not messages. */
export async function storeRows(
	store: Store,
	kind: Exclude<Kind, 'message'>,
	ready: readonly ReadyRow[],
	report: Report,
	{ fieldKeys, signal }: Sealing & { signal?: AbortSignal | undefined },
): Promise<void> {
	const send = async (what: string, rows: readonly object[]): Promise<Result[]> => {
		const request = { kind: what, rows: rows.map(cleaned) };
		return (await store.call('import_rows', request, { answer, repeatable: true, timeoutMs, signal })).items;
	};
	for (const batch of batches(ready, kind === 'contact' ? mostContacts : undefined)) {
		const results = await send(
			kind,
			batch.map(({ value }) => (kind === 'contact' && fieldKeys ? withoutSealed(value) : value)),
		);
		if (kind === 'contact' && fieldKeys) await sealLater(store, batch, results, send, fieldKeys);
		for (const [place, { index, value, notes }] of batch.entries()) {
			const result = results[place] ?? { status: 'failed', message: 'was not answered' };
			report.count(result.status, result.reason);
			if (result.status === 'failed') report.problem(index, result.message ?? 'was refused by the store');
			else if (result.status !== 'refused')
				for (const { field, problem } of notes) report.problem(index, problem, field, true);
			if (result.unassigned)
				report.problem(
					index,
					`no member is known as ${assignee(value)}; import the users first`,
					column(kind),
					true,
				);
		}
	}
}

const column = (kind: Kind): string => (kind === 'template' ? 'created_by' : 'assigned_accountant');
const assignee = (value: Record<string, unknown>): string => String(value['assignee'] ?? value['author']);

/** A sealed value says whose it is: so these fields follow when the contacts have their ids. */
async function sealLater(
	store: Store,
	batch: readonly ReadyRow[],
	results: Result[],
	send: (what: string, rows: readonly object[]) => Promise<Result[]>,
	fieldKeys: NonNullable<Sealing['fieldKeys']>,
): Promise<void> {
	const rows = batch.flatMap(({ value }, place) => {
		const { contactId, status } = results[place] ?? {};
		const set = secretsOf(value);
		if (contactId === undefined || status === 'refused' || Object.keys(set).length === 0) return [];
		return [{ place, contactId, set: sealed(set, store.tenant, contactId, fieldKeys) }];
	});
	if (rows.length === 0) return;
	const answers = await send('contactFields', rows);
	for (const [at, { place }] of rows.entries()) {
		const [before, after] = [results[place], answers[at]];
		if (before && after && (after.status === 'failed' || before.status === 'duplicate'))
			results[place] = { ...before, ...after };
	}
}

function secretsOf(
	value: Record<string, unknown>,
): Partial<Record<(typeof sealedFieldNames)[number], string>> {
	const set = (value['set'] ?? {}) as Record<string, unknown>;
	return Object.fromEntries(
		sealedFieldNames.flatMap((name) => (typeof set[name] === 'string' ? [[name, set[name]]] : [])),
	);
}

function withoutSealed(value: Record<string, unknown>): Record<string, unknown> {
	const set = (value['set'] ?? {}) as Record<string, unknown>;
	const rest = Object.entries(set).filter(([name]) => !sealedFieldNames.some((field) => field === name));
	return { ...value, set: Object.fromEntries(rest) };
}

/** NUL and half a surrogate pair are no characters: a database refuses them, and with them the whole batch. */
function cleaned(value: object): unknown {
	return JSON.parse(
		JSON.stringify(value, (_key, part: unknown) =>
			typeof part === 'string' ? part.replace(/[\0\p{Surrogate}]/gu, '\u{FFFD}') : part,
		),
	);
}
