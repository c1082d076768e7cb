import { LineCutter, maxLineBytes, type TooLong } from '../../../../src/docker/events/lines';

function cut(bytes: Buffer, chunkBytes: number): { lines: (string | TooLong)[]; midway: boolean } {
	const lines: (string | TooLong)[] = [];
	const cutter = new LineCutter((line) => lines.push(line));
	for (let at = 0; at < bytes.length; at += chunkBytes) cutter.push(bytes.subarray(at, at + chunkBytes));
	return { lines, midway: cutter.midway };
}

test.each([1, 2, 3, 7, 64, 100_000])('lines come out whole from chunks of %s bytes', (chunkBytes) => {
	const bytes = Buffer.from('{"a":"é"}\n\n{"b":"漢字"}\r\n{"c":');
	expect(cut(bytes, chunkBytes)).toEqual({ lines: ['{"a":"é"}', '{"b":"漢字"}\r'], midway: true });
});

test('bytes that are no UTF-8 spoil only themselves', () => {
	const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xc3]), Buffer.from('"}\n{}\n')]);
	expect(cut(bytes, 4).lines).toEqual(['{"a":"\ufffd\ufffd"}', '{}']);
});

test('a line of a megabyte is kept, in whatever chunks it comes', () => {
	const line = `{"a":"${'x'.repeat(1024 * 1024)}"}`;
	for (const chunkBytes of [1, 1000, 65_536, 2_000_000]) {
		expect(cut(Buffer.from(`${line}\n`), chunkBytes).lines[0] === line).toBe(true);
	}
});

test('of an endless line the beginning is kept and no more, and the next line is whole', () => {
	const lines: (string | TooLong)[] = [];
	const cutter = new LineCutter((line) => lines.push(line));
	const piece = Buffer.alloc(1024 * 1024, 'x');
	const before = process.memoryUsage().arrayBuffers;
	for (let count = 0; count < 200; count += 1) cutter.push(piece);
	expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * maxLineBytes);
	cutter.push(Buffer.from('\n{"next":1}\n'));
	expect(lines).toEqual([{ sizeBytes: 200 * 1024 * 1024, start: 'x'.repeat(4096) }, '{"next":1}']);
});
