import { recipientProblem } from '../../shared';
import { BackupError } from '../errors';

/**
 * The public keys of identities.
 * @throws BackupError `key_invalid` for the first that is no identity; it is named by its place, never shown
 */
export async function recipientsOf(identities: readonly string[]): Promise<string[]> {
	if (identities.length === 0) return [];
	const { identityToRecipient } = await import('age-encryption');
	const recipients: string[] = [];
	for (const [index, identity] of identities.entries()) {
		try {
			recipients.push(await identityToRecipient(identity));
		} catch {
			// What was thrown may quote it.
			const isPublic = identity.startsWith('age1');
			throw new BackupError(
				'key_invalid',
				`Identity ${index + 1} of ${identities.length} ${isPublic ? 'is a public key' : 'is not a secret key of age, or has a typing error'}.`,
				'Give the lines that begin with "AGE-SECRET-KEY-1", as age-keygen or "opsdesk backup keygen" has written them.',
			);
		}
	}
	return recipients;
}

/** @throws BackupError `key_invalid` for the first that is none; it is named by its place, never shown */
export function checkRecipients(recipients: readonly string[]): void {
	recipients.forEach((recipient, index) => {
		const problem = recipientProblem(recipient);
		if (problem === undefined) return;
		throw new BackupError(
			'key_invalid',
			`Recipient ${index + 1} of ${recipients.length} ${problem}.`,
			'Correct the recipients in the credential or the site definition.',
		);
	});
}

/**
 * Refuses what nobody could give to the age program, which reads one line from a terminal: its backups could be opened by
 * this package alone.
 * @throws BackupError `key_invalid`
 */
export function checkPassphrase(passphrase: string): void {
	if (passphrase !== '' && !/[\p{Cc}\p{Cs}]/u.test(passphrase)) return;
	throw new BackupError(
		'key_invalid',
		passphrase === ''
			? 'The passphrase is empty.'
			: 'The passphrase holds a line break or another control character, which cannot be typed.',
		'Give it as one line. Of a file, the line break at the end is left out by itself.',
	);
}
