import { count, type Destination as DestinationDefinition, type Site } from '../shared';
import { readCatalogue } from './catalogue/entries';
import { summarise, type DestinationStatus, type StatusReport } from './catalogue/summarise';
import { chooseDestinations, placeOf, withDestination } from './choose-destinations';
import type { BackupContext } from './context';
import { problemOf, refuseCancelled } from './problem';
import { readLastDrill } from './records';
import { unknownSpace } from './space';

export interface StatusOptions {
	/** Name of the only destination to look in. */
	destination?: string | undefined;
}

/**
 * How a site stands: how old its newest good restore point is in each destination, whether a backup was missed, what
 * is to be looked at. All of it is read from the destinations.
 * @throws BackupError `destination_unknown`, `cancelled`
 */
export async function statusSite(
	site: Site,
	context: BackupContext,
	options: StatusOptions = {},
): Promise<StatusReport> {
	const now = (context.now ?? (() => new Date()))();
	const destinations: DestinationStatus[] = [];
	for (const definition of chooseDestinations(site, options.destination)) {
		destinations.push(await statusIn(definition, site, context, now));
	}
	tellOverdueDrill(destinations, site);
	const found = new Set(destinations.map(({ status }) => status));
	const status =
		found.has('failed') || found.has('unknown') ? 'failed' : found.has('warning') ? 'warning' : 'ok';
	return {
		site: site.name,
		status,
		message: destinations.map(({ name, message }) => `${name}: ${message}`).join(' '),
		checkedAt: now.toISOString(),
		missed: destinations.some(({ expected }) => expected?.missed === true),
		destinations,
	};
}

async function statusIn(
	definition: DestinationDefinition,
	site: Site,
	context: BackupContext,
	now: Date,
): Promise<DestinationStatus> {
	const { name } = definition;
	try {
		return await withDestination(definition, site, context, async (destination) => {
			const entries = await readCatalogue(destination, site.name, now);
			// Where it cannot be told it is left out.
			const { sizeBytes: freeBytes } = await destination.space().catch(() => unknownSpace);
			return {
				name,
				place: destination.label,
				...summarise(entries, site, now, await readLastDrill(destination, site.name)),
				...(freeBytes !== undefined && { freeBytes }),
			};
		});
	} catch (thrown) {
		refuseCancelled(context.signal, 'check');
		const problem = problemOf(thrown);
		return {
			name,
			place: placeOf(definition),
			status: 'unknown',
			message: `Unknown, it cannot be read: ${problem.message}`,
			findings: [],
			problem,
		};
	}
}

/** A drill in one destination is one of the site, so this is found once: where a drill would look first. */
function tellOverdueDrill(destinations: DestinationStatus[], { drill }: Site): void {
	const { maxAgeDays } = drill ?? {};
	const first = destinations.find(({ status }) => status !== 'unknown');
	if (maxAgeDays === undefined || !first) return;
	const ages = destinations.flatMap(({ lastGoodDrill }) => lastGoodDrill?.hoursAgo ?? []);
	const hoursAgo = ages.length > 0 ? Math.min(...ages) : undefined;
	if (hoursAgo !== undefined && hoursAgo <= maxAgeDays * 24) return;
	const last =
		hoursAgo === undefined
			? 'No drill of the site has proved everything yet'
			: `The last drill that proved everything was ${count(Math.floor(hoursAgo / 24), 'day')} ago`;
	const message = `${last}; a good one is wanted every ${count(maxAgeDays, 'day')}.`;
	first.findings.push({ code: 'drill_overdue', message });
	first.message = `${first.message} ${message}`;
	if (first.status === 'ok') first.status = 'warning';
}
