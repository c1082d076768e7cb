import { dirname } from 'node:path';

import { hostFoldersOfDatabases, type BackupContext, type BackupProgress } from '../backup';
import type { EngineConnection } from '../docker';
import { readSiteFile, type Site } from '../shared';
import { readKeys, type KeyOptions } from './backup-keys';
import { readPlace, siteIn } from './backup-place';
import { databasePasswords } from './database-passwords';
import { dockerConnection, type DockerOptions } from './docker-connection';
import { UsageError, type Surroundings } from './output';
import { progressLine } from './progress';
import { s3Access } from './s3-access';
import { stateFolder } from './state-folder';

/** Options of every `opsdesk backup` command. */
export interface BackupOptions extends DockerOptions, KeyOptions {
	site?: string;
	/** Where the backups are, in place of a site definition. */
	from?: string;
	name?: string;
	json?: boolean;
	state?: string;
}

/** The paths that the engine has to reach; a helper gets no more of the host to see. */
function hostPathsOf(sites: Site[]): string[] {
	return sites.flatMap(({ backup, destinations }) => [
		...backup.directories.filter(({ via }) => via === 'engine').map(({ path }) => path),
		...backup.configs.flatMap(({ via, paths }) =>
			via === 'engine' ? paths.map((path) => dirname(path)) : [],
		),
		...destinations.flatMap((kept) => (kept.type === 'engine' ? [kept.path] : [])),
	]);
}

/** The sites of the file and what operations on them need. */
export async function prepare(
	options: BackupOptions,
	surroundings: Surroundings,
	targets: string[] = [],
): Promise<{ sites: Site[]; context: BackupContext & { docker: EngineConnection } }> {
	const connection = await dockerConnection(options, surroundings);
	const encryption = await readKeys(options, surroundings);
	const signal = surroundings.interruption?.();
	const sites =
		options.from === undefined
			? await sitesInFile(options)
			: [await siteInPlace(options.from, options, { docker: connection, signal }, surroundings)];
	const docker = { ...connection, allowedHostPaths: [...hostPathsOf(sites), ...targets] };
	const s3 = s3Access(sites, surroundings);
	const line = progressLine();
	const context = {
		docker,
		secrets: { encryption, s3, databasePasswords: await databasePasswords(sites, surroundings) },
		stateFolder: stateFolder(options.state, surroundings),
		signal,
		progress: (progress: BackupProgress) => surroundings.progress?.(line(progress)),
	};
	return { sites, context };
}

/**
 * The same for operations that change what is in containers: a database in a folder of the host that a container has
 * mounted is changed in that folder.
 */
export async function prepareChange(
	...given: Parameters<typeof prepare>
): Promise<Awaited<ReturnType<typeof prepare>>> {
	const { sites, context } = await prepare(...given);
	const { docker } = context;
	const folders: string[] = [];
	for (const site of sites) folders.push(...(await hostFoldersOfDatabases(site, docker, context.signal)));
	const allowedHostPaths = [...docker.allowedHostPaths, ...folders];
	return { sites, context: { ...context, docker: { ...docker, allowedHostPaths } } };
}

async function sitesInFile({ site: file, name: wanted }: BackupOptions): Promise<Site[]> {
	if (file === undefined) {
		throw new UsageError(
			'Neither a site definition nor a place with backups is given.',
			'Give --site <file>; where the operation has it, --from <place> does when only the backups are left.',
		);
	}
	const all = await readSiteFile(file);
	const sites = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
	if (sites.length > 0) return sites;
	throw new UsageError(
		`The file has no site "${wanted}".`,
		`Choose from: ${all.map(({ name }) => name).join(', ')}.`,
	);
}

async function siteInPlace(
	from: string,
	{ site, name }: BackupOptions,
	context: BackupContext & { docker: EngineConnection },
	surroundings: Surroundings,
): Promise<Site> {
	if (site !== undefined || name !== undefined) {
		throw new UsageError(
			'--from takes the site definition from the newest good backup, so --site and --name do not go with it.',
			'Leave out the one or the other.',
		);
	}
	const place = readPlace(from);
	const { destination } = place;
	const allowedHostPaths = destination.type === 'engine' ? [destination.path] : [];
	const s3 = s3Access([{ destinations: [destination] }], surroundings);
	const docker = { ...context.docker, allowedHostPaths };
	return await siteIn(place, { ...context, docker, secrets: { s3 } });
}

/** @throws UsageError when there are several */
export function onlySite(sites: Site[]): Site {
	const [site] = sites;
	if (site && sites.length === 1) return site;
	throw new UsageError(
		'The file has several sites, and a restore point belongs to one of them.',
		`Give --name with one of: ${sites.map(({ name }) => name).join(', ')}.`,
	);
}
