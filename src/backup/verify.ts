import { pipeline } from 'node:stream/promises';

import { errorMessage, OpsdeskError } from '../shared';
import { decryptAge } from './age/decrypt';
import type { AgeKeys } from './age/header';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { DumpChecker } from './dump/check';
import { compareFigures } from './dump/figures-of-dump';
import { madeFor, openingKeys } from './encryption';
import { BackupError } from './errors';
import type { Manifest, ManifestArtefact } from './manifest';
import { ProgressMeter } from './progress';
import { ClusterDumpReader } from './globals/cluster-dump';
import { SqliteChecker } from './sqlite/header';
import { StoredFile } from './stored-file';
import { guardArchive } from './tar/guard';
import type { ParsedEntry } from '../shared';
import { releaseUnpacked, unpack } from './unpack';

/** What was found about one artefact. */
export interface ArtefactVerdict {
	name: string;
	file: string;
	ok: boolean;
	/** Why not. */
	problem?: string;
	/** What could not be checked though everything else is in order. */
	warning?: string;
	/** Why encrypted content could not be read, though it is stored as the manifest says. */
	keyProblem?: 'wrong_key' | 'key_missing';
}

/** Told of every entry of the archives that are checked. */
export type EntryObserver = (artefact: ManifestArtefact, entry: ParsedEntry) => void;
type Finding = Pick<ArtefactVerdict, 'problem' | 'warning' | 'keyProblem'>;

export interface Verification {
	id: string;
	ok: boolean;
	artefacts: ArtefactVerdict[];
	checkedBytes: number;
}

/**
 * Reads every artefact of a restore point from its destination and proves it: size and SHA-256 as stored, every
 * chunk of the encryption and every frame of the compression, the structure of the content, that a restore would not
 * refuse it, and the sizes and counts of the manifest. Without a key, of what is encrypted only size and SHA-256.
 *
 * @throws BackupError `cancelled`, `key_invalid`; what the destination throws when it cannot be read
 */
export async function verifyRestorePoint(
	destination: Destination,
	folder: string,
	manifest: Manifest,
	{ signal, progress, secrets }: Pick<BackupContext, 'signal' | 'progress' | 'secrets'> = {},
	see?: EntryObserver,
): Promise<Verification> {
	const isEncrypted = manifest.artefacts.some(({ encryption }) => encryption !== undefined);
	const keys = isEncrypted ? await openingKeys(secrets) : undefined;
	const artefacts: ArtefactVerdict[] = [];
	let checkedBytes = 0;
	for (const artefact of manifest.artefacts) {
		const found = await check(
			destination,
			folder,
			artefact,
			keys,
			signal,
			new ProgressMeter('verify', artefact.name, progress, artefact.plainBytes),
			see,
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
	keys: AgeKeys | undefined,
	signal: AbortSignal | undefined,
	meter: ProgressMeter,
	see: EntryObserver | undefined,
): Promise<Finding> {
	const stored = new StoredFile(destination, `${folder}/${artefact.file}`, meter);
	const sizeBytes = await destination.sizeBytes(`${folder}/${artefact.file}`);
	if (sizeBytes === undefined) return { problem: 'the file is missing' };
	if (sizeBytes !== artefact.storedBytes)
		return { problem: `the file has ${sizeBytes} bytes instead of ${artefact.storedBytes}` };
	let found: Finding;
	try {
		found =
			artefact.encryption !== undefined && !keys
				? await withoutKey(stored, artefact, signal)
				: await checkContent(stored, artefact, keys, signal, meter, see);
		meter.end();
	} catch (thrown) {
		if (signal?.aborted)
			throw new BackupError('cancelled', 'The check was cancelled.', 'Run it again when you want to.');
		const { failure } = stored;
		// That the destination cannot be reached says nothing about what it holds.
		if (failure instanceof OpsdeskError) throw failure;
		if (failure !== undefined) return { problem: `the file cannot be read: ${errorMessage(failure)}` };
		return {
			problem:
				thrown instanceof BackupError ? thrown.message : `it cannot be unpacked: ${errorMessage(thrown)}`,
		};
	}
	// A header that was changed looks like a wrong key.
	if (stored.sha256() !== artefact.sha256) return { problem: 'its SHA-256 differs from the manifest' };
	return found;
}

async function checkContent(
	stored: StoredFile,
	artefact: ManifestArtefact,
	keys: AgeKeys | undefined,
	signal: AbortSignal | undefined,
	meter: ProgressMeter,
	see: EntryObserver | undefined,
): Promise<Finding> {
	const content = new ContentCheck(artefact, meter, see, signal);
	const compressed =
		artefact.encryption !== undefined && keys
			? decryptAge(stored.read(signal), keys, artefact.storedBytes)
			: stored.read(signal);
	try {
		await pipeline(
			unpack(compressed, artefact),
			async (plain: AsyncIterable<Buffer>) => await content.read(plain),
			signal ? { signal } : {},
		);
	} catch (thrown) {
		if (!(thrown instanceof BackupError) || thrown.code !== 'wrong_key') throw thrown;
		await stored.readWholly(signal);
		return {
			problem: `wrong key: none of the given keys opens it, it was encrypted ${madeFor(artefact)}`,
			keyProblem: 'wrong_key',
		};
	}
	const warning = content.end();
	return warning === undefined ? {} : { warning };
}

async function withoutKey(
	stored: StoredFile,
	artefact: ManifestArtefact,
	signal: AbortSignal | undefined,
): Promise<Finding> {
	await stored.readWholly(signal);
	return {
		warning: `its content was not checked, because no key is given; it was encrypted ${madeFor(artefact)}`,
		keyProblem: 'key_missing',
	};
}

/** Reads the unpacked content to its end. */
class ContentCheck {
	private readonly dump = new DumpChecker();
	private readonly globals = new ClusterDumpReader();
	private readonly sqlite = new SqliteChecker();
	private tarEntries = 0;
	private plainBytes = 0;

	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly meter: ProgressMeter,
		private readonly see: EntryObserver | undefined,
		private readonly signal: AbortSignal | undefined,
	) {}

	/** @throws BackupError when it is not whole, or is what a restore would refuse */
	async read(plain: AsyncIterable<Buffer>): Promise<void> {
		if (this.artefact.format === 'pg_dump') {
			for await (const chunk of this.counted(plain)) this.dump.push(chunk);
			return;
		}
		if (this.artefact.format === 'sql') {
			for await (const chunk of this.counted(plain)) this.globals.push(chunk);
			return;
		}
		if (this.artefact.format === 'sqlite') {
			for await (const chunk of this.counted(plain)) this.sqlite.push(chunk);
			return;
		}
		const entries = guardArchive(
			this.counted(plain),
			(entry) => {
				this.tarEntries += 1;
				this.meter.entries(this.tarEntries);
				this.see?.(this.artefact, entry);
				return true;
			},
			releaseUnpacked,
		);
		// Nobody unpacks it here; what matters is that the guard lets all of it pass.
		for await (const piece of entries) void piece;
	}

	/** Returns what could not be checked. */
	end(): string | undefined {
		const { format, plainBytes, entries } = this.artefact;
		if (this.plainBytes !== plainBytes)
			throw differs(`holds ${this.plainBytes} bytes instead of ${plainBytes}`);
		if (format === 'sqlite') {
			this.sqlite.end();
			return undefined;
		}
		const { counted, unchecked } =
			format === 'pg_dump'
				? this.endOfDump()
				: {
						counted: format === 'tar' ? this.tarEntries : this.globals.end().statements,
						unchecked: undefined,
					};
		if (unchecked === undefined && entries !== undefined && counted !== entries)
			throw differs(`has ${counted} entries instead of ${entries}`);
		return unchecked;
	}

	private endOfDump(): { counted: number; unchecked: string | undefined } {
		const { tocEntries, uncheckedBecause } = this.dump.end();
		const { tables, omittedTables } = this.artefact;
		const found = this.dump.figures();
		if (tables && found && omittedTables === undefined) {
			const [difference] = compareFigures(tables, found);
			if (difference !== undefined) throw differs(`is another than the manifest says: ${difference}`);
		}
		return { counted: tocEntries, unchecked: uncheckedBecause };
	}

	private async *counted(plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
		for await (const chunk of plain) {
			this.signal?.throwIfAborted();
			this.plainBytes += chunk.length;
			this.meter.plain(chunk.length);
			// More than was put in can only be a bomb.
			if (this.plainBytes > this.artefact.plainBytes)
				throw differs(`holds more than ${this.artefact.plainBytes} bytes`);
			yield chunk;
		}
	}
}

function differs(fault: string): BackupError {
	return new BackupError(
		'verification_failed',
		`the content ${fault}`,
		'Do not restore from it; use the restore point before.',
	);
}
