import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';

import { systemMessage } from '../../shared';
import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import { Database } from './database';
import { LocalPrograms } from './local';
import { fittingInstallation, localInstallations, type LocalInstallation } from './local-programs';
import { PrivateFolder, passwordLine } from './password-file';
import { placeOf, type PostgresPlace } from './open';
import type { PostgresPrograms } from './programs';

/** A server that is dropped by a firewall is told as such after that, instead of minutes. */
const connectSeconds = 15;

type Server = Extract<PostgresPlace, { type: 'postgres-server' }>;

/**
 * The programs for a server that is reached over the network: those of this machine when their version fits.
 * @throws BackupError `programs_missing` when there are none of a version that fits; what the server refuses
 */
export async function openServer(source: Server, context: BackupContext): Promise<PostgresPrograms> {
	const installations = await localInstallations();
	const [oldest] = installations;
	if (!oldest) throw missing(source, undefined, []);
	const any = await openLocal(source, oldest, context);
	try {
		const version = await serverVersion(any, context.signal);
		const fitting = fittingInstallation(installations, Number.parseInt(version, 10));
		if (fitting === oldest) return any;
		if (!fitting) throw missing(source, version, installations);
		await any.close();
		return await openLocal(source, fitting, context);
	} catch (thrown) {
		await any.close();
		throw thrown;
	}
}

async function openLocal(
	source: Server,
	{ folder }: LocalInstallation,
	context: BackupContext,
): Promise<PostgresPrograms> {
	const secrets = await PrivateFolder.make();
	try {
		const passwordFile = await secrets.write('passwords', passwordLineOf(source, context));
		const authority = await certificateAuthority(source);
		const env = {
			...connectionEnvironment(source, passwordFile),
			...(authority !== undefined && { PGSSLROOTCERT: await secrets.write('ca.pem', authority) }),
		};
		const place = placeOf(source);
		return new LocalPrograms({ place, connection: connectionArguments(source), env, folder, secrets });
	} catch (thrown) {
		await secrets.remove();
		throw thrown;
	}
}

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

function missing(
	source: Server,
	version: string | undefined,
	installations: readonly LocalInstallation[],
): BackupError {
	const { where } = placeOf(source);
	const found = installations.map((installation) => installation.version).join(', ');
	const what =
		version === undefined
			? `There are no programs of PostgreSQL for the server ${where}`
			: `PostgreSQL ${where} is version ${version}, and pg_dump on this machine is only ${found}`;
	const major = version === undefined ? 'the major version of the server' : Number.parseInt(version, 10);
	return new BackupError(
		'programs_missing',
		`${what}.`,
		`Install the client programs of PostgreSQL ${major} or newer where n8n or the command runs (Debian: postgresql-client).`,
	);
}
