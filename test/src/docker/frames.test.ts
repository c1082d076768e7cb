import { Readable } from 'node:stream';

import { FrameDecoder, type Frame } from '../../../src/docker/frames';

const everyValue = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

function frame(type: number, payload: Buffer): Buffer {
	const header = Buffer.alloc(8);
	header.writeUInt8(type, 0);
	header.writeUInt32BE(payload.length, 4);
	return Buffer.concat([header, payload]);
}

const framed = (): Buffer =>
	Buffer.concat([
		frame(1, everyValue),
		frame(2, Buffer.from('a complaint')),
		frame(1, Buffer.alloc(0)),
		frame(1, Buffer.from('\n')),
	]);

async function decoded(chunks: Buffer[]): Promise<{ stdout: Buffer; stderr: Buffer }> {
	const frames: Frame[] = await Readable.from(chunks).compose(new FrameDecoder()).toArray();
	const of = (stream: Frame['stream']): Buffer =>
		Buffer.concat(frames.filter((found) => found.stream === stream).map(({ payload }) => payload));
	return { stdout: of('stdout'), stderr: of('stderr') };
}

test('BK-17: every value, a lone line break and an empty frame come through, wherever a header is cut', async () => {
	const bytes = framed();
	const stdout = Buffer.concat([everyValue, Buffer.from('\n')]);
	const secondHeader = 8 + everyValue.length;
	for (let offset = 0; offset <= 8; offset += 1) {
		const at = secondHeader + offset;
		const found = await decoded([bytes.subarray(0, at), bytes.subarray(at)]);
		expect(found).toEqual({ stdout, stderr: Buffer.from('a complaint') });
	}
	const single = [...bytes].map((value) => Buffer.from([value]));
	expect((await decoded(single)).stdout).toEqual(stdout);
});

test('BK-17: a last frame or header that is cut is an error', async () => {
	const bytes = framed();
	for (let lost = 1; lost <= 8; lost += 1) {
		await expect(decoded([bytes.subarray(0, bytes.length - lost)])).rejects.toMatchObject({
			code: 'answer_cut',
		});
	}
});
