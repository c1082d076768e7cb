import { randomBytes } from 'node:crypto';

import { BackupError } from '../../errors';
import { manifestName } from '../../manifest';
import { unknownSpace, type Space } from '../../space';
import type { ArtefactWriter, Destination } from '../destination';
import type { Bucket } from './bucket';
import { Multipart } from './multipart';
import { lockPlace, locksFolder, NewObjects } from './new-object';
import { OpenUploads, uploadsFolder } from './open-uploads';
import { partPlan } from './part-plan';
import { MissingObject, readObject } from './reading';
import type { S3Limits } from './settings';
import { S3Writer } from './writer';

/** What is kept beside the restore points and is none of them. */
const ownFolders = [locksFolder, uploadsFolder];

/** A bucket, or a part of one by a prefix. It has no folders: those that are told are beginnings of names. */
export class S3Destination implements Destination {
	readonly label: string;
	private readonly multipart: Multipart;
	private readonly openUploads: OpenUploads;
	private readonly newObjects: NewObjects;
	/** Signs of life that this process has left. */
	private readonly beats = new Set<string>();

	constructor(
		private readonly bucket: Bucket,
		private readonly limits: S3Limits,
		private readonly signal: AbortSignal | undefined,
	) {
		this.label = bucket.settings.label;
		this.multipart = new Multipart(bucket);
		this.openUploads = new OpenUploads(bucket, this.multipart);
		this.newObjects = new NewObjects(bucket, limits.claimStaleMs);
	}

	create(path: string): Promise<ArtefactWriter> {
		const { partSizeMiB, endpoint, storageClass } = this.bucket.settings;
		const writer = new S3Writer(path, {
			bucket: this.bucket,
			multipart: this.multipart,
			openUploads: this.openUploads,
			plan: partPlan(partSizeMiB, endpoint),
			// What says what a restore point is must be readable without thawing an archive.
			storageClass: path.endsWith(`/${manifestName}`) ? undefined : storageClass,
			resumes: this.limits.resumes,
			signal: this.signal,
		});
		return Promise.resolve(writer);
	}

	read(path: string): AsyncIterable<Buffer> {
		return readObject(this.bucket, path, { resumes: this.limits.resumes, signal: this.signal });
	}

	async readSmall(path: string, maxBytes: number): Promise<Buffer | undefined> {
		const parts: Buffer[] = [];
		let sizeBytes = 0;
		try {
			for await (const part of readObject(this.bucket, path, { resumes: this.limits.resumes })) {
				sizeBytes += part.length;
				if (sizeBytes > maxBytes) throw tooLarge(`${this.label}: ${path}`, maxBytes);
				parts.push(part);
			}
		} catch (thrown) {
			if (thrown instanceof MissingObject) return undefined;
			throw this.bucket.explain(thrown, `reading ${path}`);
		}
		return Buffer.concat(parts);
	}

	async createNew(path: string, content: Buffer): Promise<boolean> {
		return await this.newObjects.make(path, content);
	}

	/** By an object beside it: to write the object itself anew could undo what another has done to it meanwhile. */
	async touch(path: string): Promise<void> {
		if (!(await this.bucket.head(path))) return;
		this.beats.add(path);
		await this.bucket.put(beatOf(path), Buffer.from(randomBytes(16).toString('hex')));
	}

	async stamp(path: string): Promise<string | undefined> {
		const found = await this.bucket.head(path);
		if (!found) return undefined;
		const beat = await this.bucket.head(beatOf(path));
		return [found, beat].map((object) => `${object?.etag} ${object?.modified} ${object?.token}`).join(' ');
	}

	/**
	 * A copy, and then the removal of what was copied and of nothing else. Killed in between, both are there: whoever
	 * renames a lock has claimed it, so nobody takes the copy for one.
	 */
	async rename(path: string, name: string): Promise<boolean> {
		const before = await this.bucket.head(path);
		const content = before && (await this.readSmall(path, renamedBytes));
		if (!before || !content) return false;
		const target = `${path.slice(0, path.lastIndexOf('/') + 1)}${name}`;
		await this.bucket.put(target, content);
		const now = await this.bucket.head(path);
		const isSame = now?.etag === before.etag && now.token === before.token;
		if (isSame && (await this.bucket.delete(path, before.etag))) return true;
		await this.bucket.delete(target);
		return false;
	}

	async list(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
		const found: { name: string; isFolder: boolean }[] = [];
		for await (const entry of this.bucket.list(folder)) {
			if (!entry.isFolder || !ownFolders.includes(entry.name)) found.push(entry);
		}
		return found.sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	async sizeBytes(path: string): Promise<number | undefined> {
		return (await this.bucket.head(path))?.sizeBytes;
	}

	async remove(path: string): Promise<void> {
		await this.bucket.delete(path);
		if (this.beats.delete(path)) await this.bucket.delete(beatOf(path));
	}

	async endUploads(folder: string, isOurs: (path: string) => boolean): Promise<number> {
		return await this.openUploads.endAll(folder, isOurs);
	}

	space(): Promise<Space> {
		return Promise.resolve(unknownSpace);
	}

	close(): Promise<void> {
		this.bucket.close();
		return Promise.resolve();
	}
}

/** Only locks are renamed. */
const renamedBytes = 1024 * 1024;

const beatOf = (path: string): string => `${lockPlace(path)}.beat`;

function tooLarge(where: string, maxBytes: number): BackupError {
	return new BackupError(
		'manifest_invalid',
		`${where} has more than ${maxBytes} bytes, far more than such a file can have.`,
		'It was not written by this package. Look at it in the bucket.',
	);
}
