import { DockerError, Helper, Volumes, type EngineConnection, type HelperMount } from '../../docker';
import { compilePatterns, type DirectorySource, type PatternLists, type VolumeSource } from '../../shared';
import { blockBytes, BlockGatherer } from '../blocks';
import { BackupError } from '../errors';
import { streamBlocks } from '../stream-blocks';
import { filterArchive } from '../tar/filter';
import { emptyTreeWarnings, unmatchedPattern, WarningList } from '../warnings';
import { isOwnFolder } from './own-folders';
import { Presence } from './presence';
import type { OpenedSource } from './source';

/** An archive is taken apart in pieces of this size. */
const pieceBytes = 256 * 1024;

/**
 * A volume of the engine.
 * @throws BackupError `source_missing`; DockerError
 */
export async function openVolume(
	{ volume, include, exclude, unreadable }: VolumeSource,
	site: string,
	connection: EngineConnection,
	signal?: AbortSignal,
): Promise<OpenedSource> {
	// The engine would make a missing volume as soon as a container names it, and an empty backup would look fine.
	const found = await new Volumes(connection).find(volume, signal);
	if (!found) {
		throw new BackupError(
			'source_missing',
			`There is no volume "${volume}".`,
			'Correct the name in the site definition ("docker volume ls" shows all; Compose puts the name of the project in front).',
		);
	}
	const mount: HelperMount = { type: 'volume', volume, readOnly: true };
	return {
		...readTree(connection, { mount, site, signal, unreadable }, { include, exclude }),
		format: 'tar',
		origin: {
			volume,
			driver: found.driver,
			// Compose knows its volumes by their labels. Options are left out: those of network shares hold passwords.
			labels: JSON.stringify(found.labels),
			...(Object.keys(found.options).length > 0 && { hasOptions: 'true' }),
		},
	};
}

/** A folder of the engine's host. */
export function openHostPath(
	{ path, include, exclude, unreadable }: DirectorySource,
	site: string,
	connection: EngineConnection,
	signal?: AbortSignal,
): OpenedSource {
	const mount: HelperMount = { type: 'hostPath', path, readOnly: true };
	return {
		...readTree(connection, { mount, site, signal, unreadable }, { include, exclude }),
		format: 'tar',
		origin: { path, via: 'engine' },
	};
}

interface Tree {
	mount: HelperMount;
	site: string;
	signal: AbortSignal | undefined;
	unreadable: 'warn' | 'fail' | undefined;
}

function readTree(
	connection: EngineConnection,
	{ mount, site, signal, unreadable }: Tree,
	patterns: PatternLists,
): Pick<OpenedSource, 'blocks' | 'entriesSoFar' | 'release' | 'finish'> {
	const wanted = compilePatterns(patterns);
	const warnings = new WarningList();
	const gatherer = new BlockGatherer(blockBytes);
	let entriesSoFar = (): number => 0;

	async function* blocks(): AsyncGenerator<Buffer, void, undefined> {
		const helper = await Helper.open(connection, { purpose: 'backup', site, mount, signal }).catch(
			(thrown: unknown) => {
				throw explain(thrown, mount);
			},
		);
		try {
			const presence = new Presence(helper);
			await presence.list(signal);
			const archive = await helper.archive(`${helper.root}/.`, signal);
			const isPart = (path: string, isDirectory: boolean) => !isOwnFolder(path) && wanted(path, isDirectory);
			const pieces = new BlockGatherer(pieceBytes);
			const filtered = filterArchive(streamBlocks(archive, pieces), {
				release: (piece) => pieces.release(piece),
				wanted: isPart,
				notice: (path, message) => warnings.add(path, message),
				seen: (path) => presence.saw(path),
			});
			entriesSoFar = () => filtered.totals.entries;
			yield* gatherer.gather(filtered.blocks);
			await presence.report(isPart, warnings, signal);
		} finally {
			await helper.close();
		}
	}

	return {
		blocks: blocks(),
		entriesSoFar: () => entriesSoFar(),
		release: (block) => gatherer.release(block),
		finish: async () => {
			const entries = entriesSoFar();
			if (unreadable === 'fail') {
				warnings.refuseLosses(mount.type === 'volume' ? `volume ${mount.volume}` : `host path ${mount.path}`);
			}
			const unused = wanted.unusedIncludes().map((path) => `${path}: ${unmatchedPattern}`);
			return { entries, warnings: [...emptyTreeWarnings(entries), ...unused, ...warnings.all()] };
		},
	};
}

function explain(thrown: unknown, mount: HelperMount): unknown {
	if (mount.type === 'volume' || !(thrown instanceof DockerError)) return thrown;
	if (thrown.code !== 'path_missing') return thrown;
	return new BackupError(
		'source_missing',
		`The host of the container engine has no folder ${mount.path}.`,
		'Correct the path in the site definition; it is meant as the host sees it, not as n8n does.',
		{ cause: thrown },
	);
}
