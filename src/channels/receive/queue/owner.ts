import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isGone, ownIdentity, type ProcessIdentity } from '../../../shared';
import { missing } from './files';

const beatMs = 10_000;
/** Without a sign of life for so long, a process that cannot be looked at counts as gone. */
const goneAfterMs = 60_000;
/** An empty folder is removed only then: its process may have slept, and goes on in it. */
const removeAfterMs = 24 * 60 * 60_000;
const identityFile = 'process.json';

/** Where one process keeps what it works on, so that another one that begins beside it takes nothing from it. */
export class Owner {
	private constructor(readonly folder: string) {}

	/** @param running the folder that holds those of all processes */
	static async open(running: string): Promise<Owner> {
		const owner = new Owner(join(running, randomBytes(8).toString('hex')));
		await owner.sign();
		setInterval(() => void owner.beat(), beatMs).unref();
		return owner;
	}

	/** Folders of processes that have ended. */
	async abandoned(): Promise<string[]> {
		const running = join(this.folder, '..');
		const folders = (await readdir(running)).map((name) => join(running, name));
		const others = folders.filter((folder) => folder !== this.folder);
		const ended = await Promise.all(others.map(async (folder) => await hasEnded(folder)));
		return others.filter((_, place) => ended[place]);
	}

	private async sign(): Promise<void> {
		await mkdir(this.folder, { recursive: true, mode: 0o700 });
		await writeFile(join(this.folder, identityFile), JSON.stringify(ownIdentity()), { mode: 0o600 });
	}

	private async beat(): Promise<void> {
		const now = new Date();
		// Whoever sleeps for long is taken for gone, and its folder goes.
		await utimes(join(this.folder, identityFile), now, now)
			.catch(async () => await this.sign())
			.catch(() => undefined);
	}
}

/** Names of the events in the folder of a process. */
export async function eventsIn(folder: string): Promise<string[]> {
	return (await readdir(folder)).filter((name) => name !== identityFile);
}

/** Removes the folder of a process that has ended long ago. */
export async function removeOld(folder: string): Promise<void> {
	const info = await stat(folder).catch(missing);
	if (info && Date.now() - info.mtimeMs > removeAfterMs) await rm(folder, { recursive: true });
}

async function hasEnded(folder: string): Promise<boolean> {
	const path = join(folder, identityFile);
	const info = (await stat(path).catch(missing)) ?? (await stat(folder).catch(missing));
	if (!info) return false;
	if (Math.abs(Date.now() - info.mtimeMs) > goneAfterMs) return true;
	const text = await readFile(path, 'utf8').catch(missing);
	// Empty while it is being written.
	return text ? isGone(JSON.parse(text) as ProcessIdentity) : false;
}
