import { parseSites, parseText, readCheckedSites, SiteError, suggestName } from '../../shared';
import type { Store } from '../store';
import { getWebsites, type Website } from './websites';

type Definition = Record<string, unknown>;

const source = 'Its definition';
const schedules = ['daily', 'weekly', 'six-hourly', 'never'];

export interface SiteDefinitions {
	/** As the nodes and the command read them. Those without `backup` are for checks only. */
	sites: Definition[];
	/** By which workflow each is backed up: `schedule` of its definition, `daily` unless given, `never` without backup. */
	schedules: Record<string, string>;
	/** What is wrong, each with its website. */
	problems: string[];
}

/**
 * The active websites as definitions of sites, in the form in which `read-settings` hands them out. A website without a
 * definition is one whose certificate is looked at. One with a mistake is left out and named; the others are not.
 *
 * @throws StoreError
 */
export async function getSiteDefinitions(store: Store): Promise<SiteDefinitions> {
	const found: SiteDefinitions = { sites: [], schedules: {}, problems: [] };
	const owners = new Map<string, string>();
	for await (const website of activeWebsites(store)) {
		try {
			const { schedule, definition } = await definitionOf(website);
			const name = String(definition['name']);
			const owner = owners.get(name);
			if (owner !== undefined)
				throw new SiteError(
					'site_invalid',
					`Its name "${name}" is that of the website "${owner}" too.`,
					'Give each definition its own name.',
				);
			owners.set(name, website.clientName);
			found.sites.push(definition);
			found.schedules[name] = schedule;
		} catch (thrown) {
			if (!(thrown instanceof SiteError)) throw thrown;
			found.problems.push(`Website "${website.clientName}": ${thrown.message}`);
		}
	}
	return found;
}

async function* activeWebsites(store: Store): AsyncGenerator<Website> {
	let cursor: string | undefined;
	do {
		const page = await getWebsites(store, { status: 'active' }, { limit: 200, cursor });
		yield* page.items;
		({ cursor } = page);
	} while (cursor !== undefined);
}

/** @throws SiteError */
async function definitionOf(website: Website): Promise<{ schedule: string; definition: Definition }> {
	const { schedule, ...written } = await writtenIn(website);
	const definition: Definition = { name: nameOf(website), domain: website.domain, ...written };
	const isBackedUp = 'backup' in definition;
	if (isBackedUp) parseSites(definition, source);
	else await readCheckedSites(definition, { source });
	const chosen = schedule ?? (isBackedUp ? 'daily' : 'never');
	if (typeof chosen === 'string' && schedules.includes(chosen)) return { schedule: chosen, definition };
	throw new SiteError(
		'site_invalid',
		`${source} has a fault: schedule: must be one of ${schedules.join(', ')}.`,
		'Correct the field, or leave it out.',
	);
}

/** What a website says of its site. @throws SiteError */
async function writtenIn({ definition, domain }: Website): Promise<Definition> {
	if (definition === undefined || definition === null)
		return { checks: [{ type: 'certificate', name: `Certificate of ${domain}`, host: domain }] };
	const value =
		typeof definition === 'string' ? (await parseText(definition, undefined, source)).value : definition;
	if (isObject(value) && !('sites' in value)) return value;
	throw new SiteError(
		'site_invalid',
		`${source} is not one site (an object with fields).`,
		'Give each site a website of its own.',
	);
}

/** A name for folders and messages, where the definition has none. */
function nameOf({ clientName, domain }: Website): string {
	return suggestName(clientName) ?? suggestName(domain) ?? domain;
}

const isObject = (value: unknown): value is Definition =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
