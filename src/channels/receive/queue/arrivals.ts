import { link, mkdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { ChannelEvent } from '../event';
import { FolderSync, hasCode, missing, writeDurably } from './files';
import { chatOf, draftOf, fileOf, idFileOf, nameOf, type Waiting } from './names';

/** An event on its way to the disk. Both promises say whether it is new. */
interface Arrival {
	/** Its id is taken. */
	accepted: Promise<boolean>;
	/** It is among those that wait, also after a power cut. */
	kept: Promise<boolean>;
}

export interface ArrivalsOptions {
	folder: string;
	reserve: () => number;
	makeRoom: () => Promise<void>;
	onKept: (waiting: Waiting) => void;
}

/**
 * Brings events to the disk, at the same time, and those of one chat among the ones that wait in the order in which
 * they were put. A fault of one is a fault of those behind it: the platform delivers them again together.
 */
export class Arrivals {
	private readonly underWay = new Map<string, Promise<boolean>>();
	private readonly lastOfChat = new Map<string, Arrival>();
	/** Accepted by id, with a fault on the way to those that wait. */
	private readonly unfinished = new Map<string, { draft: string; waiting: Waiting }>();
	private readonly pendingSync: FolderSync;

	constructor(private readonly options: ArrivalsOptions) {
		this.pendingSync = new FolderSync(join(options.folder, 'pending'));
	}

	has(name: string): boolean {
		return this.underWay.has(name);
	}

	/** Somebody has brought it to the end in another way. */
	finish(name: string): void {
		this.unfinished.delete(name);
	}

	/** Its place is the one of this call, before anything is awaited. */
	async put(event: ChannelEvent): Promise<{ name: string; isNew: boolean }> {
		const name = nameOf(event.id);
		const other = this.underWay.get(name);
		if (other) {
			// Whoever has come first may fail yet.
			const [kept] = await Promise.allSettled([other]);
			return kept.status === 'fulfilled' ? { name, isNew: false } : await this.put(event);
		}
		const chat = chatOf(event);
		const waiting = { name, sequence: this.options.reserve(), chat, attempts: 0, recovered: false };
		const before = this.lastOfChat.get(chat);
		const accepted = this.accept(waiting, event, before?.accepted);
		const kept = this.keep(waiting, accepted, before?.kept);
		const arrival = { accepted, kept };
		this.lastOfChat.set(chat, arrival);
		this.underWay.set(name, kept);
		try {
			return { name, isNew: await kept };
		} finally {
			this.underWay.delete(name);
			if (this.lastOfChat.get(chat) === arrival) this.lastOfChat.delete(chat);
		}
	}

	private async accept(waiting: Waiting, event: ChannelEvent, before?: Promise<boolean>): Promise<boolean> {
		const { folder, makeRoom } = this.options;
		const left = this.unfinished.get(waiting.name);
		if (left) {
			await before;
			// It may have got there, with only the disk's word missing.
			await rename(left.draft, this.pending(left.waiting)).catch(missing);
			return true;
		}
		await makeRoom();
		const draft = join(folder, 'drafts', draftOf(waiting));
		await writeDurably(draft, JSON.stringify(event));
		try {
			await before;
			await linkId(draft, idFileOf(folder, waiting.name));
		} catch (thrown) {
			await unlink(draft);
			if (hasCode(thrown, 'EEXIST')) return false;
			throw thrown;
		}
		this.unfinished.set(waiting.name, { draft, waiting });
		await rename(draft, this.pending(waiting));
		return true;
	}

	private async keep(
		waiting: Waiting,
		accepted: Promise<boolean>,
		before?: Promise<boolean>,
	): Promise<boolean> {
		if (!(await accepted)) return false;
		await this.pendingSync.sync();
		await before;
		const place = this.unfinished.get(waiting.name)?.waiting ?? waiting;
		this.unfinished.delete(waiting.name);
		this.options.onKept(place);
		return true;
	}

	private pending(waiting: Waiting): string {
		return join(this.options.folder, 'pending', fileOf(waiting));
	}
}

/** The first who gets here has the event. */
async function linkId(draft: string, path: string): Promise<void> {
	try {
		await link(draft, path);
	} catch (thrown) {
		if (!hasCode(thrown, 'ENOENT')) throw thrown;
		await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
		await link(draft, path);
	}
}
