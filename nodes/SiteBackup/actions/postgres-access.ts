import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { BackupSecrets } from '../../../src/backup';
import type { Site } from '../../../src/shared';

/** What n8n's own Postgres credential says of a server. */
export interface PostgresAccess {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
	tls: 'disable' | 'prefer' | 'require' | 'verify-full';
}

/**
 * The selected Postgres credential; undefined when there is none.
 * @throws NodeOperationError for one that goes through an SSH tunnel
 */
export async function postgresAccess(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<PostgresAccess | undefined> {
	const node = context.getNode();
	if (node.credentials?.['postgres'] === undefined) return undefined;
	const fields = await context.getCredentials('postgres', itemIndex);
	if (fields['sshTunnel'] === true) {
		throw new NodeOperationError(
			node,
			'The Postgres credential uses an SSH tunnel, which Site Backup does not.',
			{
				itemIndex,
				description:
					'Use a credential for a server that n8n reaches itself, or name the container of the database in place of the server.',
			},
		);
	}
	const text = (name: string): string => String(fields[name] ?? '').trim();
	return {
		host: text('host'),
		port: Number(fields['port'] ?? 5432),
		database: text('database'),
		user: text('user'),
		password: String(fields['password'] ?? ''),
		tls: tlsOf(fields['allowUnauthorizedCerts'], fields['ssl']),
	};
}

/**
 * The password for those databases of a site that are on the server of the credential, and for no other: a site
 * definition may come from elsewhere and name any host.
 */
export async function databasePasswords(
	context: IExecuteFunctions,
	itemIndex: number,
	{ backup }: Site,
): Promise<Pick<BackupSecrets, 'databasePasswords'>> {
	const servers = backup.databases.filter((database) => database.type === 'postgres-server');
	if (servers.length === 0) return {};
	const access = await postgresAccess(context, itemIndex);
	if (access === undefined) return {};
	const covered = servers.filter(
		({ host, port, user }) =>
			host.toLowerCase() === access.host.toLowerCase() && port === access.port && user === access.user,
	);
	return { databasePasswords: Object.fromEntries(covered.map(({ name }) => [name, access.password])) };
}

function tlsOf(allowUnauthorised: unknown, ssl: unknown): PostgresAccess['tls'] {
	if (allowUnauthorised === true) return 'require';
	if (ssl === 'require') return 'verify-full';
	return ssl === 'allow' ? 'prefer' : 'disable';
}
