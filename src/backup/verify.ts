import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';

import { errorMessage } from '../shared';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { DumpChecker } from './dump/check';
import { BackupError } from './errors';
import type { Manifest, ManifestArtefact } from './manifest';
import { ProgressMeter } from './progress';
import { TarChecker } from './tar/check';

/** Of the unpacked content: each piece is a round trip through the thread pool. */
const chunkSize = 256 * 1024;

/** What was found about one artefact. */
export interface ArtefactVerdict {
	name: string;
	file: string;
	ok: boolean;
	/** Why not. */
	problem?: string;
	/** What could not be checked though everything else is in order. */
	warning?: string;
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
	progress?: BackupContext['progress'],
): Promise<Verification> {
	const artefacts: ArtefactVerdict[] = [];
	let checkedBytes = 0;
	for (const artefact of manifest.artefacts) {
		const found = await check(
			destination,
			folder,
			artefact,
			signal,
			new ProgressMeter('verify', artefact.name, progress),
		);
		checkedBytes += artefact.storedBytes;
		artefacts.push({
			name: artefact.name,
			file: artefact.file,
			ok: found.problem === undefined,
			...found,
		});
	}
	return { id: manifest.id, ok: artefacts.every(({ ok }) => ok), artefacts, checkedBytes };
}

async function check(
	destination: Destination,
	folder: string,
	artefact: ManifestArtefact,
	signal: AbortSignal | undefined,
	meter: ProgressMeter,
): Promise<Pick<ArtefactVerdict, 'problem' | 'warning'>> {
	const path = `${folder}/${artefact.file}`;
	const sizeBytes = await destination.sizeBytes(path);
	if (sizeBytes === undefined) return { problem: 'the file is missing' };
	if (sizeBytes !== artefact.storedBytes)
		return { problem: `the file has ${sizeBytes} bytes instead of ${artefact.storedBytes}` };
	const hash = createHash('sha256');
	const content = new ContentCheck(artefact, meter);
	async function* hashed(): AsyncGenerator<Buffer, void, undefined> {
		for await (const part of destination.read(path)) {
			hash.update(part);
			meter.stored(part.length);
			yield part;
		}
	}
	let warning: string | undefined;
	try {
		const unpack =
			artefact.compression === 'zstd' ? createZstdDecompress({ chunkSize }) : createGunzip({ chunkSize });
		await pipeline(hashed, unpack, content.sink(), signal ? { signal } : {});
		warning = content.end();
		meter.end();
	} catch (thrown) {
		if (signal?.aborted)
			throw new BackupError('cancelled', 'The check was cancelled.', 'Run it again when you want to.');
		return {
			problem:
				thrown instanceof BackupError ? thrown.message : `it cannot be unpacked: ${errorMessage(thrown)}`,
		};
	}
	if (hash.digest('hex') !== artefact.sha256) return { problem: 'its SHA-256 differs from the manifest' };
	return warning === undefined ? {} : { warning };
}

/** Watches the unpacked content go by. */
class ContentCheck {
	private readonly tar = new TarChecker();
	private readonly dump = new DumpChecker();
	private plainBytes = 0;

	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly meter: ProgressMeter,
	) {}

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

	/** Returns what could not be checked. */
	end(): string | undefined {
		const { format, plainBytes, entries } = this.artefact;
		if (this.plainBytes !== plainBytes)
			throw differs(`holds ${this.plainBytes} bytes instead of ${plainBytes}`);
		const { counted, unchecked } = format === 'tar' ? this.endOfTar() : this.endOfDump();
		if (unchecked === undefined && entries !== undefined && counted !== entries)
			throw differs(`has ${counted} entries instead of ${entries}`);
		return unchecked;
	}

	private endOfTar(): { counted: number; unchecked?: undefined } {
		return { counted: this.tar.end().entries };
	}

	private endOfDump(): { counted: number; unchecked: string | undefined } {
		const { tocEntries, uncheckedBecause } = this.dump.end();
		return { counted: tocEntries, unchecked: uncheckedBecause };
	}

	private push(chunk: Buffer): void {
		this.plainBytes += chunk.length;
		this.meter.plain(chunk.length);
		// More than was put in can only be a bomb.
		if (this.plainBytes > this.artefact.plainBytes)
			throw differs(`holds more than ${this.artefact.plainBytes} bytes`);
		if (this.artefact.format === 'tar') this.tar.push(chunk);
		else this.dump.push(chunk);
	}
}

function differs(fault: string): BackupError {
	return new BackupError(
		'verification_failed',
		`the content ${fault}`,
		'Do not restore from it; use the restore point before.',
	);
}
