import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

import type { S3, ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3';

import { BackupError } from '../../errors';
import { codeOf, explainS3, isMissing, isNotImplemented, statusOf } from './failures';
import type { S3Settings } from './settings';

/** What a service tells of an object without its content. */
export interface ObjectInfo {
	sizeBytes: number;
	etag: string;
	/** Changes with every write, also where the time is told in whole seconds: together with the ETag. */
	modified: string;
	token: string | undefined;
	encryption: ServerSideEncryption | string | undefined;
}

export interface PutOptions {
	/** Only where there is no such object. */
	ifNew?: boolean;
	/** Proves later on that it was this request that has made the object. */
	token?: string;
	storageClass?: string | undefined;
	sha256?: string;
	signal?: AbortSignal | undefined;
}

const tokenName = 'opsdesk-token';

/** Options of a request that ends with a signal. */
export function endingWith(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
	return signal ? { abortSignal: signal } : {};
}

/**
 * The requests to one bucket, by paths relative to the prefix of the destination. Every fault becomes a BackupError;
 * faults that pass are tried again by the SDK. Only what is given a signal ends with it: small steps are also those by
 * which a run that was cancelled cleans up behind itself.
 */
export class Bucket {
	/** False once the service has refused the header. */
	private knowsConditions = true;

	constructor(
		readonly client: S3,
		readonly settings: S3Settings,
	) {}

	/** @returns false when `ifNew` and there is one that another request has made */
	async put(path: string, content: Buffer, options: PutOptions = {}): Promise<boolean> {
		const { ifNew = false, token, storageClass, sha256, signal } = options;
		const conditional = ifNew && this.knowsConditions;
		try {
			await this.client.putObject(
				{
					...this.at(path),
					Body: content,
					ContentLength: content.length,
					ContentMD5: createHash('md5').update(content).digest('base64'),
					ContentType: 'application/octet-stream',
					Metadata: { ...(token && { [tokenName]: token }), ...(sha256 && { sha256 }) },
					...(conditional && { IfNoneMatch: '*' }),
					...(storageClass && { StorageClass: storageClass as StorageClass }),
				},
				endingWith(signal),
			);
			return true;
		} catch (thrown) {
			if (conditional && (isNotImplemented(thrown) || codeOf(thrown) === 'InvalidArgument')) {
				this.knowsConditions = false;
				return await this.put(path, content, options);
			}
			if (!conditional || ![409, 412].includes(statusOf(thrown) ?? 0)) {
				throw this.explain(thrown, `writing ${path}`, signal);
			}
			// The answer to an earlier try of this request may have been lost; then the object is ours.
			return token !== undefined && (await this.head(path))?.token === token;
		}
	}

	async head(path: string): Promise<ObjectInfo | undefined> {
		try {
			const found = await this.client.headObject(this.at(path));
			return {
				sizeBytes: found.ContentLength ?? 0,
				etag: found.ETag ?? '',
				modified: found.LastModified?.toISOString() ?? '',
				token: found.Metadata?.[tokenName],
				encryption: found.SSECustomerAlgorithm ?? found.ServerSideEncryption,
			};
		} catch (thrown) {
			if (isMissing(thrown)) return undefined;
			throw this.explain(thrown, `looking at ${path}`);
		}
	}

	/**
	 * The content from a byte on, of the version with this ETag. Nothing is explained: the reader tells a broken
	 * connection from an answer.
	 */
	async get(
		path: string,
		{ from, etag, signal }: { from: number; etag?: string | undefined; signal?: AbortSignal | undefined },
	): Promise<{ body: Readable; etag: string | undefined; sizeBytes: number | undefined; from: number }> {
		const found = await this.client.getObject(
			{ ...this.at(path), ...(from > 0 && { Range: `bytes=${from}-` }), ...(etag && { IfMatch: etag }) },
			endingWith(signal),
		);
		const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(found.ContentRange ?? '');
		return {
			body: found.Body as Readable,
			etag: found.ETag,
			sizeBytes: range ? Number(range[2]) : found.ContentLength,
			from: range ? Number(range[1]) : 0,
		};
	}

	/**
	 * @param etag only the version with this ETag, where the service knows that condition
	 * @returns false when it is another by now
	 */
	async delete(path: string, etag?: string): Promise<boolean> {
		const conditional = etag !== undefined && this.knowsConditions;
		try {
			await this.client.deleteObject({ ...this.at(path), ...(conditional && { IfMatch: etag }) });
			return true;
		} catch (thrown) {
			if (isMissing(thrown)) return true;
			if (conditional && [409, 412].includes(statusOf(thrown) ?? 0)) return false;
			if (conditional && isNotImplemented(thrown)) return await this.delete(path);
			throw this.explain(thrown, `removing ${path}`);
		}
	}

	/** What stands directly in a folder, page by page. */
	async *list(folder: string): AsyncGenerator<{ name: string; isFolder: boolean }, void, undefined> {
		const prefix = `${this.key(folder)}/`;
		let token: string | undefined;
		do {
			const page = await this.client
				.listObjectsV2({
					Bucket: this.settings.bucket,
					Prefix: prefix,
					Delimiter: '/',
					...(token !== undefined && { ContinuationToken: token }),
				})
				.catch((thrown: unknown) => {
					throw this.explain(thrown, `listing ${folder}`);
				});
			for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
				yield { name: Prefix.slice(prefix.length, -1), isFolder: true };
			}
			for (const { Key = '' } of page.Contents ?? []) {
				// Consoles make an empty object under the name of the folder itself.
				if (Key.length > prefix.length) yield { name: Key.slice(prefix.length), isFolder: false };
			}
			token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
		} while (token !== undefined);
	}

	/** A fault as an error for people; `cancelled` when it came because of the signal. */
	explain(thrown: unknown, doing: string, signal?: AbortSignal): Error {
		if (!signal?.aborted) return explainS3(thrown, this.settings, doing);
		return new BackupError('cancelled', `It was cancelled while ${doing}.`, 'Run it again when you want to.');
	}

	close(): void {
		this.client.destroy();
	}

	/** An object as requests name it. */
	at(path: string): { Bucket: string; Key: string } {
		return { Bucket: this.settings.bucket, Key: this.key(path) };
	}

	key(path: string): string {
		const names = path.split('/').filter((name) => name !== '');
		if (names.includes('..')) throw new Error(`A path of a destination must not climb: ${path}`);
		return [...(this.settings.prefix === '' ? [] : [this.settings.prefix]), ...names].join('/');
	}
}
