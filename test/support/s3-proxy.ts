import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import {
	Agent,
	createServer,
	request,
	type IncomingMessage,
	type Server,
	type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request to a bucket, as it comes in. */
export interface S3Request {
	/** `PUT shop/.locks/…`, for parts and uploads with what they are: `PUT-PART 7 shop/…`, `COMPLETE shop/…`. */
	name: string;
	/** Without the bucket. */
	key: string;
	headers: IncomingMessage['headers'];
}

/** What is done to a request. */
export interface S3Fault {
	/** Answered so in place of the server, e.g. `{status: 503, code: 'SlowDown'}`. */
	answer?: { status: number; code: string };
	/** The connection is cut once so many bytes of the request's body were passed on. */
	cutRequestAfter?: number;
	/** The connection is cut once so many bytes of the answer's body were passed on. */
	cutAnswerAfter?: number;
	/** This byte of the request's body is changed. */
	flipByte?: number;
	/** The request is passed on and its answer lost. */
	loseAnswer?: boolean;
	/** The request is taken, and nothing of its body read. */
	stall?: boolean;
	/** The body is taken so slowly. */
	bytesPerSecond?: number;
	/** Before it is passed on. */
	delayMs?: number;
	/** Runs once the server has answered, before the answer is passed on. */
	afterwards?: () => Promise<void> | void;
	/** Changes headers of the answer. */
	answerHeaders?: Record<string, string>;
}

/**
 * Stands before an S3 server, sees every request and does to it what a network or a service may do. It also answers
 * what the server of the tests does not know, as the documentation of Amazon S3 says: the end of an upload and the list
 * of open ones, and, when `knowsConditions` is set, `If-None-Match: *` and `If-Match` of writes and removals.
 */
export class S3Proxy {
	/** Names of requests in the order they came. */
	readonly requests: string[] = [];
	fault: (request: S3Request) => S3Fault | undefined = () => undefined;
	knowsConditions = false;
	knowsOpenUploads = true;
	/** Writes that bear a condition, one after the other for each key. */
	private readonly turns = new Map<string, Promise<void>>();

	private constructor(
		private readonly server: Server,
		private readonly target: { port: number; folder: string },
	) {}

	/** @param target port of the server and the folder it keeps objects in */
	static async start(target: { port: number; folder: string }): Promise<S3Proxy> {
		const server = createServer();
		const proxy = new S3Proxy(server, target);
		server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
			incoming.on('error', () => {});
			void proxy.handle(incoming, outgoing).catch(() => outgoing.destroy());
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return proxy;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	/** Forgets faults and requests. */
	reset(): void {
		this.requests.length = 0;
		this.fault = () => undefined;
		this.knowsConditions = false;
		this.knowsOpenUploads = true;
	}

	/** Requests whose names begin so. */
	seen(prefix: string): string[] {
		return this.requests.filter((name) => name.startsWith(prefix));
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
		const url = new URL(incoming.url ?? '/', 'http://proxy');
		const [, bucket = '', ...names] = decodeURIComponent(url.pathname).split('/');
		const key = names.join('/');
		const name = nameOf(incoming.method ?? '', key, url.searchParams);
		this.requests.push(name);
		const fault = this.fault({ name, key, headers: incoming.headers }) ?? {};
		if (fault.delayMs) await sleep(fault.delayMs);
		if (fault.stall) return;
		if (fault.answer) return await answerError(incoming, outgoing, fault.answer);
		const uploads = join(this.target.folder, bucket, '._S3rver_uploads');
		if (name.startsWith('ABORT ')) {
			rmSync(join(uploads, url.searchParams.get('uploadId') ?? 'none'), { recursive: true, force: true });
			outgoing.writeHead(204).end();
			return;
		}
		if (name === 'LIST-UPLOADS' && this.knowsOpenUploads) {
			outgoing.writeHead(200, { 'content-type': 'application/xml' });
			outgoing.end(listUploads(uploads, url.searchParams.get('prefix') ?? ''));
			return;
		}
		const isConditional =
			(incoming.method === 'PUT' && incoming.headers['if-none-match']) ||
			(incoming.method === 'DELETE' && incoming.headers['if-match']);
		if (!this.knowsConditions || !isConditional) return await this.pass(incoming, outgoing, fault);
		const turn = (this.turns.get(key) ?? Promise.resolve()).then(async () => {
			const etag = this.etagOf(bucket, key);
			const holds =
				incoming.method === 'PUT' ? etag === undefined : etag === bare(incoming.headers['if-match']);
			if (holds) await this.pass(incoming, outgoing, fault);
			else await answerError(incoming, outgoing, { status: 412, code: 'PreconditionFailed' });
		});
		this.turns.set(
			key,
			turn.catch(() => {}),
		);
		await turn;
	}

	private etagOf(bucket: string, key: string): string | undefined {
		try {
			return readFileSync(join(this.target.folder, bucket, `${key}._S3rver_object.md5`), 'utf8');
		} catch {
			return undefined;
		}
	}

	/** Resolves once the answer has been passed on, or the connection was cut. */
	private async pass(incoming: IncomingMessage, outgoing: ServerResponse, fault: S3Fault): Promise<void> {
		const { method, url: path, headers } = incoming;
		await new Promise<void>((resolve) => {
			outgoing.on('close', resolve);
			const onward = request(
				{ agent: noReuse, host: '127.0.0.1', port: this.target.port, method, path, headers },
				(response) => {
					void Promise.resolve(fault.afterwards?.()).then(() => {
						if (fault.loseAnswer) {
							response.resume();
							response.on('end', () => outgoing.destroy());
							return;
						}
						outgoing.writeHead(response.statusCode ?? 502, { ...response.headers, ...fault.answerHeaders });
						const cut = new CutAfter(fault.cutAnswerAfter, () => outgoing.destroy());
						response.pipe(cut).pipe(outgoing);
					});
				},
			);
			onward.on('error', () => outgoing.destroy());
			outgoing.on('close', () => onward.destroy());
			const cut = new CutAfter(fault.cutRequestAfter, () => {
				onward.destroy();
				incoming.socket.destroy();
			});
			incoming.pipe(new Slow(fault.bytesPerSecond)).pipe(new Flip(fault.flipByte)).pipe(cut).pipe(onward);
		});
	}
}

const noReuse = new Agent({ keepAlive: false });
const bare = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

function nameOf(method: string, key: string, query: URLSearchParams): string {
	if (query.has('partNumber')) return `PUT-PART ${query.get('partNumber')} ${key}`;
	if (query.has('uploadId')) return `${method === 'DELETE' ? 'ABORT' : 'COMPLETE'} ${key}`;
	if (query.has('uploads')) return key === '' ? 'LIST-UPLOADS' : `BEGIN ${key}`;
	if (key === '') return `LIST ${query.get('prefix') ?? ''}`;
	return `${method} ${key}`;
}

async function answerError(
	incoming: IncomingMessage,
	outgoing: ServerResponse,
	{ status, code }: { status: number; code: string },
): Promise<void> {
	incoming.resume();
	if (!incoming.readableEnded) await new Promise((resolve) => incoming.on('end', resolve));
	const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>told by the test</Message></Error>`;
	outgoing.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'REQUEST1' });
	outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

function listUploads(folder: string, prefix: string): string {
	const found: string[] = [];
	for (const uploadId of openUploadsIn(folder)) {
		const key = readFileSync(join(folder, uploadId, 'key'), 'utf8');
		if (!key.startsWith(prefix)) continue;
		found.push(`<Upload><Key>${key}</Key><UploadId>${uploadId}</UploadId></Upload>`);
	}
	return `<?xml version="1.0"?><ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${found.join('')}</ListMultipartUploadsResult>`;
}

/** Ids of the uploads that the server keeps parts of. */
export function openUploadsIn(folder: string): string[] {
	return statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
}

class CutAfter extends Transform {
	private passed = 0;

	constructor(
		private readonly afterBytes: number | undefined,
		private readonly cut: () => void,
	) {
		super();
	}

	override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
		this.passed += chunk.length;
		if (this.afterBytes === undefined || this.passed <= this.afterBytes) {
			done(null, chunk);
			return;
		}
		done(null, chunk.subarray(0, Math.max(0, chunk.length - (this.passed - this.afterBytes))));
		// What is left reaches the other side before the cut.
		setTimeout(this.cut, 20);
	}
}

class Flip extends Transform {
	private passed = 0;

	constructor(private readonly at: number | undefined) {
		super();
	}

	override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
		const index = this.at === undefined ? -1 : this.at - this.passed;
		this.passed += chunk.length;
		if (index >= 0 && index < chunk.length) chunk[index] = (chunk[index] ?? 0) ^ 1;
		done(null, chunk);
	}
}

class Slow extends Transform {
	constructor(private readonly bytesPerSecond: number | undefined) {
		super();
	}

	override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
		if (this.bytesPerSecond === undefined) done(null, chunk);
		else setTimeout(() => done(null, chunk), (chunk.length / this.bytesPerSecond) * 1000);
	}
}
