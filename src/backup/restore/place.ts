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
export function placeOfArtefact(kept: ManifestArtefact, site: Site, to?: string): ManifestArtefact {
	return placed({ ...kept, source: withoutAccess(kept.source) }, site, to);
}

function placed(artefact: ManifestArtefact, site: Site, to: string | undefined): ManifestArtefact {
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
	if (hasNoPlace(source.kind) && to === undefined) {
		throw refused(`${artefact.name} has no place of its own, and nothing is replaced by itself`, artefact);
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
	const isOnServer = source.kind === 'postgres' || source.kind === 'globals';
	const others = isOnServer ? withoutServer(artefact.source) : artefact.source;
	return { ...artefact, source: { ...others, ...place, ...accessTo(source) } };
}

/** What is run to reach a server is never taken from a manifest. */
function withoutAccess(source: Record<string, string>): Record<string, string> {
	const { image: _, network: __, ...others } = source;
	return others;
}

/** The server is the one of the definition, which may be of another type by now. */
function withoutServer(source: Record<string, string>): Record<string, string> {
	const { container: _, host: __, port: ___, tls: ____, caFile: _____, ...others } = source;
	return others;
}

/** How to reach it, which is never taken from a manifest. */
function accessTo(source: SiteSource): Record<string, string> {
	if (source.kind !== 'postgres' && source.kind !== 'globals') return {};
	const { definition } = source;
	if (definition.type === 'postgres') return { user: definition.user };
	const { user, tls, caFile, image, network } = definition;
	return {
		user,
		tls,
		...(caFile !== undefined && { caFile }),
		...(image !== undefined && { image }),
		...(network !== undefined && { network }),
	};
}

/** Artefacts whose files are put into a folder that is given, and from there to where they are wanted by hand. */
export function hasNoPlace(kind: ManifestArtefact['kind']): boolean {
	return kind === 'config' || kind === 'workflows';
}

function placeOfSource(source: SiteSource): Record<string, string> {
	switch (source.kind) {
		case 'directory':
			return { path: source.definition.path, via: source.definition.via };
		case 'volume':
			return { volume: source.definition.volume };
		case 'postgres': {
			const { definition } = source;
			const { database } = definition;
			if (definition.type === 'postgres') return { container: definition.container, database };
			return { host: definition.host, port: String(definition.port), database };
		}
		case 'globals': {
			const { definition } = source;
			if (definition.type === 'postgres') return { container: definition.container };
			return { host: definition.host, port: String(definition.port) };
		}
		case 'sqlite': {
			const { path, container } = source.definition;
			return { path, container: container ?? '' };
		}
		case 'config':
		case 'workflows':
			return {};
	}
}

function describe(kind: ManifestArtefact['kind'], source: Record<string, string>): string {
	const { path = '?', via, volume = '?', container = '?', host, port = '?', database = '?' } = source;
	switch (kind) {
		case 'directory':
			return via === 'engine' ? `host path ${path}` : `directory ${path}`;
		case 'volume':
			return `volume ${volume}`;
		case 'postgres':
			return host === undefined
				? `database ${database} in the container ${container}`
				: `database ${database} at ${host}:${port}`;
		case 'config':
			return 'configuration';
		case 'workflows':
			return 'set of workflows';
		case 'globals':
			return host === undefined
				? `database server in the container ${container}`
				: `database server at ${host}:${port}`;
		case 'sqlite':
			return `database ${path}${source['container'] ? ` in the container ${container}` : ''}`;
	}
}

function refused(fault: string, { name, kind }: ManifestArtefact): BackupError {
	const target = {
		directory: 'a path',
		volume: 'a volume',
		postgres: 'container/database',
		globals: 'a container',
		sqlite: 'a path',
		config: 'a folder',
		workflows: 'a folder',
	}[kind];
	return new BackupError(
		'target_refused',
		`${fault}.`,
		`Give the target of ${name} with the restore, as ${target}, if that is what you want.`,
	);
}
