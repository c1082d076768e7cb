import { open, readFile } from 'node:fs/promises';

import { generateKey, keysFromTexts, passphraseOfFile, type EncryptionKeys } from '../backup';
import { systemMessage } from '../shared';
import { exitCodes, UsageError, type Report, type Surroundings } from './output';

export interface KeyOptions {
	identity?: string[];
	passphraseFile?: string;
}

/** Name of the environment variable that stands for --passphrase-file; it holds the passphrase itself. */
export const passphraseVariable = 'OPSDESK_BACKUP_PASSPHRASE';

/**
 * The keys of encrypted backups that options and environment name. They come from files or the environment and never
 * from an argument, because arguments are visible to every user of the machine.
 * @throws UsageError, BackupError `key_invalid`
 */
export async function readKeys(
	{ identity = [], passphraseFile }: KeyOptions,
	{ env }: Pick<Surroundings, 'env'>,
): Promise<EncryptionKeys | undefined> {
	const identities = await Promise.all(identity.map((file) => readKeyFile('--identity', file)));
	const passphrase =
		passphraseFile === undefined
			? env[passphraseVariable]
			: passphraseOfFile(await readKeyFile('--passphrase-file', passphraseFile));
	if (passphraseFile !== undefined && passphrase === '') {
		throw new UsageError(
			`The file of --passphrase-file is empty: ${passphraseFile}`,
			'Write the passphrase into it, on one line.',
		);
	}
	const keys = keysFromTexts({ identities, passphrase });
	if (identity.length > 0 && !keys?.identities?.length) {
		throw new UsageError(
			`The files of --identity hold no key: ${identity.join(', ')}`,
			'Give files as age-keygen or "opsdesk backup keygen" writes them.',
		);
	}
	return keys;
}

/** Makes a key; into a new file that its owner alone can read, or printed like age-keygen does. */
export async function makeKey({ output }: { output?: string }): Promise<Report> {
	const { identity, recipient, file } = await generateKey(new Date());
	if (output === undefined) return { exitCode: exitCodes.ok, json: { recipient, identity }, text: file };
	await writeKey(output, file);
	return {
		exitCode: exitCodes.ok,
		json: { recipient, file: output },
		text: [
			`Public key: ${recipient}`,
			`The key that opens backups is in ${output}. Keep a copy away from this machine: without it nobody can restore them.`,
		].join('\n'),
	};
}

async function writeKey(path: string, text: string): Promise<void> {
	try {
		const file = await open(path, 'wx', 0o600);
		try {
			await file.writeFile(text);
			await file.sync();
		} finally {
			await file.close();
		}
	} catch (thrown) {
		const exists = (thrown as NodeJS.ErrnoException).code === 'EEXIST';
		throw new UsageError(
			exists
				? `There is a file ${path} already, and it may hold a key.`
				: `The key cannot be written to ${path}: ${systemMessage(thrown)}`,
			exists ? 'Give --output another name; keys are never overwritten.' : 'Correct the path of --output.',
		);
	}
}

async function readKeyFile(option: string, path: string): Promise<string> {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
	} catch (thrown) {
		const isText = (thrown as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA';
		throw new UsageError(
			`The file of ${option} cannot be read: ${path}: ${isText ? systemMessage(thrown) : 'it is not UTF-8 text'}`,
			'Correct the path and the rights of the file.',
		);
	}
}
