import type { Frame } from './frames';

/** One line a container has written. */
export interface LogLine {
	/** When the engine received the line (RFC 3339, nanoseconds), null where it did not say. */
	time: string | null;
	stream: 'stdout' | 'stderr';
	line: string;
}

/** A line as the engine gives it. Its memory is valid only until whoever is given it returns. */
export interface RawLine {
	stream: LogLine['stream'];
	/** As in `LogLine`. */
	time: Buffer | undefined;
	content: Buffer;
	/** More stood in the line. */
	isCut: boolean;
}

/** Longer lines are cut and end with an ellipsis, so that one line cannot fill the memory. */
const maxLineBytes = 256 * 1024;
/** The engine stores longer messages in parts of this size, each with its own time. */
const partBytes = 16 * 1024;

const newline = 0x0a;
const space = 0x20;

/**
 * Joins the pieces of output (read with `timestamps=1`) to lines. Each stream is joined by itself; the parts of
 * a long line lose the times that the engine puts in front of them.
 */
export class LineJoiner {
	private readonly open = { stdout: new OpenLine('stdout'), stderr: new OpenLine('stderr') };

	constructor(private readonly emit: (line: RawLine) => void) {}

	push({ stream, payload }: Frame): void {
		const line = this.open[stream];
		let start = 0;
		for (let end = payload.indexOf(newline); end !== -1; end = payload.indexOf(newline, start)) {
			line.append(payload.subarray(start, end));
			this.emit(line.finish());
			start = end + 1;
		}
		if (start < payload.length) line.append(payload.subarray(start));
		line.retain();
	}

	/**
	 * As `push`, for a frame that is one message of the engine with its time in front. A message without a line
	 * break ends its line all the same, unless it is full: it is the last one of a process, or of a long line in the
	 * driver "local".
	 */
	pushMessage({ stream, payload }: Frame): void {
		const line = this.open[stream];
		let start = 0;
		for (let end = payload.indexOf(newline); end !== -1; end = payload.indexOf(newline, start)) {
			this.takeMessage(line, payload.subarray(start, end));
			this.emit(line.finish());
			start = end + 1;
		}
		if (start < payload.length) this.takeMessage(line, payload.subarray(start));
		line.retain();
	}

	private takeMessage(line: OpenLine, message: Buffer): void {
		const timeBytes = timeBytesOf(message);
		if (timeBytes > 0 && !line.empty && !line.endsWithFullPart) this.emit(line.finish());
		if (timeBytes === 0) line.append(message);
		else line.append(message.subarray(timeBytes + 1), message.subarray(0, timeBytes));
	}

	/** Emits what stands after the last line break. */
	end(): void {
		for (const line of [this.open.stdout, this.open.stderr]) if (!line.empty) this.emit(line.finish());
	}
}

class OpenLine {
	private pieces: Buffer[] = [];
	private sizeBytes = 0;
	private time: Buffer | undefined;
	endsWithFullPart = false;

	constructor(private readonly stream: LogLine['stream']) {}

	get empty(): boolean {
		return this.pieces.length === 0;
	}

	/** @param time where it is known already; else it still stands in the bytes */
	append(piece: Buffer, time?: Buffer): void {
		this.time ??= time;
		this.endsWithFullPart = piece.length >= partBytes;
		const room = Math.max(0, maxLineBytes - this.sizeBytes);
		if (room > 0) this.pieces.push(piece.subarray(0, room));
		this.sizeBytes += piece.length;
	}

	/** To be called when the chunk is done with: its memory is used for the next one, and a slice of it kept all of it alive. */
	retain(): void {
		const last = this.pieces.pop();
		if (last) this.pieces.push(Buffer.from(last));
		this.time &&= Buffer.from(this.time);
	}

	finish(): RawLine {
		const [first] = this.pieces;
		const bytes = this.pieces.length === 1 && first ? first : Buffer.concat(this.pieces);
		const { time, content } = this.time ? { time: this.time, content: bytes } : takeTimes(bytes);
		const isCut = this.sizeBytes > maxLineBytes;
		this.pieces = [];
		this.sizeBytes = 0;
		this.time = undefined;
		return { stream: this.stream, time, content, isCut };
	}
}

/** How long the time (RFC 3339) in front of a message is, 0 where there is none; a blank follows it. */
function timeBytesOf(bytes: Buffer): number {
	// Of most messages one look at the places of its dashes and colons is enough.
	if (bytes[4] !== 0x2d || bytes[10] !== 0x54 || bytes[13] !== 0x3a) return 0;
	const end = bytes.subarray(0, 48).indexOf(space);
	return end > 0 && timestamp.test(bytes.toString('latin1', 0, end)) ? end : 0;
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Removes the time at the start and those in front of every further part of 16 KiB. */
function takeTimes(bytes: Buffer): { time: Buffer | undefined; content: Buffer } {
	const parts: Buffer[] = [];
	let time: Buffer | undefined;
	for (let rest = bytes; ;) {
		const timeBytes = timeBytesOf(rest);
		if (timeBytes === 0) {
			parts.push(rest);
			break;
		}
		time ??= rest.subarray(0, timeBytes);
		const content = rest.subarray(timeBytes + 1);
		parts.push(content.subarray(0, partBytes));
		if (content.length <= partBytes) break;
		rest = content.subarray(partBytes);
	}
	return { time, content: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts) };
}

/** A line as text, which may be kept. */
export function lineOf({ stream, time, content, isCut }: RawLine): LogLine {
	const text = content.toString('utf8').replace(/\r$/, '');
	return { time: time?.toString('latin1') ?? null, stream, line: text + (isCut ? '…' : '') };
}

/** What begins and ends sequences of a terminal (ECMA-48). */
const [bell, escape, control, ending, command] = ['\u0007', '\u001b', '\u009b', '\u009c', '\u009d'];

// The classes exclude what begins a further sequence, so that the time grows with the length and not with its square.
const terminalSequences = new RegExp(
	[
		// Colours, movements of the cursor.
		String.raw`(?:${escape}\[|${control})[0-?]*[ -/]*[@-~]`,
		// Titles, links.
		String.raw`(?:${escape}\]|${command})[^${bell}${escape}${ending}${command}]*(?:${bell}|${escape}\\|${ending})`,
		// Device control and private strings.
		String.raw`${escape}[PX^_][^${escape}${ending}]*(?:${escape}\\|${ending})`,
		// Everything of two or three characters.
		String.raw`${escape}[ -/]*[0-Z\\^-~]`,
	].join('|'),
	'g',
);

/** Removes terminal sequences and control characters other than tab and line break. */
export function plainText(line: string): string {
	return line.replace(terminalSequences, '').replace(/[^\P{Cc}\t\n]/gu, '');
}
