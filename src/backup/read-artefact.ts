import { createHash } from 'node:crypto';

import { errorMessage, OpsdeskError } from '../shared';
import { decryptAge } from './age/decrypt';
import type { BackupContext } from './context';
import type { Destination } from './destinations/destination';
import { openingKeys, refuseMissingKeys } from './encryption';
import { BackupError } from './errors';
import type { ManifestArtefact } from './manifest';
import { refuseCancelled } from './problem';
import type { ProgressMeter } from './progress';
import { unpack } from './unpack';

/**
 * The plain content of an artefact. It is held against the manifest once more while it is read, so that nothing is
 * restored that has changed since it was verified: the reader must not use what it got before this has ended.
 *
 * @throws BackupError `verification_failed`, `cancelled`, `key_missing`, `key_invalid`, `wrong_key`, `archive_damaged`,
 * `archive_cut`; what the destination throws when it cannot be read
 */
export async function* readArtefact(
	destination: Destination,
	folder: string,
	artefact: ManifestArtefact,
	meter: ProgressMeter,
	{ signal, secrets }: Pick<BackupContext, 'signal' | 'secrets'> = {},
): AsyncGenerator<Buffer, void, undefined> {
	const isEncrypted = artefact.encryption !== undefined;
	const keys = isEncrypted ? await openingKeys(secrets) : undefined;
	refuseMissingKeys([artefact], keys);
	const hash = createHash('sha256');
	async function* stored(): AsyncGenerator<Buffer, void, undefined> {
		for await (const part of destination.read(`${folder}/${artefact.file}`)) {
			refuseCancelled(signal, 'restore');
			hash.update(part);
			meter.stored(part.length);
			yield part;
		}
	}
	const compressed = keys ? decryptAge(stored(), keys, artefact.storedBytes) : stored();
	let plainBytes = 0;
	try {
		for await (const piece of unpack(compressed, artefact)) {
			plainBytes += piece.length;
			if (plainBytes > artefact.plainBytes) {
				throw differs(artefact.name, `holds more than the ${artefact.plainBytes} bytes that were put in`);
			}
			meter.plain(piece.length);
			yield piece;
		}
	} catch (thrown) {
		refuseCancelled(signal, 'restore');
		if (thrown instanceof BackupError && keys) throw unopened(artefact.name, thrown);
		// That the destination cannot be reached is no fault of the artefact.
		throw thrown instanceof OpsdeskError
			? thrown
			: differs(artefact.name, `cannot be read: ${errorMessage(thrown)}`, thrown);
	}
	if (plainBytes !== artefact.plainBytes) {
		throw differs(artefact.name, `holds ${plainBytes} bytes instead of ${artefact.plainBytes}`);
	}
	if (hash.digest('hex') !== artefact.sha256) {
		throw differs(artefact.name, 'has another SHA-256 than the manifest says');
	}
	meter.end();
}

/** With the name of the artefact, which what decrypts it does not know. */
function unopened(name: string, thrown: BackupError): BackupError {
	const fromEncryption = ['wrong_key', 'archive_damaged', 'archive_cut'].includes(thrown.code);
	if (!fromEncryption) return thrown;
	const message = `The artefact ${name} cannot be opened: ${thrown.message}`;
	return new BackupError(thrown.code, message, thrown.remedy, { cause: thrown });
}

function differs(name: string, fault: string, cause?: unknown): BackupError {
	return new BackupError(
		'verification_failed',
		`The artefact ${name} ${fault}.`,
		'Nothing was restored from it; use another restore point or another destination.',
		{ cause },
	);
}
