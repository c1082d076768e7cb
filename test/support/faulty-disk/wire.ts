// The messages of FUSE (Linux, include/uapi/linux/fuse.h, version 7.31), as far as this disk speaks it.

export const operations = {
	LOOKUP: 1,
	FORGET: 2,
	GETATTR: 3,
	SETATTR: 4,
	MKDIR: 9,
	UNLINK: 10,
	RMDIR: 11,
	RENAME: 12,
	OPEN: 14,
	READ: 15,
	WRITE: 16,
	STATFS: 17,
	RELEASE: 18,
	FSYNC: 20,
	FLUSH: 25,
	INIT: 26,
	OPENDIR: 27,
	READDIR: 28,
	RELEASEDIR: 29,
	FSYNCDIR: 30,
	CREATE: 35,
	INTERRUPT: 36,
	DESTROY: 38,
	BATCH_FORGET: 42,
	RENAME2: 45,
} as const;

/** Requests that nobody waits for. */
export const unanswered: readonly number[] = [
	operations.FORGET,
	operations.BATCH_FORGET,
	operations.INTERRUPT,
	operations.DESTROY,
];

/** Bits of SETATTR that say which fields are set. */
export const setBits = { mode: 1, uid: 2, gid: 4, size: 8 } as const;

const inHeaderBytes = 40;
const outHeaderBytes = 16;

export interface Request {
	opcode: number;
	unique: bigint;
	node: number;
	body: Buffer;
}

/** @param message is used again for the next request, so what is kept of it is copied */
export function parseRequest(message: Buffer): Request {
	return {
		opcode: message.readUInt32LE(4),
		unique: message.readBigUInt64LE(8),
		node: Number(message.readBigUInt64LE(16)),
		body: Buffer.from(message.subarray(inHeaderBytes)),
	};
}

/** @param errno 0, or the number of an error */
export function answer(unique: bigint, errno: number, body: Buffer = Buffer.alloc(0)): Buffer {
	const header = Buffer.alloc(outHeaderBytes);
	header.writeUInt32LE(outHeaderBytes + body.length, 0);
	header.writeInt32LE(-errno, 4);
	header.writeBigUInt64LE(unique, 8);
	return Buffer.concat([header, body]);
}

export interface Attributes {
	node: number;
	sizeBytes: number;
	mode: number;
	links: number;
	changedMs: number;
	uid: number;
	gid: number;
}

function attributes({ node, sizeBytes, mode, links, changedMs, uid, gid }: Attributes): Buffer {
	const body = Buffer.alloc(88);
	body.writeBigUInt64LE(BigInt(node), 0);
	body.writeBigUInt64LE(BigInt(sizeBytes), 8);
	body.writeBigUInt64LE(BigInt(Math.ceil(sizeBytes / 512)), 16);
	for (const at of [24, 32, 40]) body.writeBigUInt64LE(BigInt(Math.floor(changedMs / 1000)), at);
	for (const at of [48, 52, 56]) body.writeUInt32LE((changedMs % 1000) * 1_000_000, at);
	[mode, links, uid, gid, 0, 4096].forEach((value, index) => body.writeUInt32LE(value, 60 + 4 * index));
	return body;
}

/** Nothing may be remembered by the kernel: every look comes here. */
export const attributesOut = (of: Attributes): Buffer => Buffer.concat([Buffer.alloc(16), attributes(of)]);

export function entryOut(of: Attributes): Buffer {
	const body = Buffer.alloc(40);
	body.writeBigUInt64LE(BigInt(of.node), 0);
	return Buffer.concat([body, attributes(of)]);
}

/** Read and written without the page cache. */
export function openOut(): Buffer {
	const body = Buffer.alloc(16);
	body.writeUInt32LE(1, 8);
	return body;
}

export function initOut(maxWriteBytes: number): Buffer {
	const body = Buffer.alloc(64);
	const bigWrites = 1 << 5;
	[7, 31, 0, bigWrites].forEach((value, index) => body.writeUInt32LE(value, 4 * index));
	body.writeUInt32LE(maxWriteBytes, 20);
	body.writeUInt32LE(1_000_000, 24);
	return body;
}

export function statfsOut(blocks: number, freeBlocks: number, freeNodes: number): Buffer {
	const body = Buffer.alloc(80);
	[blocks, freeBlocks, freeBlocks, 1_000_000, freeNodes].forEach((value, index) =>
		body.writeBigUInt64LE(BigInt(value), 8 * index),
	);
	[4096, 255, 4096].forEach((value, index) => body.writeUInt32LE(value, 40 + 4 * index));
	return body;
}

export function writeOut(sizeBytes: number): Buffer {
	const body = Buffer.alloc(8);
	body.writeUInt32LE(sizeBytes, 0);
	return body;
}

/** An entry of a folder; `index` is where reading goes on behind it. */
export function direntOut(node: number, index: number, name: string, isFolder: boolean): Buffer {
	const bytes = Buffer.from(name);
	const entry = Buffer.alloc(Math.ceil((24 + bytes.length) / 8) * 8);
	entry.writeBigUInt64LE(BigInt(node), 0);
	entry.writeBigUInt64LE(BigInt(index), 8);
	entry.writeUInt32LE(bytes.length, 16);
	entry.writeUInt32LE(isFolder ? 4 : 8, 20);
	bytes.copy(entry, 24);
	return entry;
}

/** Names in a body, each ended by NUL. */
export function namesIn(body: Buffer, offset: number): string[] {
	return body.subarray(offset).toString('utf8').split('\0').slice(0, -1);
}
