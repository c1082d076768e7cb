import { errorMessage, type Site } from '../shared';
import { checkPassphrase, checkRecipients, recipientsOf } from './age/check-keys';
import { makeHeader, type AgeHeader, type AgeKeys } from './age/header';
import type { BackupContext } from './context';
import { BackupError } from './errors';
import type { ManifestArtefact } from './manifest';

/** How the artefacts of a run are encrypted. */
export interface Encryption {
	/** Public keys, for the manifest; undefined with a passphrase. */
	recipients: readonly string[] | undefined;
	/** For one artefact each, with a key of its own. */
	newHeader(): Promise<AgeHeader>;
}

/**
 * The encryption that a site asks for, undefined when it asks for none. To be called before anything is stopped or written:
 * it proves that the keys are there and can be used.
 * @throws BackupError `key_missing`, `key_invalid`
 */
export async function openEncryption(
	{ name, encryption }: Pick<Site, 'name' | 'encryption'>,
	{ secrets }: Pick<BackupContext, 'secrets'>,
): Promise<Encryption | undefined> {
	if (!encryption) return undefined;
	const keys = secrets?.encryption ?? {};
	if (encryption.passphrase) {
		const { passphrase } = keys;
		if (passphrase === undefined) {
			throw new BackupError(
				'key_missing',
				`The backups of "${name}" are to be encrypted with a passphrase, and none is given.`,
				'Put it into a credential of the type "Backup Key API" and select that, or on the command line give --passphrase-file. Nothing was stopped or stored.',
			);
		}
		checkPassphrase(passphrase);
		return { recipients: undefined, newHeader: () => makeHeader({ passphrase }) };
	}
	const recipients = [...new Set([...(encryption.recipients ?? []), ...(keys.recipients ?? [])])];
	if (recipients.length === 0) {
		throw new BackupError(
			'key_missing',
			`The backups of "${name}" are to be encrypted for recipients, and none is given.`,
			'List them in the site definition under "encryption", or in a credential of the type "Backup Key API". Nothing was stopped or stored.',
		);
	}
	checkRecipients(recipients);
	const newHeader = (): Promise<AgeHeader> => makeHeader({ recipients });
	await newHeader().catch((thrown: unknown) => {
		throw new BackupError(
			'key_invalid',
			`Nothing can be encrypted for the recipients of "${name}": ${errorMessage(thrown)}.`,
			'Make a new key with "opsdesk backup keygen" or age-keygen. Nothing was stopped or stored.',
			{ cause: thrown },
		);
	});
	return { recipients, newHeader };
}

/**
 * The keys that may open artefacts, undefined when none is given.
 * @throws BackupError `key_invalid`
 */
export async function openingKeys(secrets: BackupContext['secrets']): Promise<AgeKeys | undefined> {
	const { identities = [], passphrase } = secrets?.encryption ?? {};
	if (identities.length === 0 && passphrase === undefined) return undefined;
	await recipientsOf(identities);
	if (passphrase !== undefined) checkPassphrase(passphrase);
	return { identities, passphrase };
}

/** Refuses to read what is encrypted without any key. @throws BackupError `key_missing` */
export function refuseMissingKeys(artefacts: readonly ManifestArtefact[], keys: AgeKeys | undefined): void {
	const [encrypted] = artefacts.filter(({ encryption }) => encryption !== undefined);
	if (!encrypted || keys) return;
	throw new BackupError(
		'key_missing',
		`The artefact ${encrypted.name} was encrypted ${madeFor(encrypted)}, and no key is given.`,
		'Select a credential of the type "Backup Key API" that holds it, or on the command line give --identity or --passphrase-file.',
	);
}

/** Whom an artefact was encrypted for, as its manifest says. */
export function madeFor({ recipients }: Pick<ManifestArtefact, 'recipients'>): string {
	return recipients ? `for ${recipients.join(', ')}` : 'with a passphrase';
}
