import type { Site } from '../../shared';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { sourcesOf, type SiteSource } from '../sources/source';

/**
 * The artefact with the place it may be restored to. A manifest lies where backups are kept, and whoever can write
 * there can change it; so it is the site definition that says where to, and a manifest that says otherwise is not
 * followed unless the user has named the target.
 *
 * @param to target the user has given
 * @throws BackupError `target_refused`
 */
export function placeOfArtefact(artefact: ManifestArtefact, site: Site, to?: string): ManifestArtefact {
	const source = sourcesOf(site).find(({ artefact: name }) => name === artefact.name);
	const kept = describe(artefact.kind, artefact.source);
	if (!source) {
		if (to !== undefined && (artefact.kind !== 'postgres' || to.includes('/'))) return artefact;
		throw refused(
			`The site "${site.name}" does not define ${artefact.name} any more, and the restore point alone (${kept}) does not decide where to restore to`,
			artefact,
		);
	}
	if (source.kind !== artefact.kind) {
		throw new BackupError(
			'target_refused',
			`${artefact.name} is a ${source.kind} in the site definition and a ${artefact.kind} in the restore point.`,
			'Use a restore point of the site as it is defined now.',
		);
	}
	const place = placeOfSource(source);
	if (
		to === undefined &&
		Object.entries(place).some(([field, value]) => (artefact.source[field] ?? '') !== value)
	) {
		const defined = describe(source.kind, place);
		throw refused(
			`${artefact.name} is the ${defined} in the site definition and the ${kept} in the restore point`,
			artefact,
		);
	}
	const user = source.kind === 'postgres' ? { user: source.definition.user } : {};
	return { ...artefact, source: { ...artefact.source, ...place, ...user } };
}

function placeOfSource(source: SiteSource): Record<string, string> {
	switch (source.kind) {
		case 'directory':
			return { path: source.definition.path, via: source.definition.via };
		case 'volume':
			return { volume: source.definition.volume };
		case 'postgres':
			return { container: source.definition.container, database: source.definition.database };
		case 'sqlite': {
			const { path, container } = source.definition;
			return { path, container: container ?? '' };
		}
	}
}

function describe(kind: ManifestArtefact['kind'], source: Record<string, string>): string {
	const { path = '?', via, volume = '?', container = '?', database = '?' } = source;
	switch (kind) {
		case 'directory':
			return via === 'engine' ? `host path ${path}` : `directory ${path}`;
		case 'volume':
			return `volume ${volume}`;
		case 'postgres':
			return `database ${database} in the container ${container}`;
		case 'sqlite':
			return `database ${path}${source['container'] ? ` in the container ${container}` : ''}`;
	}
}

function refused(fault: string, { name, kind }: ManifestArtefact): BackupError {
	const target = {
		directory: 'a path',
		volume: 'a volume',
		postgres: 'container/database',
		sqlite: 'a path',
	}[kind];
	return new BackupError(
		'target_refused',
		`${fault}.`,
		`Give the target of ${name} with the restore, as ${target}, if that is what you want.`,
	);
}
