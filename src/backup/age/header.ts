import { errorMessage } from '../../shared';
import { BackupError } from '../errors';
import { payloadNonceBytes, tagBytes } from './payload';
import { loneScrypt, scryptIdentity, scryptRecipient } from './scrypt';

/** What an age file begins with, and the key of the payload behind it. */
export interface AgeHeader {
	bytes: Buffer;
	fileKey: Buffer;
}

/** Whom a file is encrypted for: recipients (`age1…`), or whoever knows the passphrase. Never both, says the format. */
export type AgeLock = { recipients: readonly string[] } | { passphrase: string };

/** What may open a file. */
export interface AgeKeys {
	/** `AGE-SECRET-KEY-…` */
	identities: readonly string[];
	passphrase?: string | undefined;
}

/**
 * A header for one file, with a key of its own.
 * @throws Error of the library when a recipient is none
 */
export async function makeHeader(lock: AgeLock): Promise<AgeHeader> {
	const { Encrypter, Stanza } = await import('age-encryption');
	const encrypter = new Encrypter();
	if ('passphrase' in lock) encrypter.addRecipient(scryptRecipient(lock.passphrase, Stanza));
	else for (const recipient of lock.recipients) encrypter.addRecipient(recipient);
	let fileKey: Buffer | undefined;
	// Asked like the others to wrap the key, it adds nothing to the header and remembers the key.
	encrypter.addRecipient({
		wrapFileKey: (key) => {
			fileKey = Buffer.from(key);
			return [];
		},
	});
	const empty = await encrypter.encrypt(new Uint8Array(0));
	if (!fileKey) throw new Error('The library has made no key for the file.');
	const headerBytes = empty.length - payloadNonceBytes - tagBytes;
	return { bytes: Buffer.from(empty.subarray(0, headerBytes)), fileKey };
}

/**
 * The file key in a header.
 * @param bytes from the first line to the end of the line with the MAC
 * @throws BackupError `wrong_key` when none of the keys opens it, `archive_damaged` when it is no header or was changed
 */
export async function openHeader(bytes: Buffer, { identities, passphrase }: AgeKeys): Promise<Buffer> {
	const { Decrypter } = await import('age-encryption');
	const decrypter = new Decrypter();
	let noneFits = false;
	decrypter.addIdentity(loneScrypt);
	for (const identity of identities) decrypter.addIdentity(identity);
	if (passphrase !== undefined) decrypter.addIdentity(scryptIdentity(passphrase));
	// Asked last, and only when none before it has opened the header.
	decrypter.addIdentity({
		unwrapFileKey: () => {
			noneFits = true;
			return null;
		},
	});
	try {
		return Buffer.from(await decrypter.decryptHeader(new Uint8Array(bytes)));
	} catch (thrown) {
		if (noneFits) {
			throw new BackupError(
				'wrong_key',
				'None of the given keys opens it.',
				'Give the identity or the passphrase it was encrypted for.',
			);
		}
		throw new BackupError(
			'archive_damaged',
			`The header of the encryption was changed: ${errorMessage(thrown)}.`,
			'Do not restore from it; use the restore point before, or another destination.',
			{ cause: thrown },
		);
	}
}
