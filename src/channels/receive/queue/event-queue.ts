import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { ChannelError } from '../../errors';
import type { ChannelEvent } from '../event';
import { FolderSync, hasCode, missing, queueFault, writeDurably } from './files';
import { idFileOf, nameOf, queueIdOf, waitingOf, type Waiting } from './names';
import { eventsIn, Owner, removeOld } from './owner';
import { tidyQueue } from './tidy';

export interface QueueLimits {
	/** Events that wait or are being worked on; more are refused. Default 10,000. */
	mostEvents?: number;
	/** How long an event is known after it was worked off. Default 8 days: platforms try again for up to seven. */
	keepIdsMs?: number;
}

const defaults = { mostEvents: 10_000, keepIdsMs: 8 * 24 * 60 * 60_000 };
/** What another process has begun to write it will have ended by then. */
const staleDraftMs = 60_000;
/** A full queue is counted anew no more often. */
const countAgainMs = 100;
/**
 * Events in a folder, each a file that is there once:
 *
 * - `ids/<xx>/<name>` decides whether an event is new: the first who links a file there has it. Empty once worked off.
 * - `pending/<name>.<attempts>` waits, `running/<process>/…` is being worked on, `dead/…` was given up. The same file as
 *   the one in `ids`, so that emptying it empties both: what was said does not stay on the disk.
 * - `drafts/` holds what is being written. A draft that has a second name was accepted before a crash.
 *
 * A crash at any point leaves an event that is not accepted, or one that is worked off after the next start; what a
 * living process works on is taken by no other.
 */
export class EventQueue {
	/** Stays the same as long as the folder does. */
	readonly id: string;
	private readonly waitingByName = new Map<string, Waiting>();
	private readonly running = new Map<string, Waiting>();
	private readonly arriving = new Map<string, Promise<boolean>>();
	/** Accepted by id, with a fault on the way to those that wait: their drafts. */
	private readonly unfinished = new Map<string, string>();
	private countedAt = 0;
	private readonly pendingSync: FolderSync;
	private readonly limits: Required<QueueLimits>;

	private constructor(
		readonly folder: string,
		id: string,
		private readonly owner: Owner,
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
			const owner = await Owner.open(join(folder, 'running'));
			const queue = new EventQueue(folder, await queueIdOf(folder), owner, limits);
			await queue.recoverDrafts(0);
			await queue.recoverRunning();
			await queue.rescan(() => true);
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
		const other = this.arriving.get(name);
		if (other) {
			// Whoever has come first may fail yet.
			const [kept] = await Promise.allSettled([other]);
			return kept.status === 'fulfilled' ? { name, isNew: false } : await this.put(event);
		}
		const arriving = this.keep(name, event).finally(() => this.arriving.delete(name));
		this.arriving.set(name, arriving);
		return { name, isNew: await arriving };
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

	/** Somebody else has it, or nothing of it is left. */
	forget(waiting: Waiting): void {
		this.waitingByName.delete(waiting.name);
	}

	/** It is worked off; its id stays known, and nothing of what it says. */
	async done(waiting: Waiting): Promise<void> {
		await truncate(idFileOf(this.folder, waiting.name)).catch(missing);
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

	/** Takes up what processes have left that have ended meanwhile, and what others have put into the same folder. */
	async takeUpLeft(): Promise<void> {
		const left = new Set([...(await this.recoverDrafts(staleDraftMs)), ...(await this.recoverRunning())]);
		await this.rescan((name) => left.has(name));
	}

	/** Takes up what other processes have put into the same folder, and forgets what they have taken. */
	async rescan(isRecovered: (name: string) => boolean = () => false): Promise<void> {
		const known = [...this.waitingByName.values()];
		const files = await readdir(this.place('pending'));
		const there = new Set(files.map((file) => join(this.place('pending'), file)));
		for (const one of known) {
			const isSame = this.waitingByName.get(one.name) === one;
			if (isSame && !there.has(this.file('pending', one))) this.waitingByName.delete(one.name);
		}
		const found: Array<Waiting & { at: number }> = [];
		for (const file of files) {
			const waiting = waitingOf(file);
			if (!waiting || this.isHere(waiting.name)) continue;
			const path = this.file('pending', waiting);
			const info = await stat(path).catch(missing);
			if (info?.size === 0) await unlink(path).catch(missing);
			else if (info) found.push({ ...waiting, recovered: isRecovered(waiting.name), at: info.mtimeMs });
		}
		for (const { at: _, ...waiting } of found.sort((one, other) => one.at - other.at)) {
			if (!this.isHere(waiting.name)) this.waitingByName.set(waiting.name, waiting);
		}
	}

	/** Forgets ids and buried events that are old enough. */
	async tidy(now = Date.now()): Promise<void> {
		await tidyQueue(this.folder, this.limits.keepIdsMs, now);
	}

	private isHere(name: string): boolean {
		return this.waitingByName.has(name) || this.running.has(name) || this.arriving.has(name);
	}

	/** @returns whether it is new */
	private async keep(name: string, event: ChannelEvent): Promise<boolean> {
		const waiting = { name, attempts: 0, recovered: false };
		try {
			const left = this.unfinished.get(name);
			if (left !== undefined) {
				// It may have got there, with only the disk's word missing.
				await rename(left, this.file('pending', waiting)).catch(missing);
			} else {
				await this.makeRoom();
				const draft = join(this.place('drafts'), `${name}-${randomBytes(6).toString('hex')}`);
				await writeDurably(draft, JSON.stringify(event));
				try {
					await this.linkId(draft, name);
				} catch (thrown) {
					await unlink(draft);
					if (hasCode(thrown, 'EEXIST')) return false;
					throw thrown;
				}
				this.unfinished.set(name, draft);
				await rename(draft, this.file('pending', waiting));
			}
			await this.pendingSync.sync();
			this.unfinished.delete(name);
			this.waitingByName.set(name, waiting);
			return true;
		} catch (thrown) {
			throw queueFault(this.folder, thrown);
		}
	}

	/** Others may have worked off what this process still counts. */
	private async makeRoom(): Promise<void> {
		const { mostEvents } = this.limits;
		if (this.size >= mostEvents && Date.now() - this.countedAt >= countAgainMs) {
			this.countedAt = Date.now();
			await this.rescan();
		}
		if (this.size < mostEvents) return;
		throw new ChannelError(
			'queue_full',
			`${this.size} incoming messages wait already.`,
			'See why the workflow does not keep up with them. The platform will try again.',
		);
	}

	private async linkId(draft: string, name: string): Promise<void> {
		const path = idFileOf(this.folder, name);
		try {
			await link(draft, path);
		} catch (thrown) {
			if (!hasCode(thrown, 'ENOENT')) throw thrown;
			await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
			await link(draft, path);
		}
	}

	/** @returns the names of those that wait now */
	private async recoverDrafts(acceptedAgeMs: number): Promise<string[]> {
		const recovered: string[] = [];
		for (const file of await readdir(this.place('drafts'))) {
			const path = join(this.place('drafts'), file);
			const info = await stat(path).catch(missing);
			const name = file.split('-', 1)[0] ?? '';
			const isAccepted = info !== undefined && info.nlink > 1;
			const ageMs = isAccepted ? acceptedAgeMs : staleDraftMs;
			if (!info || this.arriving.has(name) || Date.now() - info.mtimeMs < ageMs) continue;
			if (isAccepted) {
				await rename(path, this.file('pending', { name, attempts: 0, recovered: true })).catch(missing);
				this.unfinished.delete(name);
				recovered.push(name);
			} else await unlink(path).catch(missing);
		}
		return recovered;
	}

	/** @returns the names of those that wait now */
	private async recoverRunning(): Promise<string[]> {
		const recovered: string[] = [];
		for (const folder of await this.owner.abandoned()) {
			for (const file of await eventsIn(folder)) {
				await rename(join(folder, file), join(this.place('pending'), file)).catch(missing);
				recovered.push(waitingOf(file)?.name ?? '');
			}
			await removeOld(folder);
		}
		return recovered;
	}

	private place(part: 'ids' | 'pending' | 'running' | 'drafts' | 'dead'): string {
		return join(this.folder, part);
	}

	private file(part: 'pending' | 'running', { name, attempts }: Waiting): string {
		const folder = part === 'running' ? this.owner.folder : this.place(part);
		return join(folder, `${name}.${attempts}`);
	}
}
