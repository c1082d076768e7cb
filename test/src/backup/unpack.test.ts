import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';

import { releaseUnpacked, unpack, unpackInThread } from '../../../src/backup/unpack';
import { unpackHere } from '../../../src/backup/unpack-here';

const content = Buffer.concat([
	randomBytes(1_000_000),
	Buffer.alloc(3_000_000, 'text '),
	randomBytes(2_000_001),
]);
const params = { [constants.ZSTD_c_checksumFlag]: 1 };
const frames = Buffer.concat([
	zstdCompressSync(content.subarray(0, 2_500_000), { params }),
	zstdCompressSync(content.subarray(2_500_000), { params }),
]);
const zipped = gzipSync(content);

/** Pieces of one memory that is used again, as those of a reader are. */
async function* pieces(bytes: Buffer, pieceBytes = 100_003): AsyncGenerator<Buffer, void, undefined> {
	const memory = Buffer.alloc(pieceBytes);
	for (let at = 0; at < bytes.length; at += pieceBytes) {
		const copied = bytes.copy(memory, 0, at);
		yield memory.subarray(0, copied);
		await Promise.resolve();
		memory.fill(0xaa);
	}
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const piece of stream) parts.push(Buffer.from(piece));
	return Buffer.concat(parts);
}

describe.each([
	['here', unpackHere],
	['in a thread', unpackInThread],
])('%s', (_name, unpackWith) => {
	test('frames one after the other, and gzip, come out as what was packed', async () => {
		expect((await collect(unpackWith(pieces(frames), 'zstd'))).equals(content)).toBe(true);
		expect((await collect(unpackWith(pieces(zipped), 'gzip'))).equals(content)).toBe(true);
		expect(await collect(unpackWith(pieces(zstdCompressSync(Buffer.alloc(0))), 'zstd'))).toHaveLength(0);
	});

	test('pieces may be kept while others come', async () => {
		const kept: Buffer[] = [];
		for await (const piece of unpackWith(pieces(frames), 'zstd')) kept.push(piece);
		expect(Buffer.concat(kept).equals(content)).toBe(true);
	});

	test('many frames without content are refused', async () => {
		const empty = zstdCompressSync(Buffer.alloc(0));
		const many = Buffer.concat(Array.from({ length: 1002 }, () => empty));
		await expect(collect(unpackWith(pieces(many), 'zstd'))).rejects.toThrow('1000 frames without content');
	});

	test.each([
		['cut', frames.subarray(0, -5), 'zstd'],
		['cut between the header and the content', zipped.subarray(0, 10), 'gzip'],
		['followed by junk', Buffer.concat([frames, Buffer.from('junk')]), 'zstd'],
		['no such format', content, 'zstd'],
		[
			'changed',
			Buffer.concat([frames.subarray(0, 700_000), Buffer.from('x'), frames.subarray(700_001)]),
			'zstd',
		],
	] as const)('BK-21: what is %s fails', async (_fault, packed, compression) => {
		await expect(collect(unpackWith(pieces(packed), compression))).rejects.toThrow();
	});

	test('what stands behind the end of a gzip file is read to its end', async () => {
		let readBytes = 0;
		async function* counted(): AsyncGenerator<Buffer, void, undefined> {
			for await (const piece of pieces(Buffer.concat([zipped, Buffer.alloc(3_000_000)]))) {
				readBytes += piece.length;
				yield piece;
			}
		}
		expect((await collect(unpackWith(counted(), 'gzip'))).equals(content)).toBe(true);
		expect(readBytes).toBe(zipped.length + 3_000_000);
	});

	test('an error of what is read is that of the content', async () => {
		async function* failing(): AsyncGenerator<Buffer, void, undefined> {
			yield* pieces(frames.subarray(0, 1_000_000));
			throw new Error('the disk is gone');
		}
		await expect(collect(unpackWith(failing(), 'zstd'))).rejects.toThrow('the disk is gone');
	});

	test('a reader that stops lets go of the file', async () => {
		let closed = false;
		async function* endless(): AsyncGenerator<Buffer, void, undefined> {
			try {
				for (;;) yield* pieces(frames);
			} finally {
				closed = true;
			}
		}
		for await (const piece of unpackWith(endless(), 'zstd')) {
			expect(piece.equals(content.subarray(0, piece.length))).toBe(true);
			break;
		}
		while (!closed) await sleep(10);
	});

	test('BK-18: a reader that does not come for more stops the reading', async () => {
		let given = 0;
		async function* counted(): AsyncGenerator<Buffer, void, undefined> {
			for (;;) {
				for await (const piece of pieces(frames)) {
					given += piece.length;
					yield piece;
				}
			}
		}
		const reading = unpackWith(counted(), 'zstd');
		await reading.next();
		let before = -1;
		while (before !== given) {
			before = given;
			await sleep(500);
		}
		expect(given).toBeLessThan(20 * frames.length);
		await reading.return(undefined);
	});
});

test('a piece that is released is freed, where nothing else is in its memory', async () => {
	const memories: ArrayBufferLike[] = [];
	for await (const piece of unpackInThread(pieces(frames), 'zstd')) {
		memories.push(piece.buffer);
		releaseUnpacked(piece);
	}
	expect(memories.map(({ byteLength }) => byteLength)).toEqual(memories.map(() => 0));
	const shared: ArrayBufferLike[] = [];
	for await (const piece of unpackHere(pieces(frames), 'zstd')) {
		shared.push(piece.buffer);
		releaseUnpacked(piece);
	}
	expect(shared.every(({ byteLength }) => byteLength > 0)).toBe(true);
});

test('what is large enough goes to a thread, and comes out the same', async () => {
	const whole = await collect(unpack(pieces(frames), { compression: 'zstd', storedBytes: 100_000_000 }));
	expect(whole.equals(content)).toBe(true);
	expect(
		(await collect(unpack(pieces(frames), { compression: 'zstd', storedBytes: 10 }))).equals(content),
	).toBe(true);
});

test('frames larger than a backup makes them come out whole in a thread', async () => {
	const large = Buffer.concat([randomBytes(9_000_000), Buffer.alloc(20_000_000)]);
	const params = { [constants.ZSTD_c_checksumFlag]: 1 };
	// One whose packed form is large, one whose content is, and one of usual size behind them.
	const packed = [large, Buffer.alloc(20_000_000), content].map((part) => zstdCompressSync(part, { params }));
	const whole = await collect(unpackInThread(pieces(Buffer.concat(packed)), 'zstd'));
	expect(whole.equals(Buffer.concat([large, Buffer.alloc(20_000_000), content]))).toBe(true);
});
