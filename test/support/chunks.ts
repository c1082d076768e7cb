import { BackupError } from '../../src/backup/errors';

/** The sizes at which every border of an archive is met somewhere. */
export const oddChunkBytes = [1, 511, 512, 513, 65_536] as const;

/** Bytes as a stream in chunks of one size. */
export async function* inChunks(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer, void, undefined> {
	for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

/** Copies of what a stream of a backup yields until it ends or fails with an error of ours; others are thrown. */
export async function collect(
	stream: AsyncIterable<Buffer>,
): Promise<{ pieces: Buffer[]; error: BackupError | undefined }> {
	const pieces: Buffer[] = [];
	try {
		for await (const piece of stream) pieces.push(Buffer.from(piece));
		return { pieces, error: undefined };
	} catch (thrown) {
		if (thrown instanceof BackupError) return { pieces, error: thrown };
		throw thrown;
	}
}
