/** Bytes as they come from a disk or a network, in pieces of one size, each with a memory that is used again. */
export async function* pieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer, void, undefined> {
	const memory = Buffer.alloc(pieceBytes);
	for (let at = 0; at < bytes.length; at += pieceBytes) {
		const copied = bytes.copy(memory, 0, at, at + pieceBytes);
		yield await Promise.resolve(memory.subarray(0, copied));
		memory.fill(0xff);
	}
}

/** Everything a stream yields; copies, because its pieces may share their memory. */
export async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of stream) parts.push(Buffer.from(part));
	return Buffer.concat(parts);
}
