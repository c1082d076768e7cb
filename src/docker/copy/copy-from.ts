import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

import { formatBytes } from '../../shared';
import type { Access } from '../access';
import { openArchive } from '../archive';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { findContainer } from '../find';
import { nameOf } from '../summary';
import { containerPath } from './path';
import { pathStat, type PathStat } from './path-stat';
import { fileOf } from './single-file';

export interface CopyFromOptions {
	/** More than this is refused. Default 100 MB. */
	limitBytes?: number | undefined;
	signal?: AbortSignal | undefined;
}

/** A file, or a folder as tar archive, that is being read from a container. */
export interface CopiedFrom {
	/** Full id of the container. */
	id: string;
	container: string;
	/** Where it was read: behind a link, where that leads. */
	path: string;
	kind: 'file' | 'folder';
	/** Name of the file or folder. */
	name: string;
	/** Of a file; null for a folder, whose size nobody knows before it is read. */
	sizeBytes: number | null;
	/** Permission bits in octal, e.g. `0644`. */
	mode: string;
	/** Numbers of a file's owner. */
	uid: number | null;
	gid: number | null;
	modifiedAt: string;
	/** A file as itself, a folder as tar archive. It ends with an error when it is not whole or beyond the limit. */
	content: Readable;
}

const defaultLimitBytes = 100e6;
const maxLinks = 8;

/**
 * Opens a file or folder of a container, which need not run. Links are followed within the container.
 * @throws DockerError `path_missing`, `not_a_file`, `answer_too_large`, `not_permitted` …; OpsdeskError `invalid_input`
 */
export async function copyFrom(
	engine: Engine,
	access: Access,
	reference: string,
	path: string,
	options: CopyFromOptions = {},
): Promise<CopiedFrom> {
	const { limitBytes = defaultLimitBytes, signal } = options;
	const wanted = containerPath(path);
	const container = await findContainer(engine, access, 'copy from', reference, signal);
	const found = await openPath(engine, container.Id, wanted, signal);
	const { stat, response } = found;
	const base = {
		id: container.Id,
		container: nameOf(container.Name),
		path: found.path,
		name: stat.name,
		mode: stat.mode.toString(8).padStart(4, '0'),
		modifiedAt: stat.modifiedAt,
	};
	try {
		if (stat.kind === 'folder') {
			const content = Readable.from(limited(response, limitBytes, found.path), { objectMode: false });
			return { ...base, kind: 'folder', sizeBytes: null, uid: null, gid: null, content };
		}
		if (stat.sizeBytes > limitBytes) throw tooLarge(found.path, limitBytes);
		const { entry, content } = await fileOf(response);
		if (entry.sizeBytes > limitBytes) throw tooLarge(found.path, limitBytes);
		return {
			...base,
			kind: 'file',
			sizeBytes: entry.sizeBytes,
			uid: entry.uid,
			gid: entry.gid,
			content: Readable.from(content, { objectMode: false }),
		};
	} catch (thrown) {
		response.destroy();
		throw thrown;
	}
}

async function openPath(
	engine: Engine,
	container: string,
	wanted: string,
	signal: AbortSignal | undefined,
): Promise<{ stat: PathStat; response: IncomingMessage; path: string }> {
	let path = wanted;
	for (let links = 0; links <= maxLinks; links += 1) {
		const response = await openArchive(engine, container, path, signal).catch((thrown: unknown) => {
			throw explain(thrown, path);
		});
		const stat = readStat(response);
		if (stat.kind !== 'link') return { stat, response, path };
		response.destroy();
		path = containerPath(stat.linkTarget ?? '');
	}
	throw new DockerError(
		'path_missing',
		`"${wanted}" is a symbolic link that leads to nothing but links.`,
		'Give the path of what is meant.',
	);
}

function readStat(response: IncomingMessage): PathStat {
	try {
		return pathStat(response);
	} catch (thrown) {
		response.destroy();
		throw thrown;
	}
}

/** What is not there, and what a volume or the engine does not give, in words of their own. */
export function explain(thrown: unknown, path: string): unknown {
	if (!(thrown instanceof DockerError)) return thrown;
	if (/could not find the file|no such (file|directory)/i.test(thrown.message)) {
		return new DockerError(
			'path_missing',
			`The container has no "${path}".`,
			'Correct the path. What a container mounts from elsewhere is there only while it runs.',
			{ cause: thrown },
		);
	}
	return thrown;
}

async function* limited(
	response: IncomingMessage,
	limitBytes: number,
	path: string,
): AsyncGenerator<Buffer, void, undefined> {
	let sizeBytes = 0;
	let tail = Buffer.alloc(0);
	try {
		for await (const piece of response as AsyncIterable<Buffer>) {
			sizeBytes += piece.length;
			if (sizeBytes > limitBytes) throw tooLarge(path, limitBytes);
			tail = Buffer.concat([tail, piece]).subarray(-1024);
			yield piece;
		}
	} catch (thrown) {
		throw thrown instanceof DockerError ? thrown : cut(path, thrown);
	}
	// The engine ends its answer normally when a file shrinks while it is read; then the end of the archive is missing.
	if (tail.length === 1024 && tail.every((byte) => byte === 0)) return;
	throw cut(path);
}

function cut(path: string, cause?: unknown): DockerError {
	return new DockerError(
		'answer_cut',
		`The engine gave less of "${path}" than it had announced.`,
		'Something in it was probably changed, or the engine stopped, while it was read. Run again.',
		{ cause },
	);
}

function tooLarge(path: string, limitBytes: number): DockerError {
	return new DockerError(
		'answer_too_large',
		`"${path}" is larger than ${formatBytes(limitBytes)} and was not read further.`,
		'Raise "Size Limit", or copy something smaller in it. For backups there is the node Site Backup.',
	);
}
