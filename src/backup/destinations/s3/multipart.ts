import type { StorageClass } from '@aws-sdk/client-s3';

import { endingWith, type Bucket } from './bucket';
import { codeOf, isMissing, isNotImplemented, statusOf } from './failures';

/** One upload that was begun and neither completed nor ended. */
export interface OpenUpload {
	/** Relative to the prefix of the destination. */
	path: string;
	uploadId: string;
}

/** The requests of uploads in several parts: the object appears only when the upload is completed. */
export class Multipart {
	constructor(private readonly bucket: Bucket) {}

	/** Never ends with a signal: nobody would know of an upload that has begun and whose answer is not waited for. */
	async begin(path: string, storageClass: string | undefined): Promise<string> {
		const begun = await this.bucket.client
			.createMultipartUpload({
				...this.bucket.at(path),
				ContentType: 'application/octet-stream',
				...(storageClass && { StorageClass: storageClass as StorageClass }),
			})
			.catch((thrown: unknown) => {
				throw this.bucket.explain(thrown, `beginning the upload of ${path}`);
			});
		if (begun.UploadId) return begun.UploadId;
		throw this.bucket.explain(new Error('it gave no id for the upload'), `beginning the upload of ${path}`);
	}

	/** @returns its ETag and how it was encrypted there */
	async putPart(
		path: string,
		{ uploadId, number, content, md5 }: { uploadId: string; number: number; content: Buffer; md5: Buffer },
		signal: AbortSignal | undefined,
	): Promise<{ etag: string; encryption: string | undefined }> {
		const stored = await this.bucket.client.uploadPart(
			{
				...this.bucket.at(path),
				UploadId: uploadId,
				PartNumber: number,
				Body: content,
				ContentLength: content.length,
				ContentMD5: md5.toString('base64'),
			},
			endingWith(signal),
		);
		return {
			etag: stored.ETag ?? '',
			encryption: stored.SSECustomerAlgorithm ?? stored.ServerSideEncryption,
		};
	}

	async complete(path: string, uploadId: string, etags: readonly string[]): Promise<void> {
		await this.bucket.client.completeMultipartUpload({
			...this.bucket.at(path),
			UploadId: uploadId,
			MultipartUpload: { Parts: etags.map((etag, index) => ({ ETag: etag, PartNumber: index + 1 })) },
		});
	}

	/** Ends an upload and frees what its parts take; one that is no more counts as ended. */
	async abort(path: string, uploadId: string): Promise<void> {
		await this.bucket.client
			.abortMultipartUpload({ ...this.bucket.at(path), UploadId: uploadId })
			.catch((thrown: unknown) => {
				if (codeOf(thrown) === 'NoSuchUpload' || isMissing(thrown)) return;
				throw this.bucket.explain(thrown, `ending the upload of ${path}`);
			});
	}

	/** Uploads that were begun in a folder and not completed; undefined where the service cannot tell. */
	async listOpen(folder: string): Promise<OpenUpload[] | undefined> {
		const { bucket, prefix } = this.bucket.settings;
		const found: OpenUpload[] = [];
		let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
		try {
			for (;;) {
				const page = await this.bucket.client.listMultipartUploads({
					Bucket: bucket,
					Prefix: `${this.bucket.key(folder)}/`,
					...marker,
				});
				for (const { Key, UploadId } of page.Uploads ?? []) {
					if (!Key || !UploadId) continue;
					found.push({ path: prefix === '' ? Key : Key.slice(prefix.length + 1), uploadId: UploadId });
				}
				const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
				if (IsTruncated !== true || NextKeyMarker === undefined || NextKeyMarker === marker.KeyMarker)
					return found;
				marker = {
					KeyMarker: NextKeyMarker,
					...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }),
				};
			}
		} catch (thrown) {
			// Not every service knows this, and not every key may do it; our own record of uploads serves as well.
			if (isNotImplemented(thrown) || statusOf(thrown) === 403) return undefined;
			throw this.bucket.explain(thrown, `listing the open uploads of ${folder}`);
		}
	}
}
