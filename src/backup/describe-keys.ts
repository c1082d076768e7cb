import { count } from '../shared';
import { checkPassphrase, checkRecipients, recipientsOf } from './age/check-keys';
import { makeHeader } from './age/header';
import { BackupError } from './errors';
import type { EncryptionKeys } from './secrets';

/**
 * What can be done with keys, in sentences for people; secrets are not shown.
 * @throws BackupError `key_missing` when there is none, `key_invalid` for one that cannot be used
 */
export async function describeKeys(keys: EncryptionKeys | undefined): Promise<string> {
	const { recipients = [], identities = [], passphrase } = keys ?? {};
	if (recipients.length === 0 && identities.length === 0 && passphrase === undefined) {
		throw new BackupError(
			'key_missing',
			'There is no key.',
			'Give recipients, identities or a passphrase; "opsdesk backup keygen" or age-keygen makes a key.',
		);
	}
	checkRecipients(recipients);
	if (recipients.length > 0) await tryRecipients(recipients);
	if (passphrase !== undefined) checkPassphrase(passphrase);
	const opened = await recipientsOf(identities);
	const sentences = [
		...(recipients.length > 0 ? [`Encrypts for ${count(recipients.length, 'recipient')}.`] : []),
		...(opened.length > 0 ? [`Opens what was encrypted for ${opened.join(', ')}.`] : []),
		...(passphrase === undefined ? [] : ['Encrypts and opens with the passphrase.']),
	];
	const fits = recipients.some((recipient) => opened.includes(recipient));
	if (recipients.length > 0 && !fits) {
		sentences.push(
			opened.length > 0
				? 'None of the identities belongs to one of the recipients.'
				: 'Without identities, backups for these recipients cannot be restored, and of their content only size and hash are checked.',
		);
	}
	return sentences.join(' ');
}

async function tryRecipients(recipients: readonly string[]): Promise<void> {
	await makeHeader({ recipients }).catch((thrown: unknown) => {
		throw new BackupError(
			'key_invalid',
			'Nothing can be encrypted for these recipients.',
			'Make a new key with "opsdesk backup keygen" or age-keygen.',
			{ cause: thrown },
		);
	});
}
