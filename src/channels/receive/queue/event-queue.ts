import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';

import { ChannelError } from '../../errors';
import type { ChannelEvent } from '../event';
import { FolderSync, hasCode, missing, queueFault, writeDurably } from './files';

export interface QueueLimits {
	/** Events that wait or are being worked on; more are refused. Default 10,000. */
	mostEvents?: number;
	/** How long an event is known after it was worked off. Default 8 days: platforms try again for up to seven. */
	keepIdsMs?: number;
}

/** An event that waits, by the name of its file. */
export interface Waiting {
	name: string;
	/** How often it was handed over before, each time without an end. */
	attempts: number;
	/** Whether it was there before this process was. */
	recovered: boolean;
}

const defaults = { mostEvents: 10_000, keepIdsMs: 8 * 24 * 60 * 60_000 };
/** What another process has begun to write it will have ended by then. */
const staleDraftMs = 60_000;
/** What nobody could work off is kept so long for a person to look at. */
const keepDeadMs = 14 * 24 * 60 * 60_000;

/**
 * Events in a folder, each a file that is there once:
 *
 * - `ids/<xx>/<name>` decides whether an event is new: the first who links a file there has it. Empty once worked off.
 * - `pending/<name>.<attempts>` waits, `running/…` is being worked on, `dead/…` was given up. The same file as the one in
 *   `ids`, so that emptying it empties both: what was said does not stay on the disk.
 * - `drafts/` holds what is being written. A draft that has a second name was accepted before a crash.
 *
 * A crash at any point leaves an event that is not accepted, or one that is worked off after the next start.
 */
export class EventQueue {
	/** Stays the same as long as the folder does. */
	readonly id: string;
	private readonly waitingByName = new Map<string, Waiting>();
	private readonly running = new Map<string, Waiting>();
	private readonly pendingSync: FolderSync;
	private readonly limits: Required<QueueLimits>;

	private constructor(
		readonly folder: string,
		id: string,
		limits: QueueLimits,
	) {
		this.id = id;
		this.limits = { ...defaults, ...limits };
		this.pendingSync = new FolderSync(this.place('pending'));
	}

	/**
	 * Opens the queue and takes up what a killed process has left.
	 * @param folder absolute; made when it is missing
	 * @throws ChannelError `queue_unavailable`
	 */
	static async open(folder: string, limits: QueueLimits = {}): Promise<EventQueue> {
		try {
			for (const part of ['ids', 'pending', 'running', 'drafts', 'dead']) {
				await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
			}
			const queue = new EventQueue(folder, await idOf(folder), limits);
			await queue.recoverDrafts();
			await queue.recoverRunning();
			await queue.rescan(true);
			return queue;
		} catch (thrown) {
			throw queueFault(folder, thrown);
		}
	}

	get size(): number {
		return this.waitingByName.size + this.running.size;
	}

	/** Oldest first. */
	get waiting(): Waiting[] {
		return [...this.waitingByName.values()];
	}

	isWaiting(name: string): boolean {
		return this.waitingByName.has(name);
	}

	/**
	 * Keeps an event; on disk when this returns.
	 * @returns its name, and whether it was known before
	 * @throws ChannelError `queue_full`, `queue_unavailable`
	 */
	async put(event: ChannelEvent): Promise<{ name: string; isNew: boolean }> {
		const name = nameOf(event.id);
		if (this.size >= this.limits.mostEvents) {
			throw new ChannelError(
				'queue_full',
				`${this.size} incoming messages wait already.`,
				'See why the workflow does not keep up with them. The platform will try again.',
			);
		}
		const draft = join(this.place('drafts'), `${name}-${randomBytes(6).toString('hex')}`);
		try {
			await writeDurably(draft, JSON.stringify(event));
			try {
				await this.linkId(draft, name);
			} catch (thrown) {
				await unlink(draft);
				if (hasCode(thrown, 'EEXIST')) return { name, isNew: false };
				throw thrown;
			}
			const waiting = { name, attempts: 0, recovered: false };
			await rename(draft, this.file('pending', waiting));
			await this.pendingSync.sync();
			this.waitingByName.set(name, waiting);
			return { name, isNew: true };
		} catch (thrown) {
			throw queueFault(this.folder, thrown);
		}
	}

	/** @returns undefined when it is not there any more */
	async read(waiting: Waiting): Promise<ChannelEvent | undefined> {
		const text = await readFile(this.file('pending', waiting), 'utf8').catch(missing);
		// Written by this class alone, under a name that only whole files get.
		return text ? (JSON.parse(text) as ChannelEvent) : undefined;
	}

	/** Says that it is being worked on from now on, so that a crash counts. @returns undefined when somebody else has it */
	async begin(waiting: Waiting): Promise<Waiting | undefined> {
		const begun = { ...waiting, attempts: waiting.attempts + 1 };
		this.waitingByName.delete(waiting.name);
		this.running.set(waiting.name, begun);
		try {
			await rename(this.file('pending', waiting), this.file('running', begun));
			return begun;
		} catch (thrown) {
			this.running.delete(waiting.name);
			if (hasCode(thrown, 'ENOENT')) return undefined;
			this.waitingByName.set(waiting.name, waiting);
			throw queueFault(this.folder, thrown);
		}
	}

	/** It was not taken after all, and waits again. */
	async giveBack(begun: Waiting): Promise<void> {
		const waiting = { ...begun, attempts: begun.attempts - 1 };
		await rename(this.file('running', begun), this.file('pending', waiting)).catch(missing);
		this.running.delete(begun.name);
		this.waitingByName.set(waiting.name, waiting);
	}

	/** It is worked off; its id stays known, and nothing of what it says. */
	async done(waiting: Waiting): Promise<void> {
		await truncate(this.idFile(waiting.name)).catch(missing);
		for (const part of ['running', 'pending'] as const) {
			await unlink(this.file(part, waiting)).catch(missing);
		}
		this.running.delete(waiting.name);
		this.waitingByName.delete(waiting.name);
	}

	/** Nobody can work it off: kept aside for a person to look at. */
	async bury(waiting: Waiting): Promise<string> {
		const place = join(this.place('dead'), waiting.name);
		await rename(this.file('pending', waiting), place).catch(missing);
		this.waitingByName.delete(waiting.name);
		return place;
	}

	/** Takes up what other processes have put into the same folder. */
	async rescan(recovered = false): Promise<void> {
		const found: Array<Waiting & { at: number }> = [];
		for (const file of await readdir(this.place('pending'))) {
			const waiting = waitingOf(file, recovered);
			if (!waiting || this.waitingByName.has(waiting.name) || this.running.has(waiting.name)) continue;
			const path = this.file('pending', waiting);
			const info = await stat(path).catch(missing);
			if (info?.size === 0) await unlink(path).catch(missing);
			else if (info) found.push({ ...waiting, at: info.mtimeMs });
		}
		for (const { at: _, ...waiting } of found.sort((one, other) => one.at - other.at)) {
			this.waitingByName.set(waiting.name, waiting);
		}
	}

	/** Forgets ids and buried events that are old enough. */
	async tidy(now = Date.now()): Promise<void> {
		for (const shard of await readdir(this.place('ids'))) {
			const folder = join(this.place('ids'), shard);
			for (const name of await readdir(folder)) {
				const info = await stat(join(folder, name)).catch(missing);
				if (!info || info.size > 0 || now - info.mtimeMs < this.limits.keepIdsMs) continue;
				await unlink(join(folder, name)).catch(missing);
			}
			// Many of them are no reason to keep a request waiting.
			await breathe();
		}
		for (const name of await readdir(this.place('dead'))) {
			const path = join(this.place('dead'), name);
			const info = await stat(path).catch(missing);
			if (!info || now - info.mtimeMs < keepDeadMs) continue;
			await truncate(this.idFile(name)).catch(missing);
			await unlink(path).catch(missing);
		}
	}

	private async linkId(draft: string, name: string): Promise<void> {
		const path = this.idFile(name);
		try {
			await link(draft, path);
		} catch (thrown) {
			if (!hasCode(thrown, 'ENOENT')) throw thrown;
			await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
			await link(draft, path);
		}
	}

	private async recoverDrafts(): Promise<void> {
		for (const file of await readdir(this.place('drafts'))) {
			const path = join(this.place('drafts'), file);
			const info = await stat(path).catch(missing);
			const name = file.split('-', 1)[0] ?? '';
			if (!info || Date.now() - info.mtimeMs < (info.nlink > 1 ? 0 : staleDraftMs)) continue;
			if (info.nlink > 1) {
				await rename(path, this.file('pending', { name, attempts: 0, recovered: true })).catch(missing);
			} else await unlink(path).catch(missing);
		}
	}

	private async recoverRunning(): Promise<void> {
		for (const file of await readdir(this.place('running'))) {
			const begun = waitingOf(file, true);
			if (begun) await rename(this.file('running', begun), this.file('pending', begun)).catch(missing);
		}
	}

	private place(part: 'ids' | 'pending' | 'running' | 'drafts' | 'dead'): string {
		return join(this.folder, part);
	}

	private file(part: 'pending' | 'running', { name, attempts }: Waiting): string {
		return join(this.place(part), `${name}.${attempts}`);
	}

	private idFile(name: string): string {
		return join(this.place('ids'), name.slice(0, 2), name);
	}
}

function nameOf(id: string): string {
	return createHash('sha256').update(id).digest('hex').slice(0, 40);
}

function waitingOf(file: string, recovered: boolean): Waiting | undefined {
	const [, name, attempts] = /^([0-9a-f]{40})\.(\d+)$/.exec(file) ?? [];
	return name === undefined ? undefined : { name, attempts: Number(attempts), recovered };
}

async function idOf(folder: string): Promise<string> {
	const path = join(folder, 'queue-id');
	const draft = `${path}-${randomBytes(6).toString('hex')}`;
	const known = await readFile(path, 'utf8').catch(missing);
	if (known) return known;
	await writeDurably(draft, randomBytes(16).toString('hex'));
	await link(draft, path).catch((thrown: unknown) => {
		if (!hasCode(thrown, 'EEXIST')) throw thrown;
	});
	await unlink(draft);
	return await readFile(path, 'utf8');
}
