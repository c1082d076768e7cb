import type { Socket } from 'node:net';

import { connectFault, ended, untilEnd, type NetworkFault } from '../../probes/network/faults';
import { ReadFault } from './fault';

/** More than this no server says before TLS begins. */
const mostBytes = 64 * 1024;

/** What is said on a connection before TLS begins. */
export class Conversation {
	private heard = Buffer.alloc(0);

	/**
	 * @param at what is spoken with, in messages
	 * @param signal ends the waiting
	 */
	constructor(
		private readonly socket: Socket,
		private readonly at: string,
		private readonly signal: AbortSignal,
	) {}

	say(bytes: string | Uint8Array): void {
		this.socket.write(bytes);
	}

	/**
	 * The next message, however the network has cut it.
	 *
	 * @param endOf where the message ends in what was heard; undefined as long as it is not complete
	 * @param what is waited for, in messages
	 * @throws NetworkFault, ReadFault
	 */
	async hear(endOf: (heard: Buffer) => number | undefined, what: string): Promise<Buffer> {
		for (;;) {
			const end = endOf(this.heard);
			if (end !== undefined) {
				const message = this.heard.subarray(0, end);
				this.heard = this.heard.subarray(end);
				return message;
			}
			if (this.heard.length > mostBytes)
				throw new ReadFault('not_tls', `${this.at} sends something endless where ${what} was expected.`);
			this.heard = Buffer.concat([this.heard, await this.more(what)]);
		}
	}

	/** One line, without its end. */
	async line(what: string): Promise<string> {
		const bytes = await this.hear((heard) => {
			const end = heard.indexOf('\n');
			return end === -1 ? undefined : end + 1;
		}, what);
		return bytes.toString('latin1').replace(/\r?\n$/, '');
	}

	/**
	 * What comes next is TLS.
	 *
	 * @throws ReadFault when the server has said more already: anybody on the way could have put it there, and it would
	 *   count as said under TLS (CVE-2011-0411)
	 */
	end(): void {
		const rest: unknown = this.socket.read();
		if (this.heard.length === 0 && rest === null) return;
		throw new ReadFault(
			'not_tls',
			`${this.at} goes on to speak without encryption after it has agreed to begin TLS; somebody may have put words into the connection.`,
		);
	}

	private more(what: string): Promise<Buffer> {
		const { socket, at, signal } = this;
		const late = (): NetworkFault =>
			ended(signal, 'timeout', `${at} took the connection, but ${what} did not come in time.`);
		return untilEnd<Buffer>(signal, late, (resolve, reject) => {
			const read = (): void => {
				const chunk: unknown = socket.read();
				if (Buffer.isBuffer(chunk)) resolve(chunk);
			};
			const close = (): void =>
				reject(new ReadFault('connect_failed', `${at} closed the connection where ${what} was expected.`));
			const fail = (thrown: unknown): void => reject(connectFault(thrown, at));
			socket.on('readable', read).once('end', close).once('close', close).once('error', fail);
			read();
			return () => {
				socket.off('readable', read).off('end', close).off('close', close).off('error', fail);
			};
		});
	}
}
