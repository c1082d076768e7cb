import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';

import { systemMessage } from '../../shared';
import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import { Database } from './database';
import { passwordLine } from './password-file';
import type { PostgresPlace } from './open';
import type { PostgresPrograms } from './programs';

/** A server that is dropped by a firewall is told as such after that, instead of minutes. */
const connectSeconds = 15;

export type Server = Extract<PostgresPlace, { type: 'postgres-server' }>;

/** e.g. `15.14` */
export async function serverVersion(programs: PostgresPrograms, signal?: AbortSignal): Promise<string> {
	const [version = ''] = await new Database(programs, signal).rows('show server_version');
	return version;
}

export function connectionArguments({ host, port, user }: Server): string[] {
	return [`--host=${host}`, `--port=${port}`, `--username=${user}`];
}

export function connectionEnvironment({ tls }: Server, passwordFile: string): Record<string, string> {
	return {
		// Without one, the file of whoever runs n8n would be asked.
		PGPASSFILE: passwordFile,
		PGSSLMODE: tls,
		PGCONNECT_TIMEOUT: String(connectSeconds),
	};
}

export function passwordLineOf({ name }: Pick<Server, 'name'>, { secrets }: BackupContext): string {
	const password = secrets?.databasePasswords?.[name] ?? secrets?.databasePasswords?.['*'];
	return password === undefined ? '' : passwordLine(password);
}

/** Certificates to trust: those of the file, or the well-known ones. */
export async function certificateAuthority({ tls, caFile }: Server): Promise<string | undefined> {
	if (tls !== 'verify-full') return undefined;
	if (caFile === undefined) return `${rootCertificates.join('\n')}\n`;
	return await readFile(caFile, 'utf8').catch((thrown: unknown) => {
		throw new BackupError(
			'source_unreadable',
			`The certificates in ${caFile} cannot be read: ${systemMessage(thrown)}.`,
			'Correct "caFile" of the database in the site definition, or give n8n the right to read it.',
			{ cause: thrown },
		);
	});
}
