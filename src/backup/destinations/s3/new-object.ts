import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Bucket } from './bucket';

/** Folder of what keeps locks, in the folder of each. */
export const locksFolder = '.locks';

/** `shop/.locks/backup.lock`, for `shop/backup.lock` */
export function lockPlace(path: string): string {
	const slash = path.lastIndexOf('/');
	return `${path.slice(0, slash + 1)}${locksFolder}/${path.slice(slash + 1)}`;
}

/**
 * Makes an object only where there is none, at every service. Those that know `If-None-Match: *` see to it themselves;
 * others ignore it without a word. Therefore whoever wants a name first writes a claim of his own beside it and then
 * lists all claims: of two, the one whose claim was written later sees that of the other, because a listing shows
 * everything that was written before it (Amazon S3 and all services that are compatible with it promise that today).
 * So at most one finds himself alone, and only he may go on; and he sees what an earlier one has made, because that was
 * made before its claim was removed. The lowest claim waits until the others have withdrawn, so that one gets through.
 *
 * A claim is removed by others only after it was watched for `claimStaleMs`. Its owner gives up after half of that time,
 * and looks at the end whether his claim is still there: a process that was stopped in between (a machine that slept)
 * takes back what it has made.
 */
export class NewObjects {
	/** Claims of others, and since when this process has seen them. */
	private readonly seen = new Map<string, number>();

	constructor(
		private readonly bucket: Bucket,
		private readonly claimStaleMs: number,
	) {}

	/** @returns false when there is one, or when somebody else is about to make it */
	async make(path: string, content: Buffer): Promise<boolean> {
		if (await this.bucket.head(path)) return false;
		const claims = lockPlace(path);
		const own = randomBytes(8).toString('hex');
		const claimedAt = performance.now();
		await this.bucket.put(`${claims}/${own}`, content);
		try {
			if (!(await this.isAlone(claims, own, claimedAt))) return false;
			if (await this.bucket.head(path)) return false;
			if (performance.now() - claimedAt > this.claimStaleMs / 2) return false;
			return await this.write(path, content, `${claims}/${own}`);
		} finally {
			await this.bucket.delete(`${claims}/${own}`).catch(() => {
				// What was made stays made; the claim is removed by whoever watches it for long enough.
			});
		}
	}

	private async write(path: string, content: Buffer, claim: string): Promise<boolean> {
		const token = randomBytes(16).toString('hex');
		try {
			if (!(await this.bucket.put(path, content, { ifNew: true, token }))) return false;
			if (await this.bucket.head(claim)) return true;
		} catch (thrown) {
			// It may have been made all the same, and then nobody would know of it.
			await this.takeBack(path, token).catch(() => {});
			throw thrown;
		}
		await this.takeBack(path, token);
		return false;
	}

	private async takeBack(path: string, token: string): Promise<void> {
		const found = await this.bucket.head(path);
		if (found?.token === token) await this.bucket.delete(path, found.etag);
	}

	private async isAlone(claims: string, own: string, claimedAt: number): Promise<boolean> {
		while (performance.now() - claimedAt < this.claimStaleMs / 4) {
			const others = await this.othersIn(claims, own);
			if (others.length === 0) return true;
			if (others.some((name) => name < own)) return false;
			await sleep(20 + Math.random() * 80);
		}
		return false;
	}

	/** Claims of others that live, as far as this process knows; dead ones are removed, and looked for once more. */
	private async othersIn(claims: string, own: string): Promise<string[]> {
		const found: string[] = [];
		for await (const { name, isFolder } of this.bucket.list(claims)) {
			if (!isFolder && name !== own) found.push(name);
		}
		const now = performance.now();
		for (const name of found) {
			const key = `${claims}/${name}`;
			const since = this.seen.get(key) ?? now;
			this.seen.set(key, since);
			if (now - since >= this.claimStaleMs) await this.bucket.delete(key);
		}
		for (const key of this.seen.keys()) {
			if (key.startsWith(`${claims}/`) && !found.includes(key.slice(claims.length + 1)))
				this.seen.delete(key);
		}
		return found;
	}
}
