import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { systemCode } from '../../../shared';
import { Fault, wholeMs } from '../finding';
import { dial, type Dialled } from '../network/dial';
import { connectFault, ended, endpoint, NetworkFault, untilEnd } from '../network/faults';
import { resolveHost, type AddressFamily } from '../network/resolve';
import { zoneOf } from '../network/zone';
import { isTlsFault, tlsFault } from './tls-fault';

export interface Exchange {
	url: URL;
	method: string;
	headers: Record<string, string>;
	body?: string | undefined;
	family: AddressFamily;
	/** Whether this address may be connected to. */
	mayConnect: (address: string) => boolean;
	/** Whether an answer has led here, and not the check itself. */
	isRedirect: boolean;
}

export interface Answer {
	/** Its body is not read yet; ends with the socket. */
	response: Pick<IncomingMessage, 'statusCode' | 'headers'> & { body: IncomingMessage | null };
	socket: Socket;
	address: string;
	failed: Dialled['failed'];
	missing: string | undefined;
	timings: { dnsMs: number; connectMs: number; tlsMs: number; firstByteMs: number };
}

/**
 * One request over a connection of its own: none can meet a connection that the other side is just closing. The
 * addresses are judged and connected to as they were looked up, once; a name that changes meanwhile changes nothing.
 *
 * @returns the head of the answer; whoever gets it closes the socket
 * @throws NetworkFault
 */
export async function exchange(asked: Exchange, signal: AbortSignal): Promise<Answer> {
	const { url } = asked;
	const begun = performance.now();
	const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
	const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
	const resolved = await resolveHost(host, asked.family, signal);
	const addresses = resolved.addresses.filter(({ address }) => asked.mayConnect(address));
	const [refused] = resolved.addresses;
	if (addresses.length === 0 && refused !== undefined)
		throw new NetworkFault(
			'redirect_refused',
			`${asked.isRedirect ? 'A redirect' : 'The address'} leads inside, to ${host} (${refused.address}, ${zoneOf(refused.address)}); it was not followed.`,
		);
	const lookedUp = performance.now();
	const { socket: plain, address, failed } = await dial(addresses, port, signal);
	const connected = performance.now();
	const at = endpoint(address, port);
	let socket = plain;
	try {
		if (url.protocol === 'https:') socket = await secured(plain, host, at, signal);
		const isSecure = performance.now();
		const response = await headOf(asked, socket, at, signal);
		const timings = {
			dnsMs: wholeMs(lookedUp - begun),
			connectMs: wholeMs(connected - lookedUp),
			tlsMs: wholeMs(isSecure - connected),
			firstByteMs: wholeMs(performance.now() - isSecure),
		};
		return { response, socket, address, failed, missing: resolved.missing, timings };
	} catch (thrown) {
		socket.destroy();
		plain.destroy();
		if (thrown instanceof Fault) Object.assign(thrown.details, { address });
		throw thrown;
	}
}

function secured(plain: Socket, host: string, at: string, signal: AbortSignal): Promise<Socket> {
	const late = (): NetworkFault =>
		ended(signal, 'timeout', `${at} took the connection, but the TLS handshake was not finished in time.`);
	return untilEnd<Socket>(signal, late, (resolve, reject) => {
		const fail = (thrown: unknown): void =>
			reject(isTlsFault(thrown) ? tlsFault(thrown, at) : connectFault(thrown, at));
		const socket = connectTls({
			socket: plain,
			// The name in the certificate must be that of the address, whatever n8n's environment says of TLS.
			host,
			...(isIP(host) === 0 && { servername: host }),
			rejectUnauthorized: true,
			ALPNProtocols: ['http/1.1'],
		});
		socket.once('secureConnect', () => resolve(socket));
		socket.on('error', fail);
		plain.once('error', fail);
		plain.once('close', () => fail(brokenOff));
		return undefined;
	});
}

const brokenOff = { code: 'ECONNRESET' };

function headOf(
	{ url, method, headers, body }: Exchange,
	socket: Socket,
	at: string,
	signal: AbortSignal,
): Promise<Answer['response']> {
	const late = (): NetworkFault =>
		ended(signal, 'timeout', `${at} took the request, but the head of an answer did not come in time.`);
	return untilEnd<Answer['response']>(signal, late, (resolve, reject) => {
		let outgoing: ClientRequest;
		try {
			outgoing = request({
				createConnection: () => socket,
				method,
				path: url.pathname + url.search,
				headers,
				setHost: false,
			});
		} catch {
			reject(
				new NetworkFault('config', 'A header of the check holds characters that may not be sent.', 'unknown'),
			);
			return undefined;
		}
		outgoing.on('error', (thrown) => reject(exchangeFault(thrown, at)));
		outgoing.on('close', () => reject(connectFault(brokenOff, at)));
		outgoing.on('response', (incoming) => {
			incoming.on('error', () => undefined);
			resolve({ statusCode: incoming.statusCode, headers: incoming.headers, body: incoming });
		});
		outgoing.on('upgrade', ({ statusCode, headers: answered }) =>
			resolve({ statusCode, headers: answered, body: null }),
		);
		outgoing.end(body);
		return undefined;
	});
}

function exchangeFault(thrown: unknown, at: string): NetworkFault {
	const code = systemCode(thrown) ?? '';
	if (!/^(HPE_|ERR_HTTP)/.test(code)) return connectFault(thrown, at);
	if (code === 'HPE_HEADER_OVERFLOW')
		return new NetworkFault('protocol', `${at} sends a head of more than 16 KiB.`);
	return isHttp2(thrown)
		? new NetworkFault('protocol', `${at} speaks HTTP/2 only; this check speaks HTTP/1.1.`, 'critical', {
				http2: true,
			})
		: new NetworkFault('protocol', `What answers at ${at} does not speak HTTP (${code}).`);
}

/** Begins with a frame of SETTINGS (4) or GOAWAY (7) on stream 0. */
function isHttp2(thrown: unknown): boolean {
	const { rawPacket } = (thrown ?? {}) as { rawPacket?: unknown };
	if (!Buffer.isBuffer(rawPacket) || rawPacket.length < 9) return false;
	return (rawPacket[3] === 4 || rawPacket[3] === 7) && rawPacket.readUInt32BE(5) === 0;
}
