import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';

import { ZstdFrames } from '../../../src/backup/zstd-frames';
import { inChunks } from '../../support/chunks';

const zstd = (content: Buffer, ...args: string[]): Buffer =>
	execFileSync('zstd', ['-c', '-q', ...args], { input: content, maxBuffer: 64 * 1024 * 1024 });

function skippable(content: Buffer): Buffer {
	const header = Buffer.alloc(8);
	header.writeUInt32LE(0x184d2a53);
	header.writeUInt32LE(content.length, 4);
	return Buffer.concat([header, content]);
}

const text = Buffer.from('a line of a log that comes again and again\n'.repeat(5_000));
const frames = [
	zstd(text),
	zstd(text, '--no-check'),
	zstd(text, '-19', '--long=27'),
	zstd(text, `--stream-size=${text.length}`),
	zstd(Buffer.alloc(0)),
	zstd(Buffer.alloc(1_000_000)),
	zstd(randomBytes(400_000)),
	zstd(randomBytes(70), '--stream-size=70'),
	zstd(randomBytes(300), '--stream-size=300'),
	skippable(randomBytes(1_000)),
	skippable(Buffer.alloc(0)),
	zstdCompressSync(text),
];
const file = Buffer.concat(frames);

async function endsOf(bytes: Buffer, pieceBytes: number): Promise<number[]> {
	const found: number[] = [];
	const splitter = new ZstdFrames();
	let at = 0;
	for await (const piece of inChunks(bytes, pieceBytes)) {
		for (const { bytes: part, isLast } of splitter.split(piece)) {
			expect(part.equals(bytes.subarray(at, at + part.length))).toBe(true);
			at += part.length;
			if (isLast) found.push(at);
		}
	}
	expect(at).toBe(bytes.length);
	expect(splitter.isBetween).toBe(true);
	return found;
}

test.each([1, 3, 1_000, 65_536, 10_000_000])(
	'the frames that zstd makes are found in pieces of %p bytes',
	async (pieceBytes) => {
		let end = 0;
		const ends = frames.map(({ length }) => (end += length));
		expect(await endsOf(file, pieceBytes)).toEqual(ends);
	},
);

test('BK-21: a file cut anywhere else than between two frames is told', () => {
	for (let length = 1; length < (frames[0]?.length ?? 0); length += 1) {
		const splitter = new ZstdFrames();
		const parts = [...splitter.split(file.subarray(0, length))];
		expect(parts.some(({ isLast }) => isLast)).toBe(false);
		expect(splitter.isBetween).toBe(false);
	}
});

test.each([
	['another magic number', Buffer.from('PGDMP and more'), 'not in the format of zstd'],
	[
		'a reserved bit',
		Buffer.concat([zstd(text).subarray(0, 4), Buffer.from([0x08])]),
		'feature that is not known',
	],
	[
		'a reserved type of block',
		Buffer.concat([zstd(text).subarray(0, 4), Buffer.from([0x00, 0x00, 0x06, 0, 0])]),
		'no known type',
	],
])('BK-21: %s is refused', (_name, bytes, message) => {
	expect(() => [...new ZstdFrames().split(bytes)]).toThrow(message);
});
