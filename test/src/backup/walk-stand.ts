import { MessageChannel } from 'node:worker_threads';

import { BlockWriter } from '../../../src/backup/directory/block-writer';
import { countersBytes, type ReaderNotice } from '../../../src/backup/directory/messages';
import { DirectoryWalk } from '../../../src/backup/directory/walk';

/** What happens to a tree while it is read. */
export interface DuringWalk {
	/** A block is full; nothing more is read before this has ended. */
	onBlock?: (number: number) => void;
	/** This path was looked at, and is opened next. */
	onSeen?: (path: string) => void;
}

/** Reads a folder in this thread, in blocks of 64 KiB, so that what happens meanwhile happens at exact moments. */
export function walkHere(
	root: string,
	{ onBlock = () => {}, onSeen = () => {} }: DuringWalk = {},
): { content: Buffer; notices: ReaderNotice[] } {
	const { port1, port2 } = new MessageChannel();
	const parts: Buffer[] = [];
	const notices: ReaderNotice[] = [];
	port1.postMessage = ({ block, sizeBytes }: { block: SharedArrayBuffer; sizeBytes: number }) => {
		parts.push(Buffer.from(Buffer.from(block, 0, sizeBytes)));
		port2.postMessage(block);
		onBlock(parts.length);
	};
	const writer = new BlockWriter(port1, 64 * 1024, new SharedArrayBuffer(countersBytes), () => 0);
	const wanted = (path: string): boolean => {
		onSeen(path);
		return true;
	};
	const notice = (told: ReaderNotice): void => void notices.push(told);
	new DirectoryWalk({ root, oneFileSystem: true, wanted, notice }, writer).run();
	port1.close();
	return { content: Buffer.concat(parts), notices };
}
