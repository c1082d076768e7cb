import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { isGone } from '../shared';
import type { Destination } from './destinations/destination';
import { BackupError } from './errors';
import { decodeHolder, describeHolder, encodeHolder, newHolder } from './lock-holder';
import { refuseCancelled } from './problem';

/** The file in a site's folder that says which run is at work there. */
export const lockName = 'backup.lock';
/** Beginning of the names of what stands beside a lock while it is taken over. */
export const staleLockPrefix = `${lockName}.stale-`;

export const maxLockBytes = 64 * 1024;
/** A destination in which dead locks come up again and again does not keep what is written there. */
const maxTakeOvers = 5;

export interface LockTimes {
	/** How often a holder shows that it lives, in milliseconds. */
	heartbeatMs: number;
	/** How long a lock must have shown no life, watched by ourselves, before it is taken over. */
	staleAfterMs: number;
}

export const defaultLockTimes: LockTimes = { heartbeatMs: 10_000, staleAfterMs: 120_000 };

export interface LockRequest extends LockTimes {
	/** Of the site, relative to the destination. */
	folder: string;
	/** Of the run; no two are the same. */
	run: string;
	/** What the run does, for the texts of errors. */
	work: 'backup' | 'restore' | 'pruning';
	now: Date;
	/** How long to wait for a lock that lives. */
	waitMs: number;
	signal?: AbortSignal | undefined;
}

export type LockResult =
	| { lock: SiteLock; /** Whose lock was taken over. */ tookOverFrom?: string }
	| { /** Who has it and since when. */ heldBy: string };

/** Runs of this process that hold a lock or are about to: the proof that such a lock lives needs no waiting. */
const runsHere = new Set<string>();

/**
 * Takes the lock of a site in one destination.
 *
 * A lock of somebody else is taken over only after proof that its holder is no more: the process is gone (same
 * kernel and namespace), or the file has shown no heartbeat while it was watched for `staleAfterMs`. Times that
 * stand in the file or beside it prove nothing, since clocks differ and machines sleep.
 *
 * @throws BackupError `destination_…` when the lock cannot be written, `cancelled`
 */
export async function takeLock(destination: Destination, request: LockRequest): Promise<LockResult> {
	runsHere.add(request.run);
	try {
		const result = await acquire(destination, request);
		if (!('lock' in result)) runsHere.delete(request.run);
		return result;
	} catch (thrown) {
		runsHere.delete(request.run);
		throw thrown;
	}
}

async function acquire(destination: Destination, request: LockRequest): Promise<LockResult> {
	const path = `${request.folder}/${lockName}`;
	const own = encodeHolder(newHolder(request.run, request.now));
	const started = performance.now();
	const pollMs = Math.min(1000, Math.max(10, request.staleAfterMs / 20));
	let watched: { content: Buffer; stamp: string; unchangedSince: number } | undefined;
	let alive = false;
	let tookOverFrom: string | undefined;
	let takeOvers = 0;
	const claims = new ClaimWatch(request.staleAfterMs);
	for (;;) {
		refuseCancelled(request.signal, request.work);
		if (await destination.createNew(path, own)) {
			const lock = new SiteLock(destination, path, own, request);
			return tookOverFrom === undefined ? { lock } : { lock, tookOverFrom };
		}
		const stamp = await destination.stamp(path);
		const content = await destination.readSmall(path, maxLockBytes);
		if (stamp !== undefined && content !== undefined) {
			const holder = decodeHolder(content);
			if (holder?.run === request.run) throw samePlace(destination.label);
			if (holder && runsHere.has(holder.run)) alive = true;
			const now = performance.now();
			if (watched && (watched.stamp !== stamp || !watched.content.equals(content))) alive = true;
			if (watched?.stamp !== stamp || !watched.content.equals(content)) {
				watched = { content, stamp, unchangedSince: now };
			}
			const dead = holder !== undefined && isGone(holder);
			if (dead || now - watched.unchangedSince >= request.staleAfterMs) {
				if (takeOvers >= maxTakeOvers) throw neverFree(`${destination.label}/${path}`);
				if (await takeOver(destination, request.folder, content, own)) {
					tookOverFrom = describeHolder(holder);
					takeOvers += 1;
				} else if (await claims.isAbandoned(destination, request.folder, content)) {
					await destination.remove(claimPath(request.folder, content));
					takeOvers += 1;
				} else {
					await sleep(Math.min(pollMs, 50));
				}
				watched = undefined;
				alive = false;
				continue;
			}
			if (alive && now - started >= request.waitMs) return { heldBy: describeHolder(holder) };
		}
		// Ends early when the run is cancelled, which is seen above.
		await sleep(pollMs, undefined, { signal: request.signal }).catch(() => {});
	}
}

/**
 * Removes a dead lock; resolves with whether it did. Only who makes the file of the claim may: of two that have judged
 * the same lock, the slower one would otherwise remove the lock that the faster one holds by then.
 */
async function takeOver(
	destination: Destination,
	folder: string,
	judged: Buffer,
	own: Buffer,
): Promise<boolean> {
	const path = `${folder}/${lockName}`;
	const claim = claimPath(folder, judged);
	if (!(await destination.createNew(claim, own))) return false;
	try {
		// What was judged may have been removed, and another lock made, before the claim.
		const current = await destination.readSmall(path, maxLockBytes);
		if (!current?.equals(judged)) return false;
		return await moveAway(destination, folder, judged);
	} finally {
		await destination.remove(claim);
	}
}

const claimPath = (folder: string, judged: Buffer): string =>
	`${folder}/${staleLockPrefix}${createHash('sha256').update(judged).digest('hex').slice(0, 16)}`;

/** Watches the claim of somebody else, who may have been killed before the lock was removed. */
class ClaimWatch {
	private seen: { stamp: string; since: number } | undefined;

	constructor(private readonly staleAfterMs: number) {}

	async isAbandoned(destination: Destination, folder: string, judged: Buffer): Promise<boolean> {
		const stamp = await destination.stamp(claimPath(folder, judged));
		const now = performance.now();
		if (stamp === undefined) this.seen = undefined;
		else if (this.seen?.stamp !== stamp) this.seen = { stamp, since: now };
		return this.seen !== undefined && now - this.seen.since >= this.staleAfterMs;
	}
}

/** Its holder may yet wake up and release it: then another's lock is moved here, and put back. */
async function moveAway(destination: Destination, folder: string, judged: Buffer): Promise<boolean> {
	const path = `${folder}/${lockName}`;
	const staleName = `${staleLockPrefix}${randomBytes(6).toString('hex')}`;
	if (!(await destination.rename(path, staleName))) return false;
	const moved = await destination.readSmall(`${folder}/${staleName}`, maxLockBytes);
	const isJudged = moved?.equals(judged) ?? false;
	if (moved && !isJudged) await destination.createNew(path, moved);
	await destination.remove(`${folder}/${staleName}`);
	return isJudged;
}

/** A lock that is held: it shows life until it is released, and notices when it was lost. */
export class SiteLock {
	private lost: BackupError | undefined;
	/** Of those that wait for something only as long as the lock is held. */
	private readonly waiting = new Set<(lost: BackupError) => void>();
	private released = false;
	private timer: NodeJS.Timeout | undefined;
	private beating: Promise<void> = Promise.resolve();
	private seenAt = performance.now();

	constructor(
		private readonly destination: Destination,
		private readonly path: string,
		private readonly own: Buffer,
		private readonly request: LockTimes & Pick<LockRequest, 'run' | 'work'>,
	) {
		this.schedule();
	}

	/** @throws BackupError `lock_lost` when it is known that another run has it now */
	assertHeld(): void {
		if (this.lost) throw this.lost;
	}

	/**
	 * Waits for something only as long as it is not known that the lock is lost. What is waited for goes on.
	 * @throws BackupError `lock_lost`, and what the promise is rejected with
	 */
	async whileHeld<T>(work: Promise<T>): Promise<T> {
		let giveUp = (_lost: BackupError): void => {};
		const loss = new Promise<never>((_, reject) => (giveUp = reject));
		this.waiting.add(giveUp);
		try {
			return await Promise.race([work, loss]);
		} finally {
			this.waiting.delete(giveUp);
		}
	}

	/** Looks whether the lock is still held. @throws BackupError `lock_lost` */
	async confirm(): Promise<void> {
		await this.beat();
		this.assertHeld();
	}

	/** Removes the lock unless it is another's by now. @throws BackupError when it cannot be removed */
	async release(): Promise<void> {
		this.released = true;
		clearTimeout(this.timer);
		runsHere.delete(this.request.run);
		await this.beating;
		const content = await this.destination.readSmall(this.path, maxLockBytes);
		if (content?.equals(this.own)) await this.destination.remove(this.path);
	}

	private schedule(): void {
		if (this.released || this.lost) return;
		this.timer = setTimeout(() => void this.beat().then(() => this.schedule()), this.request.heartbeatMs);
		this.timer.unref();
	}

	private beat(): Promise<void> {
		this.beating = this.beating.then(() => this.showLife());
		return this.beating;
	}

	private async showLife(): Promise<void> {
		if (this.released || this.lost) return;
		try {
			await this.destination.touch(this.path);
			// Missing: somebody judges it right now, or has removed it by hand. Only one can make it anew.
			const content =
				(await this.destination.readSmall(this.path, maxLockBytes)) ??
				((await this.destination.createNew(this.path, this.own))
					? this.own
					: await this.destination.readSmall(this.path, maxLockBytes));
			if (content?.equals(this.own)) this.seenAt = performance.now();
			else this.lose(describeHolder(content && decodeHolder(content)));
		} catch {
			// Others take it over after `staleAfterMs` without life; well before that it counts as lost.
			if (performance.now() - this.seenAt >= this.request.staleAfterMs / 2) {
				this.lose('unknown, because it cannot be read any more');
			}
		}
	}

	private lose(holder: string): void {
		const reason = lost(this.path, this.request.work, holder);
		this.lost = reason;
		for (const giveUp of this.waiting) giveUp(reason);
	}
}

function samePlace(label: string): BackupError {
	return new BackupError(
		'destination_refused',
		`${label} is the same folder as another destination of this site, by a link or a mount.`,
		'Remove one of the two from the site definition.',
	);
}

function neverFree(path: string): BackupError {
	return new BackupError(
		'destination_refused',
		`The lock ${path} was taken over from dead runs ${maxTakeOvers} times, and there is one again.`,
		'Check that the destination has free space and keeps what is written there, and remove that file by hand when no backup runs.',
	);
}

function lost(path: string, work: string, holder: string): BackupError {
	return new BackupError(
		'lock_lost',
		`The lock ${path} was lost while the ${work} ran; its holder now is ${holder}.`,
		`Let the other run finish, then run the ${work} again. If there is none, check the connection to the destination.`,
	);
}
