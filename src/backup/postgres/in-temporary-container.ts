import { Readable } from 'node:stream';

import { Access, getImage, imageNames, DockerError, ProgramsContainer } from '../../docker';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import { BackupError } from '../errors';
import { tarOfFile } from '../tar/single-file';
import { PostgresInContainer } from './in-container';
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

/** In the container's own file system, which nobody sees who may only inspect it. */
const folder = '/tmp/opsdesk-secrets';

/**
 * The programs of an image in a temporary container, for a server that is reached over the network.
 * @param image its name; the engine gets it when it has not
 * @throws BackupError `engine_missing`, `programs_missing`, what the server refuses; DockerError
 */
export async function openTemporary(
	source: Server,
	image: string,
	context: BackupContext,
): Promise<PostgresPrograms> {
	const place = placeOf(source);
	const { signal } = context;
	const connection = engineFor(`the programs of PostgreSQL for the server ${place.where}`, context);
	const id = await getImage(connection, image, signal);
	const options = { image: id, network: source.network, purpose: 'postgres', signal };
	const container = await ProgramsContainer.open(connection, options);
	try {
		const major = await programsMajor(container, image, signal);
		const authority = await certificateAuthority(source);
		await put(
			container,
			{
				passwords: passwordLineOf(source, context),
				...(authority !== undefined && { 'ca.pem': authority }),
			},
			signal,
		);
		const env = {
			...connectionEnvironment(source, `${folder}/passwords`),
			...(authority !== undefined && { PGSSLROOTCERT: `${folder}/ca.pem` }),
		};
		const programs = new PostgresInContainer(container.programs, {
			place,
			connection: connectionArguments(source),
			env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
			steady: (script) => container.steady(script),
			close: () => container.close(),
			letGo: () => container.letGo(),
		});
		const version = await serverVersion(programs, signal);
		if (Number.parseInt(version, 10) <= major) return programs;
		throw new BackupError(
			'programs_missing',
			`PostgreSQL ${place.where} is version ${version}, and pg_dump of the image "${image}" is only ${major}.`,
			`Give an image of PostgreSQL ${Number.parseInt(version, 10)} or newer as "image" of the database.`,
		);
	} catch (thrown) {
		await container.close().catch(() => {
			// It ends by itself with our connection to it.
		});
		throw thrown;
	}
}

/**
 * The name of an official image of PostgreSQL that the engine has already and the credential covers: that of the version, or
 * the newest one.
 * Nothing is got from a registry that the user has not named.
 */
export async function presentImage(
	major: number | undefined,
	{ docker, signal }: BackupContext,
): Promise<string | undefined> {
	if (!docker) return undefined;
	try {
		const access = new Access(docker);
		const found = (await imageNames(docker, signal)).flatMap((name) => {
			const version = /^postgres:(\d+)(?:$|[.-])/.exec(name)?.[1];
			return version === undefined || !access.coversImage(name) ? [] : [{ name, version: Number(version) }];
		});
		const fitting = found.filter(({ version }) => version >= (major ?? 0));
		const best = fitting.sort((a, b) =>
			major === undefined ? b.version - a.version : a.version - b.version,
		);
		return best[0]?.name;
	} catch (thrown) {
		// Without an engine that answers there is none; that no programs are there is told then.
		if (thrown instanceof DockerError && thrown.code !== 'cancelled') return undefined;
		throw thrown;
	}
}

async function programsMajor(
	{ programs }: ProgramsContainer,
	image: string,
	signal: AbortSignal | undefined,
): Promise<number> {
	const { exitCode, stdout } = await programs.run(
		['sh', '-c', 'pg_dump --version && command -v psql pg_restore'],
		{
			signal,
		},
	);
	const major = /\(PostgreSQL\) (\d+)/.exec(stdout.toString('utf8'))?.[1];
	if (exitCode === 0 && major !== undefined) return Number(major);
	throw new BackupError(
		'programs_missing',
		`The image "${image}" holds no pg_dump, pg_restore and psql.`,
		'Give the official image of the version of the server as "image" of the database, e.g. postgres:17.',
	);
}

/** Puts files into the container that only its programs can read. */
async function put(
	{ programs, user }: ProgramsContainer,
	files: Record<string, string>,
	signal: AbortSignal | undefined,
): Promise<void> {
	const made = await programs.run(['sh', '-c', 'umask 077; mkdir "$1"', 'sh', folder], { signal });
	if (made.exitCode !== 0) {
		throw new BackupError(
			'programs_missing',
			`The image has no /tmp that programs may write to: ${made.stderr}`,
			'Give the official image of the version of the server as "image" of the database.',
		);
	}
	for (const [name, content] of Object.entries(files)) {
		const bytes = Buffer.from(content);
		const file = { name, sizeBytes: bytes.length, uid: user, gid: user };
		const archive = Readable.from(tarOfFile(file, Readable.from([bytes])), { objectMode: false });
		await programs.upload(folder, archive, signal);
	}
}
