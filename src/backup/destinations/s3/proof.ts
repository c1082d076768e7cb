import { createHash } from 'node:crypto';

import { BackupError } from '../../errors';
import type { Bucket } from './bucket';
import { readObject } from './reading';

/** What was sent, as we have counted and hashed it. */
export interface SentContent {
	sizeBytes: number;
	/** Hexadecimal; see {@link etagOfParts}. */
	etag: string;
	sha256: string;
}

/**
 * Proves that an object is what was sent: by its size and its ETag, which is a MD5 of the content or of those of the
 * parts at most services; where it is something else (encryption with keys of one's own, other services), or always when
 * that is asked for, by reading the whole object again.
 *
 * @throws BackupError `upload_damaged` when it is another
 */
export async function proveStored(
	bucket: Bucket,
	path: string,
	sent: SentContent,
	{ resumes, signal }: { resumes: number; signal?: AbortSignal | undefined },
): Promise<void> {
	const found = await bucket.head(path);
	if (!found) throw damaged(bucket, path, 'it is not there');
	if (found.sizeBytes !== sent.sizeBytes) {
		throw damaged(bucket, path, `it has ${found.sizeBytes} bytes instead of ${sent.sizeBytes}`);
	}
	if (bucket.settings.readBack === 'auto' && isMd5(found.encryption) && bare(found.etag) === sent.etag)
		return;
	const hash = createHash('sha256');
	for await (const piece of readObject(bucket, path, { resumes, signal })) hash.update(piece);
	if (hash.digest('hex') !== sent.sha256) throw damaged(bucket, path, 'its SHA-256 is another');
}

/** Amazon S3, "Checking object integrity": the MD5 of the binary MD5s of all parts, a hyphen and their number. */
export function etagOfParts(md5s: readonly Buffer[]): string {
	const hash = createHash('md5');
	for (const md5 of md5s) hash.update(md5);
	return `${hash.digest('hex')}-${md5s.length}`;
}

/** With keys of a key service or of the customer the ETag looks like a MD5 and is none. */
export function isMd5(encryption: string | undefined): boolean {
	return encryption === undefined || encryption === 'AES256';
}

export function bare(etag: string): string {
	return etag.replace(/^(?:W\/)?"|"$/g, '').toLowerCase();
}

function damaged(bucket: Bucket, path: string, fault: string): BackupError {
	return new BackupError(
		'upload_damaged',
		`${bucket.settings.label}: ${path} is not what was sent there: ${fault}.`,
		'It was removed again. Something on the way or the service itself changes data: check the network, proxies and the memory of this machine, and tell the provider.',
	);
}
