import { createHash } from 'node:crypto';
import { z } from 'zod';

import { errorMessage, OpsdeskError, type StateStore } from '../../shared';
import { StoreError } from '../errors';
import type { Store } from '../store';
import { getSiteDefinitions, type SiteDefinitions } from './site-definitions';

export interface ReadSiteDefinitions extends SiteDefinitions {
	/** When the table was read, ISO 8601. */
	readAt: string;
	/** Whether the store could not be asked, and these are what it said before. */
	isCopy: boolean;
}

const copySchema = z.object({
	sites: z.array(z.record(z.string(), z.unknown())),
	schedules: z.record(z.string(), z.string()),
	problems: z.array(z.string()),
	readAt: z.string(),
});

/**
 * The sites of the websites table, or what it said last: a database that is down must not keep sites from being backed
 * up, its own among them. The problems say so.
 *
 * @param openState keeps the copy, outside the database
 * @param place tells this database from others whose copies are kept there, e.g. its address and schema
 * @throws StoreError when the table cannot be read and was not read before
 */
export async function readSiteDefinitions(
	store: Store,
	openState: () => StateStore,
	place: string,
): Promise<ReadSiteDefinitions> {
	const name = createHash('sha256')
		.update(JSON.stringify([place, store.tenant]))
		.digest('hex')
		.slice(0, 24);
	const key = `websites/${name}`;
	let found: SiteDefinitions;
	try {
		found = await getSiteDefinitions(store);
	} catch (failure) {
		if (!(failure instanceof StoreError) || failure.code === 'aborted') throw failure;
		return await copyOf(openState, key, failure);
	}
	const read = { ...found, readAt: new Date().toISOString() };
	const unkept = await keep(openState, key, read);
	return { ...read, problems: [...read.problems, ...unkept], isCopy: false };
}

/** @returns what kept it from being kept: the sites are there all the same */
async function keep(openState: () => StateStore, key: string, copy: object): Promise<string[]> {
	try {
		const state = openState();
		const before = await state.get(key);
		// Whoever was faster has read the table as well.
		await state.compareAndSet(key, before?.version, copy);
		return [];
	} catch (thrown) {
		return [`The copy of the websites table could not be kept: ${withRemedy(thrown)}`];
	}
}

async function copyOf(
	openState: () => StateStore,
	key: string,
	failure: StoreError,
): Promise<ReadSiteDefinitions> {
	const copy = copySchema.safeParse(await keptIn(openState, key));
	// Why the store does not answer matters more than why there is no copy.
	if (!copy.success) throw failure;
	const { problems, ...rest } = copy.data;
	const why = `The websites table could not be read, these are its sites as of ${rest.readAt}: ${withRemedy(failure)}`;
	return { ...rest, problems: [why, ...problems], isCopy: true };
}

async function keptIn(openState: () => StateStore, key: string): Promise<unknown> {
	try {
		return (await openState().get(key))?.value;
	} catch {
		return undefined;
	}
}

const withRemedy = (thrown: unknown): string =>
	thrown instanceof OpsdeskError ? `${thrown.message} ${thrown.remedy}` : errorMessage(thrown);
