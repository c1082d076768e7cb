import { stripVTControlCharacters } from 'node:util';

import type { Frame } from './frames';

/** One line a container has written. */
export interface LogLine {
	/** When the engine received the line (RFC 3339, nanoseconds), null where it did not say. */
	time: string | null;
	stream: 'stdout' | 'stderr';
	line: string;
}

/** Longer lines are cut, so that one line cannot fill the memory. */
const maxLineBytes = 256 * 1024;
/** The engine stores longer messages in parts of this size, each with its own time. */
const partBytes = 16 * 1024;

const timestamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;
const newline = 0x0a;

/**
 * Joins the pieces of output (read with `timestamps=1`) to lines. Each stream is joined by itself; the parts of
 * a long line lose the times that the engine puts in front of them.
 */
export class LineJoiner {
	private readonly open = { stdout: new OpenLine('stdout'), stderr: new OpenLine('stderr') };

	constructor(private readonly emit: (line: LogLine) => void) {}

	push({ stream, payload }: Frame): void {
		const line = this.open[stream];
		let start = 0;
		for (let end = payload.indexOf(newline); end !== -1; end = payload.indexOf(newline, start)) {
			line.append(payload.subarray(start, end));
			this.emit(line.finish());
			start = end + 1;
		}
		if (start < payload.length) line.append(payload.subarray(start));
	}

	/** Emits what stands after the last line break. */
	end(): void {
		for (const line of [this.open.stdout, this.open.stderr]) if (!line.empty) this.emit(line.finish());
	}
}

class OpenLine {
	private pieces: Buffer[] = [];
	private sizeBytes = 0;

	constructor(private readonly stream: LogLine['stream']) {}

	get empty(): boolean {
		return this.pieces.length === 0;
	}

	append(piece: Buffer): void {
		// Copied, because a slice would keep the whole chunk it came in alive.
		if (this.sizeBytes < maxLineBytes) this.pieces.push(Buffer.from(piece));
		this.sizeBytes += piece.length;
	}

	finish(): LogLine {
		const { time, content } = takeTimes(Buffer.concat(this.pieces));
		this.pieces = [];
		this.sizeBytes = 0;
		return { time, stream: this.stream, line: content.toString('utf8').replace(/\r$/, '') };
	}
}

/** Removes the time at the start and those in front of every further part of 16 KiB. */
function takeTimes(bytes: Buffer): { time: string | null; content: Buffer } {
	const parts: Buffer[] = [];
	let time: string | null = null;
	for (let rest = bytes; ;) {
		const said = timestamp.exec(rest.toString('latin1', 0, 48))?.[1];
		if (said === undefined) {
			parts.push(rest);
			break;
		}
		time ??= said;
		const content = rest.subarray(said.length + 1);
		parts.push(content.subarray(0, partBytes));
		if (content.length <= partBytes) break;
		rest = content.subarray(partBytes);
	}
	return { time, content: Buffer.concat(parts) };
}

/** Removes terminal sequences and control characters other than the tab. */
export function plainText(line: string): string {
	// eslint-disable-next-line no-control-regex
	return stripVTControlCharacters(line).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
