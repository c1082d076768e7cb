import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { ServiceFault } from '../service/reasons';

/** An error that the server itself has sent, such as `NOAUTH Authentication required.` */
export class RedisRefusal extends Error {}

const mostBytes = 256 * 1024;
const lineEnd = '\r\n';

/**
 * The few words of Redis that a check needs, in RESP2. Clients that know all of it read an answer of any length into
 * memory, and take 12 MB and a quarter of a second to load.
 */
export class RedisWire {
	private received = Buffer.alloc(0);
	private waiting: { resolve: (reply: string) => void; reject: (reason: Error) => void } | undefined;
	private broken: Error | undefined;

	private constructor(
		private readonly socket: Socket,
		private readonly name: string,
	) {
		socket.on('data', (bytes: Buffer) => this.take(bytes));
		socket.on('error', (thrown) => this.fail(thrown));
		socket.on('close', () => this.fail(new ServiceFault('closed', `${name} closed the connection.`)));
	}

	/**
	 * @param name of the server, in a sentence
	 * @param signal ends the connection
	 * @throws ServiceFault; an error of the system
	 */
	static async open(
		{ host, port, tls }: { host: string; port: number; tls: 'require' | 'verify-full' | undefined },
		name: string,
		signal: AbortSignal,
	): Promise<RedisWire> {
		signal.throwIfAborted();
		const place = host.startsWith('/') ? { path: host } : { host, port };
		const socket = tls
			? connectTls({
					...place,
					...(isIP(host) === 0 && !host.startsWith('/') && { servername: host }),
					rejectUnauthorized: tls === 'verify-full',
				})
			: connectTcp(place);
		const cut = (): void => void socket.destroy();
		signal.addEventListener('abort', cut, { once: true });
		socket.once('close', () => signal.removeEventListener('abort', cut));
		const wire = new RedisWire(socket, name);
		await new Promise<void>((resolve, reject) => {
			socket.once(tls ? 'secureConnect' : 'connect', () => resolve());
			socket.once('close', () => reject(wire.broken ?? new Error('no connection')));
		});
		return wire;
	}

	/** @throws RedisRefusal when the server answers with an error; ServiceFault; an error of the system */
	async ask(...words: string[]): Promise<string> {
		if (this.broken !== undefined) throw this.broken;
		const parts = words.map((word) => `$${Buffer.byteLength(word)}${lineEnd}${word}${lineEnd}`);
		return await new Promise<string>((resolve, reject) => {
			this.waiting = { resolve, reject };
			this.socket.write(`*${words.length}${lineEnd}${parts.join('')}`);
		});
	}

	close(): void {
		this.socket.destroy();
	}

	private take(bytes: Buffer): void {
		this.received = Buffer.concat([this.received, bytes]);
		if (this.received.length > mostBytes) {
			const message = `${this.name} sends far more than was asked for; it was broken off.`;
			return this.fail(new ServiceFault('answer_too_large', message));
		}
		const reply = this.nextReply();
		if (reply === undefined) return;
		this.received = Buffer.alloc(0);
		const { waiting } = this;
		this.waiting = undefined;
		if (reply instanceof RedisRefusal) waiting?.reject(reply);
		else waiting?.resolve(reply);
	}

	/** Undefined until all of it is there. */
	private nextReply(): string | RedisRefusal | undefined {
		const kind = String.fromCharCode(this.received[0] ?? 0);
		if (!'+-:$'.includes(kind)) {
			this.fail(new ServiceFault('unexpected_answer', `${this.name} does not speak as Redis does.`));
			return undefined;
		}
		const end = this.received.indexOf(lineEnd);
		if (end < 0) return undefined;
		const line = this.received.toString('utf8', 1, end);
		if (kind === '-') return new RedisRefusal(line);
		if (kind !== '$') return line;
		const start = end + lineEnd.length;
		const sizeBytes = Math.max(0, Number(line));
		if (this.received.length < start + sizeBytes) return undefined;
		return this.received.toString('utf8', start, start + sizeBytes);
	}

	private fail(thrown: Error): void {
		this.broken ??= thrown;
		this.socket.destroy();
		this.waiting?.reject(this.broken);
		this.waiting = undefined;
	}
}
