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
 * Takes the engine's multiplexed stream (8-byte header: stream type, three zero bytes, payload length) apart.
 * A Transform, so that a slow reader pauses the engine. Borders of frames and of chunks are independent.
 *
 * Source: Docker Engine API, "Attach to a container", stream format.
 */
export class FrameDecoder extends Transform {
	/** What has not been handed on yet; joined only when a frame is complete, so that large ones cost no more. */
	private pending: Buffer[] = [];
	private pendingBytes = 0;
	private neededBytes = headerBytes;

	constructor() {
		super({ readableObjectMode: true });
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		this.pending.push(chunk);
		this.pendingBytes += chunk.length;
		if (this.pendingBytes < this.neededBytes) return done();
		let bytes = this.pending.length === 1 ? chunk : Buffer.concat(this.pending);
		this.neededBytes = headerBytes;
		while (bytes.length >= headerBytes) {
			const type = bytes.readUInt8(0);
			const sizeBytes = bytes.readUInt32BE(4);
			if (type > 2 || sizeBytes > maxFrameBytes) return done(unreadable());
			this.neededBytes = headerBytes + sizeBytes;
			if (bytes.length < this.neededBytes) break;
			const payload = bytes.subarray(headerBytes, this.neededBytes);
			this.push({ stream: type === 2 ? 'stderr' : 'stdout', payload } satisfies Frame);
			bytes = bytes.subarray(this.neededBytes);
			this.neededBytes = headerBytes;
		}
		this.pending = bytes.length === 0 ? [] : [bytes];
		this.pendingBytes = bytes.length;
		done();
	}

	override _flush(done: TransformCallback): void {
		done(this.pendingBytes === 0 ? null : cutShort());
	}
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
