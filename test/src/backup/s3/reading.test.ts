import { writeFileSync } from 'node:fs';

import type { Destination } from '../../../../src/backup/destinations/destination';
import type { S3Fault } from '../../../support/s3-proxy';
import { errorOf } from '../stand';
import { noise, useBucket } from './s3-stand';

const stand = useBucket('s3-reading');
const path = 'shop/20261120T020000Z-1a2b3c/files-www.tar.zst';
const content = noise(6_000_000);

let destination: Destination;
beforeEach(async () => {
	destination = await stand.open({}, { resumes: 2, idleMs: 1000, attempts: 2 });
	const writer = await destination.create(path);
	await writer.write(content);
	await writer.commit();
	stand.proxy.reset();
});

async function read(signal?: AbortSignal): Promise<Buffer> {
	const from = signal ? await stand.open({}, {}, signal) : destination;
	const parts: Buffer[] = [];
	for await (const part of from.read(path)) parts.push(part);
	return Buffer.concat(parts);
}

/** Done to every download. */
function everyGet(fault: (count: number) => S3Fault | undefined): void {
	let count = 0;
	stand.proxy.fault = ({ name }) => (name.startsWith('GET ') ? fault((count += 1)) : undefined);
}

test('BK-19: a long download that breaks again and again is taken up where it broke', async () => {
	everyGet(() => ({ cutAnswerAfter: 1_500_000 }));
	expect((await read()).equals(content)).toBe(true);
	expect(stand.proxy.seen('GET ')).toHaveLength(4);
});

test('BK-19: a download that gets no further is given up as one that cannot be reached', async () => {
	everyGet((count) => (count === 1 ? { cutAnswerAfter: 1_000_000 } : { cutAnswerAfter: 0 }));
	expect(await errorOf(read())).toMatchObject({ code: 'destination_unreachable' });
});

test('an object that is another when a download is taken up is no part of the first', async () => {
	everyGet((count) => {
		if (count === 2) return { answer: { status: 412, code: 'PreconditionFailed' } };
		return { cutAnswerAfter: 1_000_000 };
	});
	let ifMatch: unknown;
	const fault = stand.proxy.fault;
	stand.proxy.fault = (request) => {
		ifMatch = request.headers['if-match'];
		return fault(request);
	};
	await expect(read()).rejects.toThrow('it was replaced while it was read');
	expect(ifMatch).toMatch(/^"[0-9a-f]{32}"$/);
});

test('an object that is gone or short is a fault of what is stored, not of the way to it', async () => {
	everyGet(() => ({ answerHeaders: { 'content-length': '5000000' }, cutAnswerAfter: 5_000_000 }));
	expect((await read()).equals(content)).toBe(false);
	stand.proxy.reset();
	await destination.remove(path);
	await expect(read()).rejects.toThrow(`there is no object ${path}`);
});

test('BK-41: a download that is cancelled ends at once', async () => {
	const controller = new AbortController();
	let cancelledAt = 0;
	everyGet(() => {
		setTimeout(() => {
			cancelledAt = performance.now();
			controller.abort();
		}, 100);
		return { stall: true };
	});
	expect(await errorOf(read(controller.signal))).toMatchObject({ code: 'cancelled' });
	expect(performance.now() - cancelledAt).toBeLessThan(10_000);
});

test('what a console makes for a folder is no file of it', async () => {
	await destination.createNew('shop/a', Buffer.from('x'));
	writeFileSync(stand.fileOf('web-1/shop/'), '');
	expect((await destination.list('shop')).map(({ name }) => name)).toEqual(['20261120T020000Z-1a2b3c', 'a']);
});
