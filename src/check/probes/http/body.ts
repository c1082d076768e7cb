import type { IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

import { formatBytes, systemCode } from '../../../shared';
import { oneLine } from '../finding';
import { ended, NetworkFault } from '../network/faults';

/** More is neither received nor unpacked. */
export const mostBodyBytes = 1024 * 1024;

export interface Body {
	/** Unpacked. */
	content: Buffer;
	/** Whether it goes on after what is here. */
	isCut: boolean;
	/** As received, up to what was received. */
	receivedBytes: number;
}

/**
 * The body of an answer, or its beginning; its socket is closed by whoever opened it.
 *
 * @throws NetworkFault when it breaks off, is late, or cannot be unpacked
 */
export async function readBody(
	{ body, headers }: { body: IncomingMessage | null; headers: IncomingMessage['headers'] },
	at: string,
	signal: AbortSignal,
): Promise<Body> {
	if (body === null) return { content: Buffer.alloc(0), isCut: false, receivedBytes: 0 };
	const received = await receive(body, at, signal);
	const receivedBytes = received.content.length;
	const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
	if (receivedBytes === 0 || encoding === 'identity' || encoding === '')
		return { ...received, receivedBytes };
	return { ...(await unpack(received, encoding, at)), receivedBytes };
}

type Part = Pick<Body, 'content' | 'isCut'>;

async function receive(body: IncomingMessage, at: string, signal: AbortSignal): Promise<Part> {
	let sizeBytes = 0;
	const late = (): NetworkFault => {
		const received = sizeBytes === 0 ? 'nothing of it' : `${formatBytes(sizeBytes)} of it`;
		return ended(
			signal,
			'timeout',
			`${at} began to answer, but the answer was not complete in time (${received} came).`,
		);
	};
	const stop = (): void => void body.destroy(late());
	if (signal.aborted) stop();
	signal.addEventListener('abort', stop, { once: true });
	try {
		return await atMost(body, (received) => (sizeBytes = received));
	} catch (thrown) {
		if (thrown instanceof NetworkFault) throw thrown;
		throw new NetworkFault('reset', `${at} broke off in the middle of its answer.`);
	} finally {
		signal.removeEventListener('abort', stop);
	}
}

async function atMost(stream: Readable, onSize?: (sizeBytes: number) => void): Promise<Part> {
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		chunks.push(chunk);
		sizeBytes += chunk.length;
		onSize?.(sizeBytes);
		if (sizeBytes > mostBodyBytes)
			return { content: Buffer.concat(chunks).subarray(0, mostBodyBytes), isCut: true };
	}
	return { content: Buffer.concat(chunks), isCut: false };
}

async function unpack(packed: Part, encoding: string, at: string): Promise<Part> {
	const unpacker = unpackerOf(encoding, packed);
	if (unpacker === undefined)
		throw new NetworkFault(
			'encoding',
			`${at} packs its answer as "${oneLine(encoding, 50)}", which this check cannot unpack.`,
			'unknown',
		);
	try {
		const unpacked = await atMost(Readable.from([packed.content]).pipe(unpacker));
		return { content: unpacked.content, isCut: unpacked.isCut || packed.isCut };
	} catch (thrown) {
		throw new NetworkFault(
			'encoding',
			`${at} says its answer is packed as ${encoding}, but it is not (${systemCode(thrown)}).`,
		);
	}
}

function unpackerOf(encoding: string, { content, isCut }: Part): Transform | undefined {
	// The end of what was cut is not there; what came before it is.
	const finishFlush = isCut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
	if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip({ finishFlush });
	if (encoding === 'br')
		return createBrotliDecompress({
			finishFlush: isCut ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH,
		});
	if (encoding !== 'deflate') return undefined;
	// RFC 9110 means the format of zlib, which begins so; some servers send it bare.
	const isZlib = ((content[0] ?? 0) & 0x0f) === 8;
	return isZlib ? createInflate({ finishFlush }) : createInflateRaw({ finishFlush });
}
