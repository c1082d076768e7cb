import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { errorMessage, OpsdeskError } from '../../src/shared';

/** Tries the credential and says what it permits, or what is wrong and how to get unstuck. */
export async function dockerApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const { describeAccess, parseConnection, reportAccess } = await import('../../src/docker/index.js');
	try {
		const report = await reportAccess(parseConnection(credential.data));
		return {
			status: report.refusedByProxy.length > 0 || report.noHelperImage !== null ? 'Error' : 'OK',
			message: describeAccess(report),
		};
	} catch (thrown) {
		const message =
			thrown instanceof OpsdeskError ? `${thrown.message} ${thrown.remedy}` : errorMessage(thrown);
		return { status: 'Error', message };
	}
}
