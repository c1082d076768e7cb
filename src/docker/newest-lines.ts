import { lineOf, type LogLine, type RawLine } from './log-lines';

/** Of most lines several hundred fit into a block. */
const blockBytes = 512 * 1024;
/** Kind, length of the time, length of the content. */
const headerBytes = 6;
/** What a line costs as an object beside its characters. */
const objectBytes = 100;

interface Block {
	memory: Buffer;
	usedBytes: number;
	costBytes: number;
}

/**
 * The newest lines of a log that may be many times longer. They are kept as the bytes they came as, one after the
 * other in a few blocks that are used again: of a long log most lines are dropped, and as texts and objects each would
 * have been work for the garbage collector.
 */
export class NewestLines {
	private readonly blocks: Block[] = [];
	private costBytes = 0;
	/** Whether older lines were dropped. */
	dropped = false;

	/** @param maxBytes what the kept lines may cost; up to one block less is kept */
	constructor(private readonly maxBytes: number) {}

	/** Keeps a copy of a line. */
	add({ stream, time, content, isCut }: RawLine): void {
		const timeBytes = time?.length ?? 0;
		const block = this.blockFor(headerBytes + timeBytes + content.length);
		const { memory } = block;
		let at = block.usedBytes;
		memory[at] = (stream === 'stderr' ? 1 : 0) | (isCut ? 2 : 0);
		memory[at + 1] = timeBytes;
		memory.writeUInt32LE(content.length, at + 2);
		at += headerBytes;
		if (time) at += time.copy(memory, at);
		block.usedBytes = at + content.copy(memory, at);
		const costBytes = content.length + objectBytes;
		block.costBytes += costBytes;
		this.costBytes += costBytes;
	}

	/** Oldest first. */
	*lines(): Generator<LogLine, void, undefined> {
		for (const { memory, usedBytes } of this.blocks) {
			for (let at = 0; at < usedBytes;) {
				const kind = memory[at] ?? 0;
				const timeBytes = memory[at + 1] ?? 0;
				const contentAt = at + headerBytes + timeBytes;
				const end = contentAt + memory.readUInt32LE(at + 2);
				yield lineOf({
					stream: kind & 1 ? 'stderr' : 'stdout',
					time: timeBytes > 0 ? memory.subarray(at + headerBytes, contentAt) : undefined,
					content: memory.subarray(contentAt, end),
					isCut: (kind & 2) > 0,
				});
				at = end;
			}
		}
	}

	/** The block for a line of that size; the oldest ones go when they are too many. */
	private blockFor(neededBytes: number): Block {
		const last = this.blocks.at(-1);
		if (last && last.memory.length - last.usedBytes >= neededBytes) return last;
		let memory: Buffer | undefined;
		while (this.costBytes > this.maxBytes - blockBytes && this.blocks.length > 1) {
			const oldest = this.blocks.shift();
			this.costBytes -= oldest?.costBytes ?? 0;
			memory = oldest?.memory;
			this.dropped = true;
		}
		if (!memory || memory.length < neededBytes)
			memory = Buffer.allocUnsafe(Math.max(blockBytes, neededBytes));
		const block = { memory, usedBytes: 0, costBytes: 0 };
		this.blocks.push(block);
		return block;
	}
}
