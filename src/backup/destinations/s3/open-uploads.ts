import { randomBytes } from 'node:crypto';
import { z } from 'zod';

import { parseInput } from '../../../shared';
import type { Bucket } from './bucket';
import type { Multipart, OpenUpload } from './multipart';
import { MissingObject, readObject } from './reading';

/** Folder of the records of open uploads, in the folder of each site. */
export const uploadsFolder = '.uploads';
const maxRecordBytes = 10_000;

const recordSchema = z.strictObject({ path: z.string().min(1), uploadId: z.string().min(1) });

/**
 * The parts of an upload that was never completed are paid for and shown by no listing of objects. So each upload
 * is recorded beside the restore points before its first part, for whoever cleans up after a run that was killed.
 */
export class OpenUploads {
	constructor(
		private readonly bucket: Bucket,
		private readonly multipart: Multipart,
	) {}

	/** @returns the path of the record */
	async record(upload: OpenUpload): Promise<string> {
		const site = upload.path.slice(0, upload.path.indexOf('/'));
		const path = `${site}/${uploadsFolder}/${randomBytes(8).toString('hex')}.json`;
		await this.bucket.put(path, Buffer.from(`${JSON.stringify(upload)}\n`));
		return path;
	}

	/**
	 * Ends every recorded upload of a site, and those that only the service knows: a run may be killed between the
	 * beginning of an upload and its record. To be called by the holder of the site's lock, before it uploads.
	 * @param isOurs by the path relative to the destination; others are left alone
	 * @returns how many were ended
	 */
	async endAll(site: string, isOurs: (path: string) => boolean): Promise<number> {
		const ended = new Set<string>();
		const end = async ({ path, uploadId }: OpenUpload): Promise<void> => {
			if (!path.startsWith(`${site}/`) || !isOurs(path) || ended.has(uploadId)) return;
			await this.multipart.abort(path, uploadId);
			ended.add(uploadId);
		};
		const records: string[] = [];
		const folder = `${site}/${uploadsFolder}`;
		for await (const { name, isFolder } of this.bucket.list(folder)) {
			if (!isFolder && /^[0-9a-f]{16}\.json$/.test(name)) records.push(`${folder}/${name}`);
		}
		for (const record of records) {
			const upload = await this.read(record);
			if (upload) await end(upload);
			await this.bucket.delete(record);
		}
		for (const upload of (await this.multipart.listOpen(site)) ?? []) await end(upload);
		return ended.size;
	}

	/** Undefined for one that was cut, or is none of ours. */
	private async read(record: string): Promise<OpenUpload | undefined> {
		const parts: Buffer[] = [];
		let sizeBytes = 0;
		try {
			for await (const part of readObject(this.bucket, record, { resumes: 2 })) {
				sizeBytes += part.length;
				if (sizeBytes > maxRecordBytes) return undefined;
				parts.push(part);
			}
			const parsed = parseInput(recordSchema, JSON.parse(Buffer.concat(parts).toString('utf8')));
			return parsed.ok ? parsed.value : undefined;
		} catch (thrown) {
			if (thrown instanceof MissingObject || thrown instanceof SyntaxError) return undefined;
			throw thrown;
		}
	}
}
