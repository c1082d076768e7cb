import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ArtefactWriter, Destination } from '../../../../src/backup/destinations/destination';
import { openS3Destination } from '../../../../src/backup/destinations/s3/open';
import type { S3Fault } from '../../../support/s3-proxy';
import { errorOf } from '../stand';
import { noise, useBucket } from './s3-stand';

// Uploads through a proxy that does to them what networks and services do.

const stand = useBucket('s3-upload');
const path = 'shop/20261120T020000Z-1a2b3c/files-www.tar.zst';
const MiB = 1024 * 1024;
/** Four parts of 5 MiB and a rest. */
const content = noise(22 * MiB);
const small = content.subarray(0, 100_000);

/** A fault for the first so many requests whose names begin so. */
function faults(prefix: string, fault: S3Fault, times = Infinity): void {
	let left = times;
	stand.proxy.fault = ({ name }) => {
		if (!name.startsWith(prefix) || left === 0) return undefined;
		left -= 1;
		return fault;
	};
}

async function write(writer: ArtefactWriter, bytes: Buffer): Promise<void> {
	for (let at = 0; at < bytes.length; at += MiB) await writer.write(bytes.subarray(at, at + MiB));
}

/** Uploads as a run does: what fails is given up. */
async function upload(destination: Destination, bytes: Buffer): Promise<void> {
	const writer = await destination.create(path);
	try {
		await write(writer, bytes);
		await writer.commit();
	} catch (thrown) {
		await writer.abort();
		throw thrown;
	}
}

const open = (fields: object = {}) =>
	stand.open({ partSizeMiB: 5, ...fields }, { idleMs: 1000, attempts: 3 });

function expectNothing(): void {
	expect(stand.objects()).toEqual([]);
	expect(stand.openUploads()).toEqual([]);
}

function expectWhole(bytes = content): void {
	expect(stand.objects()).toEqual([`web-1/${path}`]);
	expect(readFileSync(stand.fileOf(`web-1/${path}`)).equals(bytes)).toBe(true);
	expect(stand.openUploads()).toEqual([]);
}

test.each<[string, string, S3Fault, number]>([
	['503 SlowDown to two requests', 'PUT-PART', { answer: { status: 503, code: 'SlowDown' } }, 2],
	[
		'an internal error while the upload begins',
		'BEGIN',
		{ answer: { status: 500, code: 'InternalError' } },
		1,
	],
	['a connection that is cut in the middle of a part', 'PUT-PART 3', { cutRequestAfter: 2 * MiB }, 1],
	['a connection that takes nothing any more', 'PUT-PART 2', { stall: true }, 1],
	['an answer to a part that is lost', 'PUT-PART 4', { loseAnswer: true }, 1],
	['an answer to the completion that is lost', 'COMPLETE', { loseAnswer: true }, 1],
])('BK-19: %s is got over', async (_, prefix, fault, times) => {
	faults(prefix, fault, times);
	await upload(await open(), content);
	expectWhole();
});

test('BK-19: temporary keys that expire at part 4 end the upload, say so, and leave no parts', async () => {
	faults('PUT-PART 4', { answer: { status: 403, code: 'ExpiredToken' } });
	expect(await errorOf(upload(await open(), content))).toMatchObject({
		code: 'destination_refused',
		message: expect.stringContaining('the temporary keys have expired'),
		remedy: expect.stringContaining('Renew the temporary keys'),
	});
	expectNothing();
});

test('BK-19: a network that stays cut at half of the upload ends it without parts left', async () => {
	faults('PUT-PART 3', { cutRequestAfter: MiB });
	expect(await errorOf(upload(await open(), content))).toMatchObject({
		code: 'destination_unreachable',
		message: expect.stringContaining('cannot be reached'),
	});
	expectNothing();
});

test.each([
	[503, 'SlowDown', 'destination_unreachable', 'slow down'],
	// The server of the tests does not check signatures.
	[403, 'SignatureDoesNotMatch', 'destination_refused', 'secret key'],
	[403, 'AccessDenied', 'destination_refused', 's3:PutObject'],
	[403, 'RequestTimeTooSkewed', 'destination_refused', 'NTP'],
	[403, 'QuotaExceeded', 'destination_full', 'quota'],
	[507, 'XMinioStorageFull', 'destination_full', 'no space left'],
	[400, 'AuthorizationHeaderMalformed', 'destination_refused', '"region"'],
	[400, 'InvalidStorageClass', 'destination_refused', 'storageClass'],
	[418, 'SomethingNew', 'destination_refused', 'SomethingNew, HTTP 418, request REQUEST1'],
])('BK-19: an answer %i %s is told as what it is', async (status, code, expected, text) => {
	faults('PUT ', { answer: { status, code } });
	const error = (await errorOf(upload(await open(), small))) as Error & { code: string; remedy: string };
	expect(error.code).toBe(expected);
	expect(`${error.message} ${error.remedy}`).toContain(text);
	expect(error.cause).toBeUndefined();
	expectNothing();
});

test('BK-19: what is wrong with bucket, keys and address is told, and never a key', async () => {
	const access = { accessKeyId: 'unknown', secretAccessKey: 'a-wrong-secret' };
	const definition = { name: 'far', type: 's3', prefix: '', readBack: 'auto', credential: 's3' } as const;
	const attempt = async (fields: object, keys: object = {}) => {
		const destination = await openS3Destination(
			{ ...definition, bucket: 'example-backups', endpoint: stand.url, ...fields },
			{ secrets: { s3: { '*': { ...access, ...keys } } } },
			{ connectMs: 500, idleMs: 500, attempts: 1, resumes: 0, claimStaleMs: 1000 },
		);
		const error = await errorOf(destination.list('shop').finally(() => destination.close()));
		expect(JSON.stringify(error) + String(error)).not.toContain('wrong-secret');
		return error;
	};
	const right = { accessKeyId: 'S3RVER' };
	expect(await attempt({})).toMatchObject({
		message: expect.stringContaining('the access key is not known'),
	});
	expect(await attempt({ bucket: 'another' }, right)).toMatchObject({ code: 'destination_missing' });
	expect(await attempt({ endpoint: 'http://127.0.0.1:1' }, right)).toMatchObject({
		code: 'destination_unreachable',
		message: expect.stringContaining('ECONNREFUSED'),
	});
	await expect(
		openS3Destination({ ...definition, bucket: 'example-backups' }, { secrets: {} }),
	).rejects.toMatchObject({ message: 'There are no keys for the S3 destination "far".' });
});

test('BK-20: a byte that is changed on the way once is sent again', async () => {
	faults('PUT-PART 2', { flipByte: 1234 }, 1);
	await upload(await open(), content);
	expectWhole();
	expect(stand.proxy.seen('PUT-PART 2').length).toBeGreaterThan(1);
});

test.each([
	['a part', 'PUT-PART 2', content],
	['a small file', 'PUT web-1/shop/2', small],
])(
	'BK-20: bytes of %s that are changed on the way each time are found, and nothing stays',
	async (_, name, bytes) => {
		faults(name, { flipByte: 1234 });
		expect(await errorOf(upload(await open(), bytes))).toMatchObject({ code: 'upload_damaged' });
		expectNothing();
	},
);

test.each<[string, string, Buffer, (file: string) => void]>([
	['short', 'COMPLETE', content, (file) => truncateSync(file, content.length - 1)],
	['different', 'COMPLETE', content, (file) => writeFileSync(file, noise(content.length).reverse())],
	['short, though small', 'PUT web-1/shop/2', small, (file) => truncateSync(file, small.length - 1)],
])(
	'BK-20: an object that is %s after the service has called it stored is found',
	async (_, name, bytes, harm) => {
		faults(name, { afterwards: () => harm(stand.fileOf(`web-1/${path}`)) });
		expect(await errorOf(upload(await open(), bytes))).toMatchObject({
			code: 'upload_damaged',
			message: expect.stringContaining('is not what was sent there'),
		});
		expectNothing();
	},
);

test('BK-20: what the checksum of the service proves is read back only on demand; else it is read', async () => {
	const reads = async (fields: object, fault?: S3Fault) => {
		stand.proxy.reset();
		if (fault) faults('HEAD', fault);
		await upload(await open(fields), small);
		return stand.proxy.seen('GET').length;
	};
	expect(await reads({})).toBe(0);
	expect(await reads({ readBack: 'always' })).toBe(1);
	// A service that encrypts with keys of its customer tells an ETag that looks like a checksum and is none.
	expect(await reads({}, { answerHeaders: { 'x-amz-server-side-encryption': 'aws:kms' } })).toBe(1);
	expect(await reads({}, { answerHeaders: { etag: '"0123456789abcdef0123456789abcdef"' } })).toBe(1);
});

test('BK-18: a sink that takes nothing holds up the source with bounded memory, and ends the upload after its time', async () => {
	faults('PUT-PART', { stall: true });
	const destination = await stand.open({}, { idleMs: 4000, attempts: 1 });
	const writer = await destination.create(path);
	const block = Buffer.alloc(MiB);
	let taken = 0;
	const source = (async () => {
		for (;;) {
			await writer.write(block);
			taken += 1;
		}
	})();
	let isOver = false;
	source.catch(() => (isOver = true));
	while (taken < 32 && !isOver) await sleep(20);
	await sleep(500);
	// Four parts of 8 MiB are under way, a fifth is filled, and one block waits.
	expect(taken).toBeLessThanOrEqual(41);
	expect(taken).toBeGreaterThanOrEqual(32);
	expect(await errorOf(source)).toMatchObject({ code: 'destination_unreachable' });
	await writer.abort();
	expectNothing();
});

test('BK-18: the memory that a slow sink takes does not grow with what is written', async () => {
	faults('PUT-PART', { bytesPerSecond: 12 * MiB });
	const destination = await stand.open({});
	const writer = await destination.create(path);
	const block = noise(MiB);
	for (let count = 0; count < 45; count += 1) await writer.write(block);
	const before = process.memoryUsage().rss;
	for (let count = 0; count < 80; count += 1) await writer.write(block);
	expect(process.memoryUsage().rss - before).toBeLessThan(96 * MiB);
	await writer.abort();
	expectNothing();
});

test('BK-41: a run that is cancelled ends its upload at once, and leaves no parts', async () => {
	const controller = new AbortController();
	faults('PUT-PART', { stall: true });
	const destination = await stand.open({ partSizeMiB: 5 }, {}, controller.signal);
	const writer = await destination.create(path);
	const writing = errorOf(write(writer, noise(60 * MiB)));
	while (stand.proxy.seen('PUT-PART').length === 0) await sleep(10);
	const started = performance.now();
	controller.abort();
	expect(await writing).toMatchObject({ code: 'cancelled' });
	await writer.abort();
	expect(performance.now() - started).toBeLessThan(5000);
	expectNothing();
});
