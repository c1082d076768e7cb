import type { ICredentialDataDecryptedObject, IExecuteFunctions } from 'n8n-workflow';

import type { CheckSecrets, CredentialKind, ProbeContext } from '../../../src/check';
import type { EngineConnection } from '../../../src/docker';
import { maskSecrets, OpsdeskError } from '../../../src/shared';
import { toNodeError } from '../../shared/node-error';
import { asList, asText } from '../../shared/values';
import { isSelected } from './sign-in';

export type CheckAccess = Pick<ProbeContext, 'engine' | 'secrets' | 'unusable'>;

/**
 * What the selected credentials say; each password comes with the one server it may be sent to. One that cannot be used
 * keeps no check from being made that does not need it.
 */
export async function checkAccess(context: IExecuteFunctions, itemIndex: number): Promise<CheckAccess> {
	const unusable: NonNullable<ProbeContext['unusable']> = {};
	const read = async <Value>(
		kind: CredentialKind,
		name: string,
		valueOf: (fields: ICredentialDataDecryptedObject) => Value,
	): Promise<Value | undefined> => {
		try {
			const fields = await selected(context, itemIndex, name);
			return fields && valueOf(fields);
		} catch (thrown) {
			if (context.getExecutionCancelSignal()?.aborted)
				throw toNodeError(context.getNode(), thrown, itemIndex);
			const { message, description } = toNodeError(context.getNode(), thrown, itemIndex);
			const why = maskSecrets([message, description].filter(Boolean).join(' '));
			unusable[kind] = `The credential "${name}" of the node cannot be used: ${why}`;
			return undefined;
		}
	};
	const { parseConnection } = await import('../../../src/docker/index.js');
	const engine = await read('docker', 'dockerApi', parseConnection);
	const secrets: CheckSecrets = {
		header: await read('header', 'httpHeaderAuth', (fields) => ({
			name: asText(fields['name']),
			value: asText(fields['value']),
			mayGoTo: (url) => mayGoTo(fields, url),
		})),
		postgres: await read('postgres', 'postgres', postgresAccess),
		redis: await read('redis', 'redis', (fields) => ({
			...placeOf(fields, 6379),
			password: asText(fields['password']),
			...(asText(fields['user']) !== '' && { user: asText(fields['user']) }),
			...(fields['ssl'] === true && { tls: leastTls(fields['disableTlsVerification'] === true) }),
		})),
		supabase: await read('supabase', 'supabaseApi', (fields) => ({
			url: asText(fields['host']),
			key: asText(fields['serviceRole']),
		})),
		n8n: await read('n8n', 'n8nApi', (fields) => ({
			url: asText(fields['baseUrl']),
			apiKey: asText(fields['apiKey']),
		})),
	};
	return { engine, secrets, unusable };
}

/** As n8n's own node reads these fields, which checks the certificate unless told otherwise. */
function postgresAccess(fields: ICredentialDataDecryptedObject): NonNullable<CheckSecrets['postgres']> {
	if (fields['sshTunnel'] === true) {
		throw new OpsdeskError(
			'invalid_input',
			'It uses an SSH tunnel, which Site Check does not.',
			'Use one for a server that n8n reaches itself, or name the container of the database.',
		);
	}
	const isUnchecked = fields['allowUnauthorizedCerts'] === true;
	const hasTls = isUnchecked || (fields['ssl'] !== undefined && fields['ssl'] !== 'disable');
	return {
		...placeOf(fields, 5432),
		user: asText(fields['user']),
		password: asText(fields['password']),
		...(hasTls && { tls: leastTls(isUnchecked) }),
	};
}

const leastTls = (isUnchecked: boolean): 'require' | 'verify-full' =>
	isUnchecked ? 'require' : 'verify-full';

/** Undefined when no Docker credential is selected. @throws DockerError for one that is not complete */
export async function checkedEngine(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<EngineConnection | undefined> {
	const fields = await selected(context, itemIndex, 'dockerApi');
	if (fields === undefined) return undefined;
	const { parseConnection } = await import('../../../src/docker/index.js');
	return parseConnection(fields);
}

async function selected(
	context: IExecuteFunctions,
	itemIndex: number,
	name: string,
): Promise<ICredentialDataDecryptedObject | undefined> {
	if (!isSelected(context, name)) return undefined;
	return await context.getCredentials<ICredentialDataDecryptedObject>(name, itemIndex);
}

/** By the limit that n8n offers in each credential for web requests. */
function mayGoTo(credential: ICredentialDataDecryptedObject, url: string): boolean {
	const limit = credential['allowedHttpRequestDomains'];
	if (limit !== 'domains') return limit !== 'none';
	const plain = (host: string): string => host.toLowerCase().replace(/\.$/, '');
	const host = plain(new URL(url).hostname);
	// n8n's own helper takes other arguments in each version; this does as it does, and an empty list permits nothing.
	return asList(credential['allowedDomains'])
		.map(plain)
		.some((allowed) => (/^\*\../.test(allowed) ? host.endsWith(allowed.slice(1)) : host === allowed));
}

function placeOf(fields: ICredentialDataDecryptedObject, port: number): { host: string; port: number } {
	return { host: asText(fields['host']), port: Number(fields['port'] ?? port) };
}
