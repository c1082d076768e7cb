import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Key pair of the encryption that is measured, as `age-keygen` makes one. */
export interface AgeKey {
	recipient: string;
	identity: string;
	/** A file with the identity. */
	identityFile: string;
}

/**
 * Runs a line of shell as an administrator types it, with `$1` … for the values.
 * @returns how long it took, in seconds
 * @throws when any part of a pipe fails
 */
export async function shell(
	line: string,
	values: string[],
	env: Record<string, string> = {},
): Promise<number> {
	const startedAt = performance.now();
	await run('bash', ['-o', 'pipefail', '-euc', line, 'bash', ...values], {
		env: { ...process.env, ...env },
		maxBuffer: 16 * 1024 * 1024,
	});
	return (performance.now() - startedAt) / 1000;
}

/** What the command-line tools need for the same work, each with the result on the disk in the end. */
export const treePeers = (folder: string, file: string, { recipient }: AgeKey) => ({
	/** The same work: compressed, encrypted, hashed. */
	tools: once(
		'tar -C "$1" -cf - . | zstd -3 -T1 -q | age -r "$3" | tee >(sha256sum > "$2.sha256") > "$2"; sync "$2"',
		[folder, file, recipient],
		[file, `${file}.sha256`],
	),
	/** Neither encrypted nor hashed. */
	bare: once('tar -C "$1" -cf - . | zstd -3 -T1 -q -o "$2"; sync "$2"', [folder, file], [file]),
	/** The same with all processors. */
	bareAllCores: once('tar -C "$1" -cf - . | zstd -3 -T0 -q -o "$2"; sync "$2"', [folder, file], [file]),
});

/** The first backup of a new repository. */
export const resticPeer = (folder: string, repository: string) =>
	once(
		'restic init -q -r "$2"; restic backup -q -r "$2" "$1"',
		[folder, repository],
		[repository],
		{ RESTIC_PASSWORD: 'measured', RESTIC_CACHE_DIR: `${repository}.cache` },
		[`${repository}.cache`],
	);

function once(
	line: string,
	values: string[],
	results: string[],
	env: Record<string, string> = {},
	others: string[] = [],
): () => Promise<number> {
	return async () => {
		const seconds = await shell(line, values, env);
		for (const path of [...results, ...others]) await rm(path, { recursive: true, force: true });
		return seconds;
	};
}
