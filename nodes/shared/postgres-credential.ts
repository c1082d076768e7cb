import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { OpsdeskError } from '../../src/shared';
import { asText } from './values';

/** What n8n's own Postgres credential says, as the library pg takes it. */
export interface PostgresFields {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
	ssl: boolean | { rejectUnauthorized: boolean };
}

/**
 * As n8n's own node reads these fields, which checks the certificate unless told otherwise.
 * @throws OpsdeskError for one that goes through an SSH tunnel
 */
export function postgresFields(fields: ICredentialDataDecryptedObject): PostgresFields {
	if (fields['sshTunnel'] === true) {
		throw new OpsdeskError(
			'invalid_input',
			'The Postgres credential uses an SSH tunnel, which this node does not.',
			'Use a credential for a server that n8n reaches itself.',
		);
	}
	const isUnchecked = fields['allowUnauthorizedCerts'] === true;
	return {
		host: asText(fields['host']),
		port: Number(fields['port'] ?? 5432),
		database: asText(fields['database']),
		user: asText(fields['user']),
		password: String(fields['password'] ?? ''),
		ssl: isUnchecked
			? { rejectUnauthorized: false }
			: ![undefined, 'disable'].includes(fields['ssl'] as string),
	};
}
