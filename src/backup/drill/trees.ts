import { join } from 'node:path';

import { Helper, type EngineConnection } from '../../docker';
import type { DrillCheck, Site } from '../../shared';
import type { BackupContext } from '../context';
import { readDirectory } from '../directory/read-directory';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { DirectoryTarget } from '../restore/directory';
import type { RestoreTarget } from '../restore/target';
import { TreeTarget } from '../restore/tree';
import { PathChecks, type CheckResult } from './checks';
import { TreeContent } from './tree-content';
import type { Workshop } from './workshop';

const blockBytes = 1024 * 1024;
/** Where a throwaway volume is mounted in the container that holds it. */
const volumeFolder = '/opsdesk';

/** What a drill of one artefact has found. */
export interface Proof {
	target: string;
	restoreMs: number;
	entries?: number;
	tables?: number;
	rows?: number;
	/** How what was restored differs from what was backed up. */
	differences: string[];
	/** What could not be compared, each a sentence. */
	unproved: string[];
	notes: string[];
	/** Of the checks of the site. */
	checks: CheckResult[];
}

/** How long a query of a check may take. */
export const queryLimitMs = 5 * 60_000;

export interface DrillTask {
	artefact: ManifestArtefact;
	/** Its plain content; ends with an error when it is not what the manifest says. */
	content: AsyncIterable<Buffer>;
	site: string;
	/** Its definition. */
	of: Site;
	/** Of the restore point. */
	id: string;
	workshop: Workshop;
	context: BackupContext;
	/** What the site wants to know of this artefact. */
	checks: readonly DrillCheck[];
}

/** Restores an archive of files into a folder or volume of the drill, and reads that back. */
export async function drillTree(task: DrillTask): Promise<Proof> {
	const { artefact, context } = task;
	const original = new TreeContent();
	const throughEngine = artefact.kind === 'volume' || artefact.source['via'] === 'engine';
	const inVolume = throughEngine && context.docker !== undefined;
	const { target, restored, label } = inVolume ? await volume(task) : await folder(task);
	const { restoreMs } = await restore(target, watched(task.content, original));
	original.end();
	const found = new TreeContent();
	const paths = new PathChecks(task.checks);
	for await (const chunk of restored()) {
		found.push(chunk);
		paths.push(chunk);
	}
	found.end();
	const owners = inVolume || process.getuid?.() === 0;
	return {
		target: label,
		restoreMs,
		entries: original.entries,
		differences: original.differences(found, { owners }),
		unproved: [],
		checks: paths.results(),
		notes: [
			...(throughEngine && !inVolume ? ['Restored into a folder, because no engine is at hand.'] : []),
			...(owners ? [] : ['Owners were not compared, because only root can set them.']),
		],
	};
}

/** Does what a restore does; the place is new, so nothing is replaced. @returns how long it took, in milliseconds, and what could not be restored */
export async function restore(
	target: RestoreTarget,
	content: AsyncIterable<Buffer>,
): Promise<{ restoreMs: number; errors: string[] }> {
	const started = performance.now();
	try {
		await target.check();
		await target.fill(content);
		const { previous, errors = [] } = await target.swap();
		if (previous !== undefined)
			throw new BackupError('target_refused', `The ${target.label} was not empty.`, 'Run the drill again.');
		return { restoreMs: Math.round(performance.now() - started), errors };
	} catch (thrown) {
		await target.discard().catch(() => {
			// The place goes as a whole.
		});
		throw thrown;
	}
}

interface Place {
	label: string;
	target: RestoreTarget;
	/** What is there after the restore, as an archive. */
	restored: () => AsyncIterable<Buffer>;
}

async function folder({ artefact, id, site, workshop }: DrillTask): Promise<Place> {
	const path = join(await workshop.folder(), artefact.name);
	return {
		label: 'a temporary folder',
		target: new DirectoryTarget(path, artefact, { id, site, overwrite: false }),
		restored: async function* () {
			const archive = readDirectory({
				root: path,
				blockBytes,
				oneFileSystem: true,
				include: [],
				exclude: [],
			});
			for await (const block of archive.blocks) {
				yield block;
				archive.release(block);
			}
		},
	};
}

async function volume({ artefact, id, site, workshop, context }: DrillTask): Promise<Place> {
	const { signal } = context;
	const { container, connection } = await workshop.container({ volumeAt: volumeFolder });
	if (container.volume === undefined) {
		throw new BackupError(
			'target_missing',
			'The engine has made no volume for the drill.',
			'See its log; it makes volumes without names where a container asks for one.',
		);
	}
	const place = { type: 'volume', volume: container.volume } as const;
	return {
		label: 'a throwaway volume',
		target: new TreeTarget(place, artefact, { id, site, overwrite: false, connection, signal }),
		restored: () => readVolume(connection, place.volume, site, signal),
	};
}

async function* readVolume(
	connection: EngineConnection,
	name: string,
	site: string,
	signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
	const mount = { type: 'volume', volume: name, readOnly: true } as const;
	const helper = await Helper.open(connection, { purpose: 'drill', site, mount, signal });
	try {
		yield* await helper.archive(`${helper.root}/.`, signal);
	} finally {
		await helper.close();
	}
}

async function* watched(
	content: AsyncIterable<Buffer>,
	original: TreeContent,
): AsyncGenerator<Buffer, void, undefined> {
	for await (const chunk of content) {
		original.push(chunk);
		yield chunk;
	}
}
