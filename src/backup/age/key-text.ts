import { BackupError } from '../errors';
import type { EncryptionKeys } from '../secrets';

/** Keys as people keep them: the texts of files or fields. What is empty counts as not given. */
export interface KeyTexts {
	/** Public keys, separated by blanks, commas or line breaks; lines that begin with `#` are comments. */
	recipients?: string | undefined;
	/** Files as age-keygen writes them: secret keys one a line, lines that begin with `#` are comments. */
	identities?: readonly string[] | undefined;
	/** Taken as it is, but for {@link passphraseOfFile}. */
	passphrase?: string | undefined;
}

/**
 * The keys in texts; undefined when there are none.
 * @throws BackupError `key_invalid`
 */
export function keysFromTexts({
	recipients = '',
	identities = [],
	passphrase = '',
}: KeyTexts): EncryptionKeys | undefined {
	const keys: EncryptionKeys = {
		recipients: withoutComments(recipients).flatMap((line) => line.split(/[\s,]+/).filter(Boolean)),
		identities: identities.flatMap(identitiesOf),
		...(passphrase !== '' && { passphrase }),
	};
	const isEmpty = !keys.recipients?.length && !keys.identities?.length && passphrase === '';
	return isEmpty ? undefined : keys;
}

/** The passphrase in a file: editors and `echo` end it with a line break, which nobody types. */
export function passphraseOfFile(text: string): string {
	return text.replace(/\r?\n$/, '');
}

function identitiesOf(text: string): string[] {
	if (/^\s*(age-encryption\.org\/|-----BEGIN AGE ENCRYPTED FILE)/.test(text)) {
		throw new BackupError(
			'key_invalid',
			'The identities are themselves encrypted with a passphrase.',
			'Decrypt them first with "age -d", and give what comes out.',
		);
	}
	// A field of one line makes blanks of the line breaks that are pasted into it, also of those behind comments.
	const inOneLine = text.trim().includes('\n') ? null : text.match(/AGE-SECRET-KEY-\S+/gi);
	return inOneLine ?? withoutComments(text);
}

function withoutComments(text: string): string[] {
	return text
		.split(/\r?\n/)
		.map((line) => line.trim())
		.filter((line) => line !== '' && !line.startsWith('#'));
}
