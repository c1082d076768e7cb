import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import { LocalPrograms } from './local';
import { fittingInstallation, localInstallations, type LocalInstallation } from './local-programs';
import { PrivateFolder } from './password-file';
import { placeOf } from './open';
import type { PostgresPrograms } from './programs';
import {
	certificateAuthority,
	connectionArguments,
	connectionEnvironment,
	passwordLineOf,
	serverVersion,
	type Server,
} from './server-access';

/**
 * The programs for a server that is reached over the network: those of the image that the definition names, else those of
 * this machine when their version fits, else those of an image that the engine has.
 * @param installations of this machine
 * @throws BackupError `programs_missing` when there are none of a version that fits; what the server refuses; DockerError
 */
export async function openServer(
	source: Server,
	context: BackupContext,
	installations?: readonly LocalInstallation[],
): Promise<PostgresPrograms> {
	if (source.image !== undefined) return await inContainer(source, source.image, context);
	const found = installations ?? (await localInstallations());
	const [oldest] = found;
	if (!oldest) return await inPresentImage(source, undefined, [], context);
	const any = await openLocal(source, oldest, context);
	try {
		const version = await serverVersion(any, context.signal);
		const fitting = fittingInstallation(found, Number.parseInt(version, 10));
		if (fitting === oldest) return any;
		await any.close();
		if (!fitting) return await inPresentImage(source, version, found, context);
		return await openLocal(source, fitting, context);
	} catch (thrown) {
		await any.close();
		throw thrown;
	}
}

async function inContainer(source: Server, image: string, context: BackupContext): Promise<PostgresPrograms> {
	const { openTemporary } = await import('./in-temporary-container.js');
	return await openTemporary(source, image, context);
}

async function inPresentImage(
	source: Server,
	version: string | undefined,
	installations: readonly LocalInstallation[],
	context: BackupContext,
): Promise<PostgresPrograms> {
	const { presentImage } = await import('./in-temporary-container.js');
	const image = await presentImage(version === undefined ? undefined : Number.parseInt(version, 10), context);
	if (image === undefined) throw missing(source, version, installations);
	return await inContainer(source, image, context);
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
		`Install the client programs of PostgreSQL ${major} or newer where n8n or the command runs (Debian: postgresql-client), or give an image that has them as "image" of the database, e.g. postgres:${version === undefined ? '17' : major}: they run in a temporary container then. "Allowed Images" of the Docker credential must cover it.`,
	);
}
