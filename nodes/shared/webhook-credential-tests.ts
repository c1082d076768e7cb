import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

/** Short ones are found by trying. */
const shortest = 16;

/** Nobody can be asked whether these are right; what cannot be right is said. */
export function metaWebhookApiTest(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const appSecret = text(data, 'appSecret').trim();
	const former = text(data, 'formerAppSecret').trim();
	if (!isAppSecret(appSecret))
		return failed('The app secret is not 32 hexadecimal digits, as Meta gives it.');
	if (former !== '' && !isAppSecret(former))
		return failed('The former app secret is not 32 hexadecimal digits.');
	if (former === appSecret) return failed('The former app secret is the current one. Leave it empty.');
	if (text(data, 'verifyToken') === '') return failed('The verify token is empty. Make one up.');
	return passed(
		former === '' ? 'Signatures of one secret are taken.' : 'Signatures of both secrets are taken.',
	);
}

export function webhookSecretApiTest(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const secret = text(data, 'secret');
	const former = text(data, 'formerSecret');
	if (secret.length < shortest)
		return failed(`The secret has less than ${shortest} characters: it could be found by trying.`);
	if (former === secret) return failed('The former secret is the current one. Leave it empty.');
	return passed(
		former === '' ? 'Requests with one secret are taken.' : 'Requests with both secrets are taken.',
	);
}

function isAppSecret(value: string): boolean {
	return /^[0-9a-f]{32}$/i.test(value);
}

function text(data: ICredentialDataDecryptedObject, name: string): string {
	const value = data[name];
	return typeof value === 'string' ? value : '';
}

function failed(message: string): Promise<INodeCredentialTestResult> {
	return Promise.resolve({ status: 'Error', message });
}

function passed(message: string): Promise<INodeCredentialTestResult> {
	return Promise.resolve({ status: 'OK', message });
}
