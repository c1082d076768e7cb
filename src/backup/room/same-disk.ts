import { stat } from 'node:fs/promises';

import type { Site } from '../../shared';
import { askDisk } from '../patience';
import type { DestinationReport } from '../reports';
import { sourcesOf, type SiteSource } from '../sources/source';

/**
 * The artefacts whose sources lie on the same disk as a destination, by its name; as far as this process sees both.
 * What it cannot tell is left out.
 *
 * @param patienceMs how long a disk may leave one step unanswered
 */
export async function sharedDisks(site: Site, patienceMs?: number): Promise<Map<string, string[]>> {
	const sources: { artefact: string; device: number }[] = [];
	for (const source of sourcesOf(site)) {
		const device = await deviceOf(pathOf(source), patienceMs);
		if (device !== undefined) sources.push({ artefact: source.artefact, device });
	}
	const shared = new Map<string, string[]>();
	for (const destination of site.destinations) {
		const path = destination.type === 'directory' ? destination.path : undefined;
		const device = await deviceOf(path, patienceMs);
		const artefacts = sources.filter((source) => source.device === device).map(({ artefact }) => artefact);
		if (artefacts.length > 0) shared.set(destination.name, artefacts);
	}
	return shared;
}

/** The report of a destination that has stored something, with what of it lies on the disk of its source. */
export function withSharedDisk(
	report: DestinationReport,
	shared: ReadonlyMap<string, string[]>,
): DestinationReport {
	const artefacts = shared.get(report.name);
	return artefacts && report.folder !== undefined ? { ...report, sameDiskAs: artefacts } : report;
}

/** A sentence on artefacts that have no copy but on the disk of their source, when there are any. */
export function sameDiskNote(site: Site, shared: ReadonlyMap<string, string[]>): string[] {
	const alone = sourcesOf(site)
		.map(({ artefact }) => artefact)
		.filter((artefact) => site.destinations.every(({ name }) => shared.get(name)?.includes(artefact)));
	if (alone.length === 0) return [];
	return [
		`Every copy of ${alone.join(', ')} lies on the same disk as what was backed up: when that disk breaks, both are gone. Add a destination elsewhere.`,
	];
}

function pathOf(source: SiteSource): string | undefined {
	if (source.kind === 'directory')
		return source.definition.via === 'n8n' ? source.definition.path : undefined;
	if (source.kind !== 'sqlite' || source.definition.container !== undefined) return undefined;
	return source.definition.path;
}

async function deviceOf(
	path: string | undefined,
	patienceMs: number | undefined,
): Promise<number | undefined> {
	if (path === undefined) return undefined;
	return (await askDisk(path, () => stat(path), patienceMs))?.dev;
}
