import { BackupError } from '../errors';
import { freeMemory } from '../memory';
import { ChunkSplitter } from './chunks';
import { openHeader, type AgeKeys } from './header';
import { chunkBytes, Payload, payloadNonceBytes, tagBytes } from './payload';

const firstLine = Buffer.from('age-encryption.org/v1\n');
const macLine = Buffer.from('\n--- ');
/** Hundreds of recipients fit; more can only be meant to fill memory. */
const maxHeaderBytes = 64 * 1024;

const sealedBytes = chunkBytes + tagBytes;

/**
 * Decrypts an age v1 file. No byte of a chunk is released before its tag is verified.
 * @param storedBytes size the file should have; tells one that was cut from one that was changed
 * @returns pieces, each valid until the next one is asked for: their memory is used again
 * @throws BackupError `wrong_key`, `archive_damaged`, `archive_cut`; what reading it throws
 */
export async function* decryptAge(
	stored: AsyncIterable<Buffer>,
	keys: AgeKeys,
	storedBytes?: number,
): AsyncGenerator<Buffer, void, undefined> {
	let opening: Buffer | undefined = Buffer.alloc(0);
	let payload: Payload | undefined;
	const splitter = new ChunkSplitter(sealedBytes);
	let target = Buffer.allocUnsafeSlow(0);
	let readBytes = 0;
	for await (const part of stored) {
		readBytes += part.length;
		let rest = part;
		if (opening) {
			opening = Buffer.concat([opening, part]);
			const headerBytes = endOfHeader(opening);
			if (headerBytes === undefined || opening.length < headerBytes + payloadNonceBytes) continue;
			const fileKey = await openHeader(opening.subarray(0, headerBytes), keys);
			const payloadAt = headerBytes + payloadNonceBytes;
			payload = new Payload(fileKey, opening.subarray(headerBytes, payloadAt));
			rest = opening.subarray(payloadAt);
			opening = undefined;
		}
		if (!payload) continue;
		const needed = splitter.chunksOf(rest.length) * chunkBytes;
		if (needed > target.length) target = Buffer.allocUnsafeSlow(needed);
		yield* openChunks(payload, splitter, rest, target);
	}
	if (!payload) throw cut('ends inside the header of the encryption');
	const last = splitter.last();
	const chunk = payload.open(last, true);
	if (chunk) {
		if (chunk.length > 0) yield chunk;
		// An empty chunk stands only for an empty file.
		else if (payload.count > 1) throw changed(payload, 'its end was put in');
		return;
	}
	const oneOfMore = last.length === sealedBytes ? payload.open(last, false) : undefined;
	if (oneOfMore) yield oneOfMore;
	const isShort = storedBytes !== undefined && readBytes < storedBytes;
	if (oneOfMore || isShort || last.length < tagBytes) throw cut('ends before its last part');
	throw changed(payload);
}

function* openChunks(
	payload: Payload,
	splitter: ChunkSplitter,
	part: Buffer,
	target: Buffer,
): Generator<Buffer, void, undefined> {
	let end = 0;
	for (const sealed of splitter.push(part)) {
		const chunk = payload.open(sealed, false);
		const last = chunk ?? payload.open(sealed, true);
		if (last) end += last.copy(target, end);
		if (chunk) {
			freeMemory(chunk.buffer);
			continue;
		}
		if (end > 0) yield target.subarray(0, end);
		throw last ? changed(payload, 'something was put behind its end') : changed(payload);
	}
	if (end > 0) yield target.subarray(0, end);
}

/** Where the header ends; undefined while more of it is to come. @throws BackupError `archive_damaged` */
function endOfHeader(bytes: Buffer): number | undefined {
	const compared = Math.min(bytes.length, firstLine.length);
	if (!bytes.subarray(0, compared).equals(firstLine.subarray(0, compared))) {
		throw new BackupError(
			'archive_damaged',
			'It does not begin like a file in the format of age.',
			'Do not restore from it; use the restore point before, or another destination.',
		);
	}
	const macAt = bytes.indexOf(macLine);
	const end = macAt === -1 ? -1 : bytes.indexOf('\n', macAt + macLine.length);
	if (end !== -1) return end + 1;
	if (bytes.length <= maxHeaderBytes) return undefined;
	throw new BackupError(
		'archive_damaged',
		`The header of the encryption does not end within ${maxHeaderBytes} bytes.`,
		'Do not restore from it; use the restore point before, or another destination.',
	);
}

function changed(
	payload: Payload,
	how = `what stands ${payload.count} times 64 KiB after its beginning does not open`,
): BackupError {
	return new BackupError(
		'archive_damaged',
		`It was changed after it was encrypted: ${how}.`,
		'Do not restore from it; use the restore point before, or another destination.',
	);
}

function cut(fault: string): BackupError {
	return new BackupError(
		'archive_cut',
		`The encrypted file was cut: it ${fault}.`,
		'Do not restore from it; use the restore point before, or another destination.',
	);
}
