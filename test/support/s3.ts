import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { freePort } from './free-port';
import { openUploadsIn, S3Proxy } from './s3-proxy';
import type { Scope } from './scope';

export const s3Bucket = 'example-backups';
/** The only keys that the server knows. */
export const s3Keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/** A server of a third party with one bucket, and a proxy before it. */
export interface S3Stand {
	proxy: S3Proxy;
	/** Straight to the server, past the proxy. */
	url: string;
	/** Names of all objects. */
	objects(): string[];
	/** Uploads that were begun and neither completed nor ended. */
	openUploads(): string[];
	/** Path of the file in which the server keeps an object. */
	fileOf(key: string): string;
	/** Removes everything, for the next test. */
	empty(): void;
	close(): Promise<void>;
}

export async function startS3(scope: Scope): Promise<S3Stand> {
	const folder = scope.emptyFolder();
	const port = await freePort();
	const bucket = `${folder}/${s3Bucket}`;
	mkdirSync(bucket);
	const program = resolve(__dirname, '../../node_modules/s3rver/bin/s3rver.js');
	// Its tokens for further pages are encrypted by a cipher that OpenSSL has moved there.
	const args = [
		'--openssl-legacy-provider',
		program,
		'--directory',
		folder,
		'--address',
		'127.0.0.1',
		'--port',
		String(port),
	];
	const url = `http://127.0.0.1:${port}`;
	const server = scope.start('s3', process.execPath, { args: [...args, '--silent'] });
	await server.ready(
		() =>
			fetch(url).then(
				() => true,
				() => false,
			),
		120_000,
	);
	const proxy = await S3Proxy.start({ port, folder });
	return {
		proxy,
		url,
		objects: () =>
			execFileSync('find', ['.', '-name', '*._S3rver_object', '-printf', '%P\n'], {
				cwd: bucket,
				encoding: 'utf8',
			})
				.split('\n')
				.filter(Boolean)
				.map((name) => name.replace('._S3rver_object', ''))
				.sort(),
		openUploads: () => openUploadsIn(`${bucket}/._S3rver_uploads`),
		fileOf: (key) => `${bucket}/${key}._S3rver_object`,
		empty: () => {
			execFileSync('find', [bucket, '-mindepth', '1', '-delete']);
			proxy.reset();
		},
		close: () => proxy.close(),
	};
}
