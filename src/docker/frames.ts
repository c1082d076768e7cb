import { Transform, type TransformCallback } from 'node:stream';

import { DockerError } from './errors';

/** A piece of output and where the container wrote it. */
export interface Frame {
	stream: 'stdout' | 'stderr';
	payload: Buffer;
}

const headerBytes = 8;
/** The engine cuts messages at 16 KiB; a frame beyond this is not one of the engine's. */
const maxFrameBytes = 16 * 1024 * 1024;

/**
 * Takes the engine's multiplexed stream (8-byte header: stream type, three zero bytes, payload length) apart. Borders of
 * frames and of chunks are independent.
 *
 * Source: Docker Engine API, "Attach to a container", stream format.
 */
export class FrameParser {
	/** What has not been handed on yet; joined only when a frame is complete, so that large ones cost no more. */
	private pending: Buffer[] = [];
	private pendingBytes = 0;
	private neededBytes = headerBytes;

	/**
	 * @param emit gets each frame that is complete, whose payload is a part of what was pushed
	 * @throws DockerError `not_an_engine`
	 */
	push(chunk: Buffer, emit: (frame: Frame) => void): void {
		this.pending.push(chunk);
		this.pendingBytes += chunk.length;
		if (this.pendingBytes < this.neededBytes) return;
		let bytes = this.pending.length === 1 ? chunk : Buffer.concat(this.pending);
		this.neededBytes = headerBytes;
		while (bytes.length >= headerBytes) {
			const type = bytes.readUInt8(0);
			const sizeBytes = bytes.readUInt32BE(4);
			if (type > 2 || sizeBytes > maxFrameBytes) throw unreadable();
			this.neededBytes = headerBytes + sizeBytes;
			if (bytes.length < this.neededBytes) break;
			const payload = bytes.subarray(headerBytes, this.neededBytes);
			emit({ stream: type === 2 ? 'stderr' : 'stdout', payload });
			bytes = bytes.subarray(this.neededBytes);
			this.neededBytes = headerBytes;
		}
		this.pending = bytes.length === 0 ? [] : [bytes];
		this.pendingBytes = bytes.length;
	}

	/** Copies what it keeps of what was pushed, whose memory can be used for something else then. */
	retain(): void {
		const last = this.pending.pop();
		if (last) this.pending.push(Buffer.from(last));
	}

	/** @throws DockerError `answer_cut` in the middle of a frame */
	end(): void {
		if (this.pendingBytes > 0) throw cutShort();
	}
}

/** As a Transform, so that a slow reader pauses the engine. */
export class FrameDecoder extends Transform {
	private readonly parser = new FrameParser();

	constructor() {
		super({ readableObjectMode: true });
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		attempt(() => this.parser.push(chunk, (frame) => this.push(frame)), done);
	}

	override _flush(done: TransformCallback): void {
		attempt(() => this.parser.end(), done);
	}
}

/** Does a step of a stream and tells it whether that failed. */
export function attempt(work: () => void, done: (error?: Error | null) => void): void {
	try {
		work();
	} catch (thrown) {
		return done(thrown as Error);
	}
	done();
}

function unreadable(): DockerError {
	return new DockerError(
		'not_an_engine',
		"The stream of the container holds something other than the engine's frames.",
		'See whether a proxy changes the answers of the engine.',
	);
}

function cutShort(): DockerError {
	return new DockerError(
		'answer_cut',
		'The stream of the container ended in the middle of a frame.',
		'The engine or the proxy was probably stopped meanwhile. Run again.',
	);
}
