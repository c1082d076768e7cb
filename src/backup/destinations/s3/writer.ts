import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { BackupError } from '../../errors';
import type { ArtefactWriter } from '../destination';
import type { Bucket } from './bucket';
import { codeOf, statusOf } from './failures';
import type { Multipart } from './multipart';
import type { OpenUploads } from './open-uploads';
import { maxParts, type PartPlan } from './part-plan';
import { bare, etagOfParts, isMd5, proveStored } from './proof';

/** What a writer works with. */
export interface UploadTools {
	bucket: Bucket;
	multipart: Multipart;
	openUploads: OpenUploads;
	plan: PartPlan;
	storageClass: string | undefined;
	/** How often in a row a broken download is resumed, when what was stored is read back. */
	resumes: number;
	signal?: AbortSignal | undefined;
}

/** A part that arrived damaged is sent again so often. */
const sendings = 3;
/** So long a service may take to store a part whose connection was cut. */
const lateMs = 1000;

/**
 * An object in the making. Nothing of it can be seen at the service before `commit`: what fits into one part is written
 * by one request then, everything else by an upload that is completed only then.
 */
export class S3Writer implements ArtefactWriter {
	private readonly ended = new AbortController();
	private readonly signal: AbortSignal;
	private readonly sha256 = createHash('sha256');
	private readonly parts: { md5: Buffer; etag: string }[] = [];
	private readonly underWay = new Set<Promise<void>>();
	/** Memory of parts that have arrived. */
	private readonly idle: Buffer[] = [];
	private filling: Buffer;
	private used = 0;
	private sizeBytes = 0;
	private beginning: Promise<{ uploadId: string }> | undefined;
	private upload: { uploadId: string; record?: string } | undefined;
	private failure: Error | undefined;
	/** Whether parts were broken off on their way. */
	private brokeOff = false;
	/** `appearing`: from the first request that can make the object appear. */
	private state: 'open' | 'appearing' | 'committed' | 'ended' = 'open';
	/** Undefined until the service has shown what its ETags are. */
	private etagsAreMd5: boolean | undefined;

	constructor(
		private readonly path: string,
		private readonly tools: UploadTools,
	) {
		this.signal = AbortSignal.any([this.ended.signal, ...(tools.signal ? [tools.signal] : [])]);
		this.filling = Buffer.allocUnsafeSlow(tools.plan.partBytes(1));
	}

	async write(bytes: Buffer): Promise<void> {
		this.refuseAfterFailure();
		for (let at = 0; at < bytes.length;) {
			const copied = bytes.copy(this.filling, this.used, at);
			at += copied;
			this.used += copied;
			// A full part is sent only when more follows, so that whatever fits into one needs no upload.
			if (at < bytes.length) await this.sendPart();
		}
		this.sizeBytes += bytes.length;
		this.sha256.update(bytes);
	}

	async commit(): Promise<void> {
		this.refuseAfterFailure();
		const { bucket, resumes, signal } = this.tools;
		const sha256 = this.sha256.digest('hex');
		const etag = this.upload ? await this.complete(this.upload.uploadId) : await this.putWhole(sha256);
		const sent = { sizeBytes: this.sizeBytes, etag, sha256 };
		await proveStored(bucket, this.path, sent, { resumes, signal });
		this.state = 'committed';
		// It would be looked at, found ended and removed by the next run all the same.
		if (this.upload?.record) await bucket.delete(this.upload.record).catch(() => {});
	}

	async abort(): Promise<void> {
		if (this.state === 'committed' || this.state === 'ended') return;
		this.breakOff();
		await Promise.allSettled([...this.underWay, this.beginning]);
		const { bucket, multipart } = this.tools;
		if (this.upload) {
			await multipart.abort(this.path, this.upload.uploadId);
			if (this.brokeOff) {
				// A part whose bytes had all arrived may be stored after the upload has ended; then it is ended again.
				await sleep(lateMs);
				await multipart.abort(this.path, this.upload.uploadId);
			}
		}
		if (this.state === 'appearing') await bucket.delete(this.path);
		if (this.upload?.record) await bucket.delete(this.upload.record);
		this.state = 'ended';
	}

	private async putWhole(sha256: string): Promise<string> {
		const content = this.filling.subarray(0, this.used);
		const { bucket, storageClass, signal } = this.tools;
		this.state = 'appearing';
		await bucket.put(this.path, content, { sha256, storageClass, signal });
		return createHash('md5').update(content).digest('hex');
	}

	private async complete(uploadId: string): Promise<string> {
		if (this.used > 0) await this.sendPart();
		await Promise.all(this.underWay);
		this.refuseAfterFailure();
		const { bucket, multipart } = this.tools;
		this.state = 'appearing';
		try {
			await multipart.complete(
				this.path,
				uploadId,
				this.parts.map(({ etag }) => etag),
			);
		} catch (thrown) {
			// The answer to an earlier try may have been lost; then the upload is no more and the object is there.
			const mayBeThere = codeOf(thrown) === 'NoSuchUpload' || (statusOf(thrown) ?? 500) >= 500;
			if (!mayBeThere || !(await bucket.head(this.path))) {
				throw bucket.explain(thrown, `completing the upload of ${this.path}`, this.tools.signal);
			}
		}
		return etagOfParts(this.parts.map(({ md5 }) => md5));
	}

	private async begin(): Promise<{ uploadId: string }> {
		const { multipart, openUploads } = this.tools;
		const uploadId = await multipart.begin(this.path, this.tools.storageClass);
		// Known to `abort` before its record, which may fail.
		this.upload = { uploadId };
		this.upload.record = await openUploads.record({ path: this.path, uploadId });
		return { uploadId };
	}

	/** Hands the part that was filled over, once there is room for another one. */
	private async sendPart(): Promise<void> {
		const { bucket, plan } = this.tools;
		const number = this.parts.length + 1;
		const content = this.filling.subarray(0, this.used);
		const size = plan.partBytes(number);
		if (number > maxParts) throw tooLarge(bucket.settings.label, this.path, plan.maxBytes);
		this.beginning ??= this.begin();
		const { uploadId } = await this.beginning;
		while (this.underWay.size >= plan.concurrency(size)) await Promise.race(this.underWay);
		this.refuseAfterFailure();
		const part = { md5: createHash('md5').update(content).digest(), etag: '' };
		this.parts.push(part);
		const sending = this.send(uploadId, number, content, part)
			.catch((thrown: unknown) => {
				const doing = `sending part ${number} of ${this.path}`;
				this.failure ??= bucket.explain(thrown, doing, this.tools.signal);
				this.underWay.delete(sending);
				this.breakOff();
			})
			.finally(() => {
				this.underWay.delete(sending);
				this.idle.push(Buffer.from(content.buffer));
			});
		this.underWay.add(sending);
		const nextBytes = plan.partBytes(number + 1);
		let memory = this.idle.pop();
		while (memory && memory.length !== nextBytes) memory = this.idle.pop();
		this.filling = memory ?? Buffer.allocUnsafeSlow(nextBytes);
		this.used = 0;
	}

	private async send(
		uploadId: string,
		number: number,
		content: Buffer,
		part: { md5: Buffer; etag: string },
	): Promise<void> {
		const { multipart } = this.tools;
		for (let sending = 1; ; sending += 1) {
			try {
				const stored = await multipart.putPart(
					this.path,
					{ uploadId, number, content, md5: part.md5 },
					this.signal,
				);
				part.etag = stored.etag;
				if (!isMd5(stored.encryption) || this.etagsAreMd5 === false) return;
				if (bare(stored.etag) === part.md5.toString('hex')) {
					this.etagsAreMd5 = true;
					return;
				}
				if (sending === sendings) {
					// Not one that fitted: whether this is damage or another kind of ETag, reading back tells.
					this.etagsAreMd5 ??= false;
					return;
				}
			} catch (thrown) {
				if (codeOf(thrown) !== 'BadDigest' || sending === sendings) throw thrown;
			}
		}
	}

	/** Ends what is under way; nothing else is sent any more. */
	private breakOff(): void {
		if (this.underWay.size > 0 && !this.ended.signal.aborted) this.brokeOff = true;
		this.ended.abort();
	}

	private refuseAfterFailure(): void {
		if (this.failure) throw this.failure;
		if (this.state !== 'open' || this.ended.signal.aborted)
			throw new Error(`${this.path} takes nothing any more.`);
	}
}

function tooLarge(label: string, path: string, maxBytes: number): BackupError {
	return new BackupError(
		'destination_full',
		`${label}: ${path} is larger than the ${maxBytes} bytes that fit into the 10,000 parts of an upload.`,
		'Set the field "partSizeMiB" of the destination, e.g. to 512, or divide the source.',
	);
}
