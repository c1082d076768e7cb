import { execFileSync } from 'node:child_process';
import { openSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';

import { controls, rootNode, type Fault, type Operation } from './faults';
import { DiskError, DiskTree } from './tree';
import {
	answer,
	attributesOut,
	direntOut,
	entryOut,
	initOut,
	namesIn,
	openOut,
	operations,
	parseRequest,
	setBits,
	statfsOut,
	unanswered,
	writeOut,
	type Request,
} from './wire';

// The program behind a faulty disk: `server.ts <mount point>`. A process of its own, because whoever uses the disk
// waits for it without doing anything else.

const maxWriteBytes = 128 * 1024;
const controlNodes = { [controls.faults]: 2 ** 40, [controls.changes]: 2 ** 40 + 1 };
const tree = new DiskTree();
let faults: (Fault & { seen: number })[] = [];
let waiting: Request[] = [];
/** What is being read of the changes. */
let told = Buffer.alloc(0);

const operationNames = new Map(
	Object.entries(operations).map(([name, opcode]) => [opcode as number, name.toLowerCase() as Operation]),
);
/** Where in a body the name begins. */
const nameOffsets = new Map<number, number>([
	[operations.LOOKUP, 0],
	[operations.UNLINK, 0],
	[operations.RMDIR, 0],
	[operations.MKDIR, 8],
	[operations.RENAME, 8],
	[operations.RENAME2, 16],
	[operations.CREATE, 16],
]);

const [, , mountPoint = ''] = process.argv;
const device = openSync('/dev/fuse', 'r+');
const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other';
execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'faulty-disk', mountPoint], {
	stdio: ['ignore', 'inherit', 'inherit', device],
});
serve();

function serve(): void {
	const message = Buffer.alloc(maxWriteBytes + 4096);
	for (;;) {
		try {
			const sizeBytes = readSync(device, message);
			take(parseRequest(message.subarray(0, sizeBytes)));
		} catch (thrown) {
			const code = (thrown as NodeJS.ErrnoException).code;
			// No longer mounted.
			if (code === 'ENODEV') return;
			// Whoever has asked does not wait any more.
			if (code !== 'ENOENT' && code !== 'EINTR') throw thrown;
		}
	}
}

function take(request: Request): void {
	if (unanswered.includes(request.opcode)) return;
	const fault = faultOf(request);
	if (fault && fault.error === undefined) {
		waiting.push(request);
		return;
	}
	writeSync(device, fault?.error === undefined ? carryOut(request) : failed(request, fault.error));
}

function failed({ unique }: Request, code: string): Buffer {
	return answer(unique, constants.errno[code as keyof typeof constants.errno] ?? constants.errno.EIO);
}

function faultOf(request: Request): Fault | undefined {
	if (Object.values(controlNodes).includes(request.node)) return undefined;
	const { opcode, body } = request;
	const name = operationNames.get(opcode);
	if (name === undefined || name === 'init') return undefined;
	if (name === 'lookup' && isControl(namesIn(body, 0)[0])) return undefined;
	return faults.find((fault) => {
		const { operation, path = '', after = 0, beyondBytes } = fault;
		if (operation !== undefined && ![operation].flat().includes(name)) return false;
		if (!pathOf(request).includes(path)) return false;
		if (beyondBytes !== undefined) {
			if (Number(body.readBigUInt64LE(8)) + body.readUInt32LE(16) <= beyondBytes) return false;
		}
		fault.seen += 1;
		return fault.seen > after;
	});
}

/** Of a request that names something in a folder, with that name. */
function pathOf({ opcode, node, body }: Request): string {
	const nameAt = nameOffsets.get(opcode);
	try {
		const path = tree.pathOf(node);
		return nameAt === undefined ? path : `${path}/${namesIn(body, nameAt)[0] ?? ''}`;
	} catch {
		return '';
	}
}

function carryOut(request: Request): Buffer {
	try {
		return answer(request.unique, 0, resultOf(request));
	} catch (thrown) {
		if (!(thrown instanceof DiskError)) throw thrown;
		return failed(request, thrown.message);
	}
}

function resultOf({ opcode, node, body }: Request): Buffer {
	const control = Object.entries(controlNodes).find(([, id]) => id === node)?.[0];
	if (control !== undefined) return controlled(control, opcode, body);
	switch (opcode) {
		case operations.INIT:
			return initOut(maxWriteBytes);
		case operations.LOOKUP: {
			const [name = ''] = namesIn(body, 0);
			if (node === rootNode && isControl(name)) return entryOut(attributesOf(controlNodes[name]));
			return entryOut(tree.child(node, name));
		}
		case operations.GETATTR:
			return attributesOut(tree.at(node));
		case operations.SETATTR:
			return setAttributes(node, body);
		case operations.MKDIR:
			return entryOut(tree.make('mkdir', node, namesIn(body, 8)[0] ?? '', body.readUInt32LE(0)));
		case operations.CREATE: {
			const made = tree.make('create', node, namesIn(body, 16)[0] ?? '', body.readUInt32LE(4));
			return Buffer.concat([entryOut(made), openOut()]);
		}
		case operations.UNLINK:
		case operations.RMDIR:
			tree.remove(node, namesIn(body, 0)[0] ?? '', opcode === operations.RMDIR);
			return Buffer.alloc(0);
		case operations.RENAME:
		case operations.RENAME2: {
			const [from = '', to = ''] = namesIn(body, opcode === operations.RENAME ? 8 : 16);
			tree.rename(node, from, Number(body.readBigUInt64LE(0)), to);
			return Buffer.alloc(0);
		}
		case operations.OPEN:
		case operations.OPENDIR:
			return openOut();
		case operations.READ:
			return partOf(tree.at(node).content, body);
		case operations.WRITE: {
			const data = body.subarray(40, 40 + body.readUInt32LE(16));
			tree.write(node, Number(body.readBigUInt64LE(8)), data);
			return writeOut(data.length);
		}
		case operations.READDIR:
			return entriesOf(node, body);
		case operations.FSYNC:
		case operations.FSYNCDIR:
			tree.sync(node);
			return Buffer.alloc(0);
		case operations.STATFS:
			return statfsOut(1_000_000, 900_000, 900_000);
		case operations.FLUSH:
		case operations.RELEASE:
		case operations.RELEASEDIR:
			return Buffer.alloc(0);
		default:
			throw new DiskError('ENOSYS');
	}
}

function setAttributes(node: number, body: Buffer): Buffer {
	const valid = body.readUInt32LE(0);
	const found = tree.at(node);
	if (valid & setBits.size) tree.truncate(node, Number(body.readBigUInt64LE(16)));
	if (valid & setBits.mode) found.mode = (found.mode & ~0o7777) | (body.readUInt32LE(68) & 0o7777);
	if (valid & setBits.uid) found.uid = body.readUInt32LE(76);
	if (valid & setBits.gid) found.gid = body.readUInt32LE(80);
	found.changedMs = Date.now();
	return attributesOut(found);
}

function entriesOf(node: number, body: Buffer): Buffer {
	const entries = [...(tree.at(node).entries ?? [])];
	const parts: Buffer[] = [];
	let left = body.readUInt32LE(16);
	for (let index = Number(body.readBigUInt64LE(8)); index < entries.length; index += 1) {
		const [name, child] = entries[index] ?? ['', 0];
		const part = direntOut(child, index + 1, name, tree.at(child).entries !== undefined);
		if (part.length > left) break;
		left -= part.length;
		parts.push(part);
	}
	return Buffer.concat(parts);
}

function partOf(content: Buffer, body: Buffer): Buffer {
	const offset = Number(body.readBigUInt64LE(8));
	return content.subarray(offset, offset + body.readUInt32LE(16));
}

function isControl(name: string | undefined): name is keyof typeof controlNodes {
	return name !== undefined && Object.hasOwn(controlNodes, name);
}

function attributesOf(node: number) {
	return { node, sizeBytes: 0, mode: 0o100600, links: 1, changedMs: 0, uid: 0, gid: 0 };
}

/** What is asked of the files by which the disk is told what to do. */
function controlled(name: string, opcode: number, body: Buffer): Buffer {
	switch (opcode) {
		case operations.READ:
			return partOf(told, body);
		case operations.WRITE: {
			const data = body.subarray(40, 40 + body.readUInt32LE(16));
			changeFaults(JSON.parse(data.toString('utf8')) as Fault[]);
			return writeOut(data.length);
		}
		case operations.SETATTR:
			// It is made empty.
			if (name === controls.changes) tree.changes.length = 0;
			return attributesOut(attributesOf(controlNodes[name as keyof typeof controlNodes]));
		case operations.GETATTR:
			return attributesOut(attributesOf(controlNodes[name as keyof typeof controlNodes]));
		case operations.OPEN:
			told = Buffer.from(JSON.stringify(tree.changes));
			return openOut();
		case operations.FLUSH:
		case operations.RELEASE:
			return Buffer.alloc(0);
		default:
			throw new DiskError('ENOSYS');
	}
}

function changeFaults(changed: Fault[]): void {
	faults = changed.map((fault) => ({ ...fault, seen: 0 }));
	const again = waiting;
	waiting = [];
	for (const request of again) take(request);
}
