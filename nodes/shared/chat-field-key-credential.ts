import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	IExecuteFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import type { FieldKeys } from '../../src/chat';
import { errorMessage, OpsdeskError } from '../../src/shared';

/**
 * The keys of the selected credential, undefined when none is selected.
 * @throws StoreError `misconfigured`
 */
export async function chatFieldKeys(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<FieldKeys | undefined> {
	// Asking n8n for a credential that is not selected is an error of its own, with a text that helps nobody here.
	if (context.getNode().credentials?.['chatFieldKeyApi'] === undefined) return undefined;
	return await keysOf(await context.getCredentials('chatFieldKeyApi', itemIndex));
}

/** Reads the keys and says their ids, or what is wrong and how to get unstuck. */
export async function chatFieldKeyApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const { describeFieldKeys } = await import('../../src/chat/index.js');
	try {
		return { status: 'OK', message: describeFieldKeys(await keysOf(credential.data ?? {})) };
	} catch (thrown) {
		const message =
			thrown instanceof OpsdeskError ? `${thrown.message} ${thrown.remedy}` : errorMessage(thrown);
		return { status: 'Error', message };
	}
}

async function keysOf(data: ICredentialDataDecryptedObject): Promise<FieldKeys> {
	const { fieldKeys } = await import('../../src/chat/index.js');
	const text = (name: string): string => {
		const value = data[name];
		return typeof value === 'string' ? value : '';
	};
	return fieldKeys({ current: text('currentSecretKey'), former: text('formerSecretKeys') });
}
