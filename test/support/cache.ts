import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where slow downloads and builds live between runs; `OPSDESK_CACHE_DIR` overrides it. */
export const cacheFolder = (): string =>
	process.env.OPSDESK_CACHE_DIR ??
	join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-opsdesk');

const exists = (path: string): Promise<boolean> =>
	stat(path).then(
		() => true,
		() => false,
	);

/**
 * The folder of a cached build. `key` names the content and its version; `build` fills an empty folder and is
 * run once even when several processes ask at the same time. A build that fails leaves nothing.
 */
export async function cached(key: string, build: (folder: string) => Promise<void>): Promise<string> {
	const final = join(cacheFolder(), key);
	if (await exists(final)) return final;
	await mkdir(dirname(final), { recursive: true });
	const release = await lock(final);
	try {
		if (await exists(final)) return final;
		await sweepPartials(final);
		const partial = await mkdtemp(`${final}.partial-`);
		try {
			await build(partial);
			// Readable for everyone, because containers and servers of other users work from it.
			await chmod(partial, 0o755);
			await rename(partial, final);
		} catch (error) {
			await rm(partial, { recursive: true, force: true });
			throw error;
		}
	} finally {
		await release();
	}
	return final;
}

/**
 * Holds a name among the abstract Unix sockets: only one process can, and the kernel takes it back when that
 * process ends in whatever way, so there is no stale lock to recognise.
 */
async function lock(path: string): Promise<() => Promise<void>> {
	const name = `\0opsdesk-cache-${createHash('sha256').update(path).digest('hex')}`;
	for (;;) {
		const holder = createServer();
		try {
			holder.listen(name);
			await once(holder, 'listening');
			return () => new Promise((resolve) => holder.close(() => resolve()));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
			await sleep(100);
		}
	}
}

/** What a build that was killed left behind; called by the holder of the lock. */
async function sweepPartials(final: string): Promise<void> {
	const leftovers = (await readdir(dirname(final))).filter((name) =>
		name.startsWith(`${basename(final)}.partial-`),
	);
	await Promise.all(
		leftovers.map((name) => rm(join(dirname(final), name), { recursive: true, force: true })),
	);
}
