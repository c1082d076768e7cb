import { createHash } from 'node:crypto';
import { z } from 'zod';

import { SharedDocument, shorten, type StateStore } from '../../shared';
import type { Finding } from '../probes/probe';
import type { Target } from './targets';

const hour = 60 * 60_000;
const mostUsers = 20;
/** So long what only one user lists is kept at least, though others make the checks of the set. */
const keptMs = 8 * 24 * hour;

const user = z.object({
	id: z.string().max(200),
	title: z.string().max(300),
	/** What tells its list from others. */
	list: z.string().max(100),
	/** Its last run, in milliseconds since 1970, and how long that was after the one before. */
	at: z.number().int(),
	pauseMs: z.number().int().min(0).nullable(),
	/** Another one with another list has made checks of the set between two of its runs. */
	isInterrupted: z.boolean(),
});
type User = z.infer<typeof user>;

const usersDocument = z.object({ version: z.literal(1), users: z.array(user).max(mostUsers) });

/** Who makes checks, such as a node of a workflow. */
export interface Caller {
	/** The same in each of its runs, and of nobody else. */
	id: string;
	/** As people know it. */
	title: string;
}

/** Who else makes checks of a set. */
export interface Others {
	/** Of those whose targets are kept although this list does not name them. */
	ids: ReadonlySet<string>;
	/** Those with another list that make checks of the set all the time, as this caller does. */
	rivals: string[];
}

/**
 * Notes who makes the checks of a set. A list that was edited has one user; two lists that have the same name for their set
 * by mistake have two, and each runs again after the other.
 *
 * @param now in milliseconds since 1970
 * @throws StateError
 */
async function noteUser(
	store: StateStore,
	set: string,
	{ caller, targets, now }: { caller: Caller; targets: readonly Target[]; now: number },
): Promise<Others> {
	const document = new SharedDocument<z.infer<typeof usersDocument>>(store, `checks/${set}/users`, {
		title: `Who makes the checks "${set}"`,
		schema: usersDocument,
		empty: { version: 1, users: [] },
	});
	return await document.change(({ users }) => {
		const before = users.find(({ id }) => id === caller.id);
		const id = shorten(caller.id, 200);
		const list = listOf(targets);
		const others = users
			.filter((other) => other.id !== id && now - other.at < Math.max(keptMs, 2.5 * (other.pauseMs ?? 0)))
			.map((other) => {
				const isBetween = before !== undefined && other.at > before.at && other.list !== list;
				return isBetween ? { ...other, isInterrupted: true } : other;
			});
		const rivals = others.filter(
			(other) => other.isInterrupted && other.list !== list && isActive(other, now),
		);
		const own: User = {
			...{ id, title: shorten(caller.title, 300), list, at: now },
			pauseMs: before === undefined ? null : Math.max(0, now - before.at),
			isInterrupted: rivals.length > 0,
		};
		const after = [own, ...others].toSorted((one, other) => other.at - one.at).slice(0, mostUsers);
		const result = {
			ids: new Set(others.map((other) => other.id)),
			rivals: rivals.map(({ title }) => title),
		};
		return { value: { version: 1, users: after }, result };
	});
}

/** Whether it goes on: it has not missed its next runs. */
function isActive({ at, pauseMs }: User, now: number): boolean {
	return now - at < (pauseMs === null ? 24 * hour : Math.max(hour / 6, 2.5 * pauseMs));
}

function listOf(targets: readonly Target[]): string {
	const lines = targets.map(({ key, check }) => JSON.stringify([key, check])).toSorted();
	return createHash('sha256').update(lines.join('\n')).digest('base64url').slice(0, 22);
}

/** @returns undefined for a caller that is not known. @throws StateError */
export async function othersOf(
	options: { store: StateStore; set: string; targets: readonly Target[] } & { caller?: Caller | undefined },
): Promise<Others | undefined> {
	const { store, set, caller, targets } = options;
	return caller && (await noteUser(store, set, { caller, targets, now: Date.now() }));
}

/** What is to be said of a set that several lists use; undefined for a caller that is not known. */
export function findingOfUsers(
	set: string,
	caller: Caller | undefined,
	others: Others | undefined,
): Finding | undefined {
	if (caller === undefined || others === undefined) return undefined;
	const blank = { latencyMs: null, details: {} };
	if (others.rivals.length === 0)
		return { ...blank, level: 'ok', reason: 'ok', message: `The set "${set}" has one list of checks.` };
	const all = [caller.title, ...others.rivals].toSorted().join(', ');
	return {
		...blank,
		level: 'warning',
		reason: 'several_lists',
		message: `Different lists of checks use the set "${set}", and are taken for one: ${all}. Give each list a set of its own ("Name of the Set").`,
	};
}
