import { globSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

import { OpsdeskError, runProcess } from '../../shared';

/** The programs of one installation of PostgreSQL on this machine. */
export interface LocalInstallation {
	/** Folder of `pg_dump`, `pg_restore` and `psql`. */
	folder: string;
	/** e.g. 15 */
	major: number;
	/** e.g. `15.14` */
	version: string;
}

/**
 * Where the packages of Debian, Red Hat, Alpine, Homebrew and Postgres.app put them. They come before the PATH, whose
 * pg_dump may be a script that chooses among them by rules of its own.
 */
const usualFolders = [
	'/usr/lib/postgresql/*/bin',
	'/usr/pgsql-*/bin',
	'/usr/libexec/postgresql*',
	'/opt/homebrew/opt/{postgresql@*,libpq}/bin',
	'/usr/local/opt/{postgresql@*,libpq}/bin',
	'/usr/local/pgsql/bin',
	'/Applications/Postgres.app/Contents/Versions/*/bin',
];
const answerMs = 20_000;

export interface ProgramSearch {
	/** Patterns of folders. */
	folders: readonly string[];
	/** As in the environment. */
	path: string;
}

/** The installations of this machine, the oldest version first. */
export async function localInstallations(
	search: ProgramSearch = { folders: usualFolders, path: process.env['PATH'] ?? '' },
): Promise<LocalInstallation[]> {
	const candidates = [...search.folders.map((folder) => `${folder}/pg_dump`)].flatMap((pattern) =>
		globSync(pattern).toSorted(),
	);
	const inPath = search.path.split(':').filter((folder) => folder.startsWith('/'));
	candidates.push(...inPath.flatMap((folder) => globSync(`${escapeGlob(folder)}/pg_dump`)));
	const found = new Map<string, LocalInstallation>();
	for (const program of candidates) {
		const real = await realpath(program);
		if (found.has(real)) continue;
		const version = await versionOf(program);
		if (version === undefined) continue;
		found.set(real, { folder: dirname(program), version, major: Number.parseInt(version, 10) });
	}
	return [...found.values()].sort((a, b) => a.major - b.major);
}

/**
 * The installation that fits a server: of the same version, or of the next newer one. Newer programs read the data of
 * older servers, older ones refuse newer servers.
 */
export function fittingInstallation<Version extends { major: number }>(
	installations: readonly Version[],
	serverMajor: number,
): Version | undefined {
	return installations
		.filter(({ major }) => major >= serverMajor)
		.reduce<Version | undefined>((best, one) => (best && best.major <= one.major ? best : one), undefined);
}

async function versionOf(program: string): Promise<string | undefined> {
	try {
		const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
		const { exitCode, stdout } = await runProcess(program, { args: ['--version'], env, silenceMs: answerMs });
		if (exitCode !== 0) return undefined;
		return /\(PostgreSQL\) (\d+[^\s]*)/.exec(stdout.toString('utf8'))?.[1];
	} catch (thrown) {
		// Something of that name that does not run is no installation.
		if (thrown instanceof OpsdeskError) return undefined;
		throw thrown;
	}
}

function escapeGlob(folder: string): string {
	return folder.replace(/[*?[\]{}()!\\]/g, '\\$&');
}
