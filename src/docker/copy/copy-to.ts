import { Readable } from 'node:stream';

import { endOfArchive, OpsdeskError, padding, tarHeader, wholeNumber } from '../../shared';
import type { Access } from '../access';
import { uploadArchive } from '../archive';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { findContainer, inspectContainer } from '../find';
import { nameOf } from '../summary';
import { copyFrom, explain } from './copy-from';
import { containerPath, splitPath } from './path';

export interface CopyToOptions {
	/** Permission bits in octal. Default `0644`. */
	mode?: string | undefined;
	/** Numbers of owner and group, `1000:1000` or `1000`. Default `0:0`. */
	owner?: string | undefined;
	/** The content is a tar archive that is unpacked into the path, which must be a folder. */
	unpack?: boolean | undefined;
	/** Check everything, write nothing. */
	dryRun?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

export interface CopyToResult {
	/** Full id of the container. */
	id: string;
	name: string;
	path: string;
	sizeBytes: number;
	/** False when the very same file was there already. */
	changed: boolean;
	dryRun?: true;
}

/**
 * Puts a file into a container, which need not run; the folder must exist. A file that is there is replaced, unless it has
 * the same content, mode and owner.
 *
 * @throws DockerError `path_missing`, `read_only`, `not_permitted` …; OpsdeskError `invalid_input`
 */
export async function copyTo(
	engine: Engine,
	access: Access,
	reference: string,
	path: string,
	content: Buffer,
	options: CopyToOptions = {},
): Promise<CopyToResult> {
	const { signal } = options;
	const target = containerPath(path);
	const unpack = options.unpack === true;
	const file = { mode: givenMode(options.mode), ...givenOwner(options.owner) };
	const { folder, name } = unpack ? { folder: target, name: '' } : splitPath(target);
	if (!unpack && (name === '' || path.endsWith('/'))) throw needsName(target);
	const found = await findContainer(engine, access, 'copy to', reference, signal);
	const result = { id: found.Id, name: nameOf(found.Name), path: target, sizeBytes: content.length };
	const changed = unpack || !(await isSame(engine, access, found.Id, target, content, file, signal));
	if (options.dryRun) return { ...result, changed, dryRun: true };
	if (!changed) return { ...result, changed };
	// To compare takes its time: the name may have gone to another container.
	access.requireContainer((await inspectContainer(engine, found.Id, signal)).Name, reference);
	const archive = unpack ? [content] : archiveOf(name, content, file);
	await uploadArchive(engine, found.Id, folder, Readable.from(archive, { objectMode: false }), signal).catch(
		(thrown: unknown) => {
			throw refused(thrown, target, folder);
		},
	);
	return { ...result, changed };
}

interface FileAttributes {
	mode: number;
	uid: number;
	gid: number;
}

function archiveOf(name: string, content: Buffer, attributes: FileAttributes): Buffer[] {
	const mtimeNs = BigInt(Date.now()) * 1_000_000n;
	const entry = { path: Buffer.from(name), type: 'file' as const, sizeBytes: content.length, mtimeNs };
	return [
		tarHeader({ ...entry, ...attributes }),
		content,
		Buffer.alloc(padding(content.length)),
		endOfArchive,
	];
}

async function isSame(
	engine: Engine,
	access: Access,
	container: string,
	path: string,
	content: Buffer,
	{ mode, uid, gid }: FileAttributes,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	try {
		const there = await copyFrom(engine, access, container, path, { limitBytes: content.length, signal });
		const fits =
			there.kind === 'file' &&
			there.path === path &&
			there.sizeBytes === content.length &&
			Number.parseInt(there.mode, 8) === mode &&
			there.uid === uid &&
			there.gid === gid;
		if (!fits) {
			there.content.destroy();
			return false;
		}
		let at = 0;
		for await (const piece of there.content as AsyncIterable<Buffer>) {
			if (!content.subarray(at, at + piece.length).equals(piece)) {
				there.content.destroy();
				return false;
			}
			at += piece.length;
		}
		return at === content.length;
	} catch (thrown) {
		const unlike = ['path_missing', 'answer_too_large', 'answer_cut', 'not_a_file'];
		if (thrown instanceof DockerError && unlike.includes(thrown.code)) return false;
		throw thrown;
	}
}

function givenMode(value: unknown): number {
	const text = value === undefined || value === null || value === '' ? '0644' : String(value).trim();
	if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
	throw new OpsdeskError(
		'invalid_input',
		`"Mode" is not a file mode: ${text.slice(0, 40)}`,
		'Give three octal digits, such as 644 or 0600.',
	);
}

function givenOwner(value: unknown): { uid: number; gid: number } {
	const text = value === undefined || value === null || value === '' ? '0:0' : String(value).trim();
	const [uid, gid = uid, ...more] = text.split(':');
	if (more.length === 0 && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) {
		return {
			uid: wholeNumber('Owner', uid, 0, 4_294_967_294),
			gid: wholeNumber('Owner', gid, 0, 4_294_967_294),
		};
	}
	throw new OpsdeskError(
		'invalid_input',
		`"Owner" is not the numbers of a user and a group: ${text.slice(0, 40)}`,
		'Give them as in 1000:1000; names differ between containers.',
	);
}

function refused(thrown: unknown, target: string, folder: string): unknown {
	if (!(thrown instanceof DockerError)) return thrown;
	if (/marked read-only|read-only file system|mounted volume is/i.test(thrown.message)) {
		return new DockerError(
			'read_only',
			`"${target}" cannot be written: the container's file system or the volume there is read-only.`,
			'Give a path in a volume that may be written.',
			{ cause: thrown },
		);
	}
	if (/cannot overwrite|not a directory|is a directory/i.test(thrown.message)) {
		return new DockerError(
			'conflict',
			`"${target}" was not written: a folder is where a file would come, or the other way round.`,
			'Correct the path; it is that of the file, with its name.',
			{ cause: thrown },
		);
	}
	return explain(thrown, folder);
}

function needsName(target: string): OpsdeskError {
	return new OpsdeskError(
		'invalid_input',
		`"Path" is that of a folder: ${target.slice(0, 80)}`,
		'Give the path of the file, with its name.',
	);
}
