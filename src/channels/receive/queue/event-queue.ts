import { mkdir, readdir, readFile, rename, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { ChannelError } from '../../errors';
import type { ChannelEvent } from '../event';
import { Arrivals } from './arrivals';
import { hasCode, missing, queueFault } from './files';
import { Line } from './line';
import { fileOf, idFileOf, nameOf, queueIdOf, waitingOf, waitingOfDraft, type Waiting } from './names';
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
 * - `pending/<sequence>-<chat>-<name>.<attempts>` waits, `running/<process>/…` is being worked on, `dead/…` was given up.
 *   The same file as the one in `ids`, so that emptying it empties both: what was said does not stay on the disk.
 * - `drafts/` holds what is being written. A draft that has a second name was accepted before a crash.
 *
 * A crash at any point leaves an event that is not accepted, or one that is worked off after the next start; what a
 * living process works on is taken by no other.
 */
export class EventQueue {
	/** Stays the same as long as the folder does. */
	readonly id: string;
	private readonly line = new Line();
	private readonly arrivals: Arrivals;
	private countedAt = 0;
	private readonly limits: Required<QueueLimits>;

	private constructor(
		readonly folder: string,
		id: string,
		private readonly owner: Owner,
		limits: QueueLimits,
	) {
		this.id = id;
		this.limits = { ...defaults, ...limits };
		this.arrivals = new Arrivals({
			folder,
			reserve: () => this.line.reserve(),
			makeRoom: async () => await this.makeRoom(),
			onKept: (waiting) => this.line.set(waiting),
		});
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
		return this.line.size;
	}

	/** In the order in which they came. */
	get waiting(): Waiting[] {
		return this.line.waiting;
	}

	/** The first of each chat, in the order in which they came, and none of a chat that is being worked on. */
	*next(): Generator<Waiting> {
		const chats = new Set<string>();
		for (const { waiting, isRunning } of this.line.all) {
			if (chats.has(waiting.chat)) continue;
			chats.add(waiting.chat);
			if (!isRunning) yield waiting;
		}
	}

	isWaiting(name: string): boolean {
		return this.line.isWaiting(name);
	}

	/**
	 * Keeps an event; on disk when this returns. Its place among those of its chat is that of the call.
	 * @returns its name, and whether it was known before
	 * @throws ChannelError `queue_full`, `queue_unavailable`
	 */
	async put(event: ChannelEvent): Promise<{ name: string; isNew: boolean }> {
		const name = nameOf(event.id);
		if (this.line.find(name)) return { name, isNew: false };
		return await this.arrivals.put(event).catch((thrown: unknown) => {
			throw queueFault(this.folder, thrown);
		});
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
		this.line.set(begun, true);
		try {
			await rename(this.file('pending', waiting), this.file('running', begun));
			return begun;
		} catch (thrown) {
			if (hasCode(thrown, 'ENOENT')) {
				this.line.delete(waiting.name);
				return undefined;
			}
			this.line.set(waiting);
			throw queueFault(this.folder, thrown);
		}
	}

	/** It was not taken after all, and waits again, where it was. */
	async giveBack(begun: Waiting): Promise<void> {
		const waiting = { ...begun, attempts: begun.attempts - 1 };
		await rename(this.file('running', begun), this.file('pending', waiting)).catch(missing);
		this.line.set(waiting);
	}

	/** Somebody else has it, or nothing of it is left. */
	forget(waiting: Waiting): void {
		this.line.delete(waiting.name);
	}

	/** It is worked off; its id stays known, and nothing of what it says. */
	async done(waiting: Waiting): Promise<void> {
		await truncate(idFileOf(this.folder, waiting.name)).catch(missing);
		for (const part of ['running', 'pending'] as const) {
			await unlink(this.file(part, waiting)).catch(missing);
		}
		this.line.delete(waiting.name);
	}

	/** Nobody can work it off: kept aside for a person to look at. */
	async bury(waiting: Waiting): Promise<string> {
		const place = join(this.place('dead'), waiting.name);
		await rename(this.file('pending', waiting), place).catch(missing);
		this.line.delete(waiting.name);
		return place;
	}

	/** Takes up what processes have left that have ended meanwhile, and what others have put into the same folder. */
	async takeUpLeft(): Promise<void> {
		const left = new Set([...(await this.recoverDrafts(staleDraftMs)), ...(await this.recoverRunning())]);
		await this.rescan((name) => left.has(name));
	}

	/** Takes up what other processes have put into the same folder, and forgets what they have taken. */
	async rescan(isRecovered: (name: string) => boolean = () => false): Promise<void> {
		const known = this.waiting;
		const files = await readdir(this.place('pending'));
		const there = new Set(files.map((file) => join(this.place('pending'), file)));
		for (const one of known) {
			const isSame = this.isWaiting(one.name) && this.line.find(one.name)?.waiting === one;
			if (isSame && !there.has(this.file('pending', one))) this.line.delete(one.name);
		}
		for (const file of files) {
			const waiting = waitingOf(file);
			if (!waiting || this.isHere(waiting.name)) continue;
			const path = this.file('pending', waiting);
			const info = await stat(path).catch(missing);
			if (info?.size === 0) await unlink(path).catch(missing);
			else if (info && !this.isHere(waiting.name)) {
				this.line.set({ ...waiting, recovered: isRecovered(waiting.name) });
			}
		}
	}

	/** Forgets ids and buried events that are old enough. */
	async tidy(now = Date.now()): Promise<void> {
		await tidyQueue(this.folder, this.limits.keepIdsMs, now);
	}

	private isHere(name: string): boolean {
		return this.line.find(name) !== undefined || this.arrivals.has(name);
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

	/** @returns the names of those that wait now */
	private async recoverDrafts(acceptedAgeMs: number): Promise<string[]> {
		const recovered: string[] = [];
		for (const file of await readdir(this.place('drafts'))) {
			const path = join(this.place('drafts'), file);
			const info = await stat(path).catch(missing);
			const waiting = waitingOfDraft(file);
			const isAccepted = info !== undefined && info.nlink > 1 && waiting !== undefined;
			const ageMs = isAccepted ? acceptedAgeMs : staleDraftMs;
			if (!info || (waiting && this.arrivals.has(waiting.name))) continue;
			if (Date.now() - info.mtimeMs < ageMs) continue;
			if (isAccepted) {
				await rename(path, this.file('pending', waiting)).catch(missing);
				this.arrivals.finish(waiting.name);
				recovered.push(waiting.name);
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

	private file(part: 'pending' | 'running', waiting: Waiting): string {
		return join(part === 'running' ? this.owner.folder : this.place(part), fileOf(waiting));
	}
}
