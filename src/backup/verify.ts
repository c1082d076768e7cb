import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';

import { errorMessage } from '../shared';
import type { Destination } from './destinations/destination';
import { BackupError } from './errors';
import type { Manifest, ManifestArtefact } from './manifest';
import { TarChecker } from './tar/check';

/** What was found about one artefact. */
export interface ArtefactVerdict {
	name: string;
	file: string;
	ok: boolean;
	/** Why not. */
	problem?: string;
}

export interface Verification {
	id: string;
	ok: boolean;
	artefacts: ArtefactVerdict[];
	checkedBytes: number;
}

/**
 * Reads every artefact of a restore point from its destination and proves it: size and SHA-256 as stored, every
 * frame of the compression, the structure of the content, and the sizes and counts of the manifest.
 */
export async function verifyRestorePoint(
	destination: Destination,
	folder: string,
	manifest: Manifest,
	signal?: AbortSignal,
): Promise<Verification> {
	const artefacts: ArtefactVerdict[] = [];
	let checkedBytes = 0;
	for (const artefact of manifest.artefacts) {
		const problem = await problemOf(destination, folder, artefact, signal);
		checkedBytes += artefact.storedBytes;
		artefacts.push({
			name: artefact.name,
			file: artefact.file,
			ok: problem === undefined,
			...(problem && { problem }),
		});
	}
	return { id: manifest.id, ok: artefacts.every(({ ok }) => ok), artefacts, checkedBytes };
}

async function problemOf(
	destination: Destination,
	folder: string,
	artefact: ManifestArtefact,
	signal: AbortSignal | undefined,
): Promise<string | undefined> {
	const path = `${folder}/${artefact.file}`;
	const sizeBytes = await destination.sizeBytes(path);
	if (sizeBytes === undefined) return 'the file is missing';
	if (sizeBytes !== artefact.storedBytes)
		return `the file has ${sizeBytes} bytes instead of ${artefact.storedBytes}`;
	const hash = createHash('sha256');
	const content = new ContentCheck(artefact);
	async function* hashed(): AsyncGenerator<Buffer, void, undefined> {
		for await (const part of destination.read(path)) {
			hash.update(part);
			yield part;
		}
	}
	try {
		const unpack = artefact.compression === 'zstd' ? createZstdDecompress() : createGunzip();
		await pipeline(hashed, unpack, content.sink(), signal ? { signal } : {});
		content.end();
	} catch (thrown) {
		if (signal?.aborted)
			throw new BackupError('cancelled', 'The check was cancelled.', 'Run it again when you want to.');
		return thrown instanceof BackupError ? thrown.message : `it cannot be unpacked: ${errorMessage(thrown)}`;
	}
	return hash.digest('hex') === artefact.sha256 ? undefined : 'its SHA-256 differs from the manifest';
}

/** Watches the unpacked content go by. */
class ContentCheck {
	private readonly tar = new TarChecker();
	private plainBytes = 0;
	private start: Buffer = Buffer.alloc(0);

	constructor(private readonly artefact: ManifestArtefact) {}

	sink(): Writable {
		return new Writable({
			write: (chunk: Buffer, _encoding, done) => {
				try {
					this.push(chunk);
					done();
				} catch (thrown) {
					done(thrown as Error);
				}
			},
		});
	}

	end(): void {
		const { format, plainBytes, entries } = this.artefact;
		if (this.plainBytes !== plainBytes)
			throw differs(`holds ${this.plainBytes} bytes instead of ${plainBytes}`);
		if (format === 'pg_dump' && this.start.toString('latin1') !== 'PGDMP')
			throw differs('is no dump of pg_dump');
		if (format !== 'tar') return;
		const counted = this.tar.end().entries;
		if (entries !== undefined && counted !== entries)
			throw differs(`has ${counted} entries instead of ${entries}`);
	}

	private push(chunk: Buffer): void {
		this.plainBytes += chunk.length;
		// More than was put in can only be a bomb.
		if (this.plainBytes > this.artefact.plainBytes)
			throw differs(`holds more than ${this.artefact.plainBytes} bytes`);
		if (this.artefact.format === 'tar') this.tar.push(chunk);
		else if (this.start.length < 5) this.start = Buffer.concat([this.start, chunk]).subarray(0, 5);
	}
}

function differs(fault: string): BackupError {
	return new BackupError(
		'verification_failed',
		`the content ${fault}`,
		'Do not restore from it; use the restore point before.',
	);
}
