import { matchesGlob, type StateStore } from '../../shared';
import { answerNotice, type AlertRecord, type PersonsWord, type Reached } from '../alert';
import { CheckError } from '../errors';
import { CheckMemory, type Memory, type TargetMemory } from './memory';

/**
 * Notes what became of an alert: what has not reached everybody is handed out again with the next run.
 *
 * @param notices of the alert
 * @returns how many of them were under way still; of others nothing is changed
 * @throws StateError
 */
export async function confirmAlert(
	store: StateStore,
	set: string,
	notices: readonly { target: string; id: string }[],
	reached: Reached,
): Promise<number> {
	// An alert of what cannot be kept has none.
	if (notices.length === 0) return 0;
	const now = Date.now();
	return await new CheckMemory(store, set).change((memory) => {
		const after = new Map(memory);
		let noted = 0;
		for (const { target, id } of notices) {
			const kept = after.get(target);
			if (kept?.record.offered?.id !== id) continue;
			after.set(target, { ...kept, record: answerNotice(kept.record, id, reached, now) });
			noted += 1;
		}
		return { memory: after, result: noted };
	});
}

export interface PersonsWordOptions {
	/** Name of a check as its results show it (`key`); `*` stands for any characters. */
	name: string;
	/** Who says so. */
	by: string;
	note?: string | undefined;
	/** Until when, in milliseconds since 1970; undefined: until the trouble ends or gets worse, a silence until it is ended. */
	until?: number | undefined;
}

/** A check that somebody has said something of. */
export interface Marked {
	key: string;
	condition: AlertRecord['condition'];
	/** Whether it was so before. */
	changed: boolean;
	until: string | null;
}

/**
 * Says that somebody takes care of what fails: no reminders until it ends or gets worse. What does not fail is left alone.
 *
 * @throws CheckError `not_found` when nothing that fails has this name, `invalid_input` for an end that is over
 */
export async function acknowledge(
	store: StateStore,
	set: string,
	options: PersonsWordOptions,
): Promise<Marked[]> {
	const isTrouble = ({ condition, flappingSince, blindSince }: AlertRecord): boolean =>
		condition !== 'ok' || flappingSince !== null || blindSince !== null;
	return await mark(store, set, options, 'acknowledged', isTrouble);
}

/**
 * Says that nothing is told of checks, whatever they find.
 *
 * @throws CheckError `not_found` when no check has this name, `invalid_input` for an end that is over
 */
export async function silence(
	store: StateStore,
	set: string,
	options: PersonsWordOptions,
): Promise<Marked[]> {
	return await mark(store, set, options, 'silenced', () => true);
}

/**
 * Takes back acknowledgements and silences.
 *
 * @throws CheckError `not_found` when no check has this name
 */
export async function unmark(store: StateStore, set: string, name: string): Promise<Marked[]> {
	return await changeNamed(store, set, name, (record) => ({ ...record, acknowledged: null, silenced: null }));
}

async function mark(
	store: StateStore,
	set: string,
	{ name, by, note = '', until }: PersonsWordOptions,
	field: 'acknowledged' | 'silenced',
	isMeant: (record: AlertRecord) => boolean,
): Promise<Marked[]> {
	const at = Date.now();
	if (until !== undefined && !(until > at)) {
		throw new CheckError('invalid_input', '"Until" is over already.', 'Give a time that is still to come.');
	}
	const word: PersonsWord = { by, at, until: until ?? null, note };
	return await changeNamed(store, set, name, (record) =>
		isMeant(record) ? { ...record, [field]: word } : undefined,
	);
}

async function changeNamed(
	store: StateStore,
	set: string,
	name: string,
	change: (record: AlertRecord) => AlertRecord | undefined,
): Promise<Marked[]> {
	const marked = await new CheckMemory(store, set).change((memory) => {
		const after = new Map(memory);
		const result: Marked[] = [];
		for (const [key, kept] of named(memory, name)) {
			const record = change(kept.record);
			if (record === undefined) continue;
			after.set(key, { ...kept, record });
			const until = (record.silenced ?? record.acknowledged)?.until ?? null;
			result.push({
				...{ key, condition: record.condition },
				changed: !isSameWord(record, kept.record),
				until: until === null ? null : new Date(until).toISOString(),
			});
		}
		return { memory: after, result };
	});
	if (marked.length > 0) return marked;
	const isKnown = named(await new CheckMemory(store, set).read(), name).length > 0;
	throw new CheckError(
		'not_found',
		isKnown ? `Nothing fails that is called "${name}".` : `No check of "${set}" is called "${name}".`,
		'Give the name as the results of Run Checks show it under `key`, e.g. "shop/Front page" or "shop/*", and the same name of the set.',
	);
}

function isSameWord(one: AlertRecord, other: AlertRecord): boolean {
	const words = ({ acknowledged, silenced }: AlertRecord): string =>
		JSON.stringify([acknowledged, silenced].map((word) => word && { ...word, at: 0 }));
	return words(one) === words(other);
}

/** An exact name wins. */
function named(memory: Memory, name: string): [string, TargetMemory][] {
	const all = [...memory];
	const exact = all.filter(([key]) => key === name);
	return exact.length > 0 ? exact : all.filter(([key]) => matchesGlob(name, key));
}
