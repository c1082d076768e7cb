import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	IExecuteFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import type { EncryptionKeys } from '../../src/backup';
import { errorMessage, OpsdeskError } from '../../src/shared';

/**
 * The keys of the selected credential, undefined when none is selected.
 * @throws BackupError `key_invalid`
 */
export async function encryptionKeys(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<EncryptionKeys | undefined> {
	// Asking n8n for a credential that is not selected is an error of its own, with a text that helps nobody here.
	if (context.getNode().credentials?.['backupKeyApi'] === undefined) return undefined;
	return await keysOf(await context.getCredentials('backupKeyApi', itemIndex));
}

/** Tries the credential and says what it opens, or what is wrong and how to get unstuck. */
export async function backupKeyApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const { describeKeys } = await import('../../src/backup/index.js');
	try {
		return { status: 'OK', message: await describeKeys(await keysOf(credential.data ?? {})) };
	} catch (thrown) {
		const message =
			thrown instanceof OpsdeskError ? `${thrown.message} ${thrown.remedy}` : errorMessage(thrown);
		return { status: 'Error', message };
	}
}

async function keysOf(data: ICredentialDataDecryptedObject): Promise<EncryptionKeys | undefined> {
	const { keysFromTexts } = await import('../../src/backup/index.js');
	const text = (name: string): string => {
		const value = data[name];
		return typeof value === 'string' ? value : '';
	};
	return keysFromTexts({
		recipients: text('recipients'),
		identities: [text('privateKeys')],
		passphrase: text('passphrase'),
	});
}
