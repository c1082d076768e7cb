import { createHash } from 'node:crypto';

import { encryptAge } from './age/encrypt';
import { compressBlocks } from './compress';
import type { ArtefactWriter } from './destinations/destination';
import type { Encryption } from './encryption';
import { BackupError } from './errors';
import type { ManifestArtefact } from './manifest';

/** Something that is being backed up, as a stream of plain bytes. */
export interface ArtefactSource {
	blocks: AsyncIterable<Buffer>;
	/** Entries of an archive in the blocks so far; undefined for what has none. */
	entriesSoFar?: () => number;
	/** Gets every block back when it is no longer needed. */
	release?: (block: Buffer) => void;
	/**
	 * Called after the last block. It proves that the stream was whole (exit code, structure) and throws when it
	 * was not: a stream that merely ended is no success.
	 */
	finish(): Promise<SourceOutcome>;
}

export interface SourceOutcome {
	entries?: number;
	/** What each table of a database held. */
	tables?: NonNullable<ManifestArtefact['tables']>;
	warnings: string[];
}

/** Where an artefact is written at once, each with a fate of its own. */
export interface ArtefactTarget {
	label: string;
	writer: ArtefactWriter;
}

export interface StoredArtefact extends SourceOutcome {
	/** Of what is stored. */
	sha256: string;
	/** Of the compressed content, where that is encrypted. */
	contentSha256?: string;
	storedBytes: number;
	plainBytes: number;
	/** Targets that did not get it, and why. */
	failed: { label: string; error: unknown }[];
}

const level = 3;

export interface WriteOptions {
	encryption?: Encryption | undefined;
	signal?: AbortSignal | undefined;
}

/**
 * Writes one artefact to all its targets: compress, encrypt, hash and write in one pass with bounded memory. A target that
 * fails is given up and the others go on. Nothing gets its final name before the source has proved to be whole.
 *
 * @throws what the source has thrown, or the error of the last target when all have failed
 */
export async function writeArtefact(
	source: ArtefactSource,
	targets: ArtefactTarget[],
	{ encryption, signal }: WriteOptions = {},
): Promise<StoredArtefact> {
	const hash = createHash('sha256');
	const contentHash = createHash('sha256');
	const failed: StoredArtefact['failed'] = [];
	let writing = [...targets];
	let storedBytes = 0;
	let plainBytes = 0;

	const attempt = async (step: (writer: ArtefactWriter) => Promise<void>): Promise<void> => {
		const results = await Promise.allSettled(writing.map(({ writer }) => step(writer)));
		const lost = writing.flatMap((target, index) => {
			const result = results[index];
			return result?.status === 'rejected' ? [{ target, error: result.reason as unknown }] : [];
		});
		for (const { target, error } of lost) {
			failed.push({ label: target.label, error });
			await target.writer.abort().catch(() => {
				// What has failed fails again here, and must not take the others with it; the error is kept above.
			});
		}
		writing = writing.filter((target) => !lost.some((entry) => entry.target === target));
		const last = failed.at(-1);
		if (writing.length === 0 && last) throw last.error;
	};

	async function* counted(): AsyncGenerator<Buffer, void, undefined> {
		for await (const block of source.blocks) {
			if (signal?.aborted) throw cancelled();
			plainBytes += block.length;
			yield block;
		}
	}

	async function* hashed(frames: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
		for await (const frame of frames) {
			contentHash.update(frame);
			yield frame;
		}
	}

	try {
		const frames = compressBlocks(counted(), { level }, source.release);
		const pieces = encryption ? encryptAge(hashed(frames), await encryption.newHeader()) : frames;
		for await (const piece of pieces) {
			hash.update(piece);
			storedBytes += piece.length;
			await attempt((writer) => writer.write(piece));
		}
		const outcome = await source.finish();
		await attempt((writer) => writer.commit());
		const contentSha256 = encryption && contentHash.digest('hex');
		return {
			...outcome,
			sha256: hash.digest('hex'),
			...(contentSha256 !== undefined && { contentSha256 }),
			storedBytes,
			plainBytes,
			failed,
		};
	} catch (thrown) {
		await Promise.allSettled(writing.map(({ writer }) => writer.abort()));
		throw thrown;
	}
}

function cancelled(): BackupError {
	return new BackupError(
		'cancelled',
		'The backup was cancelled.',
		'Run it again when you want to; nothing half done is kept.',
	);
}
