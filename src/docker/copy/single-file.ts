import type { Readable } from 'node:stream';

import {
	blockBytes,
	InvalidHeader,
	padding,
	parseHeader,
	parseRecords,
	type ParsedEntry,
} from '../../shared';
import { DockerError } from '../errors';

const extended = 'x';
const regular = ['0', '7'];
/** Extended headers hold long names and exact times; longer ones are not the engine's. */
const maxExtendedBytes = 64 * 1024;

/** The bytes of a stream, in pieces of the size that is asked for. */
class Pieces {
	private readonly source: AsyncIterator<Buffer>;
	private rest: Buffer = Buffer.alloc(0);

	constructor(source: Readable) {
		this.source = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
	}

	/** At most so many bytes; none at the end. */
	async some(mostBytes: number): Promise<Buffer> {
		while (this.rest.length === 0) {
			const next = await this.source.next().catch((thrown: unknown) => {
				throw thrown instanceof DockerError ? thrown : cut(thrown);
			});
			if (next.done) return Buffer.alloc(0);
			this.rest = next.value;
		}
		const piece = this.rest.subarray(0, mostBytes);
		this.rest = this.rest.subarray(piece.length);
		return piece;
	}

	/** @throws DockerError `answer_cut` when there are fewer */
	async exactly(sizeBytes: number): Promise<Buffer> {
		const pieces: Buffer[] = [];
		for (let missing = sizeBytes; missing > 0;) {
			const piece = await this.some(missing);
			if (piece.length === 0) throw cut();
			pieces.push(piece);
			missing -= piece.length;
		}
		return Buffer.concat(pieces);
	}
}

/** The one file of an archive. */
export interface ArchivedFile {
	entry: ParsedEntry;
	/** Ends with an error when the archive does. */
	content: AsyncGenerator<Buffer, void, undefined>;
}

/**
 * Takes a single file out of the archive that the engine makes of it.
 * @throws DockerError `answer_cut`, `not_a_file`
 */
export async function fileOf(archive: Readable): Promise<ArchivedFile> {
	const pieces = new Pieces(archive);
	try {
		let entry = parseHeader(await pieces.exactly(blockBytes));
		let sizeBytes: number | undefined;
		while (entry.type === extended && entry.sizeBytes <= maxExtendedBytes) {
			const content = await pieces.exactly(entry.sizeBytes + padding(entry.sizeBytes));
			const size = parseRecords(content.subarray(0, entry.sizeBytes)).get('size')?.toString('latin1');
			if (size !== undefined) sizeBytes = Number(size);
			entry = parseHeader(await pieces.exactly(blockBytes));
		}
		if (!regular.includes(entry.type)) throw notAFile();
		const file = { ...entry, sizeBytes: sizeBytes ?? entry.sizeBytes };
		return { entry: file, content: contentOf(pieces, file.sizeBytes) };
	} catch (thrown) {
		throw thrown instanceof InvalidHeader ? cut(thrown) : thrown;
	}
}

async function* contentOf(pieces: Pieces, sizeBytes: number): AsyncGenerator<Buffer, void, undefined> {
	for (let missing = sizeBytes; missing > 0;) {
		const piece = await pieces.some(missing);
		if (piece.length === 0) throw cut();
		missing -= piece.length;
		yield piece;
	}
	// The engine ends its answer normally when a file shrinks while it is read: only the end of the archive tells.
	await pieces.exactly(padding(sizeBytes) + 2 * blockBytes);
}

function cut(cause?: unknown): DockerError {
	return new DockerError(
		'answer_cut',
		'The engine gave less of the file than it had announced.',
		'The file was probably changed, or the engine stopped, while it was read. Run again.',
		{ cause },
	);
}

function notAFile(): DockerError {
	return new DockerError(
		'not_a_file',
		'The path leads to something that is neither a file nor a folder, such as a device or a socket.',
		'Give the path of a file or folder.',
	);
}
