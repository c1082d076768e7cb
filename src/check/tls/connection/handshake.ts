import type { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

import { systemCode } from '../../../shared';
import { connectFault, ended, untilEnd, type NetworkFault } from '../../probes/network/faults';
import { ReadFault } from './fault';

/** TLS versions, the newest first. */
export const tlsVersions = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'] as const;

export type TlsVersion = (typeof tlsVersions)[number];

export interface HandshakeOptions {
	/** Name that is asked for; undefined: none. */
	servername: string | undefined;
	/** PEM; what the system trusts unless given. */
	ca: readonly string[] | undefined;
	/** Only this version, whatever the server takes besides. */
	version?: TlsVersion | undefined;
}

/** What a handshake has shown. */
export interface Handshake {
	/** DER, as the server sends them. */
	chain: Buffer[];
	/** Null when the handshake broke off after the certificates were sent. */
	protocol: { negotiated: string; cipher: string } | null;
	/** Why OpenSSL would refuse the chain; undefined when it would not, or has not said. */
	refusedBy: string | undefined;
	/** OCSPResponse, DER. */
	staple: Buffer | undefined;
	wantsClientCertificate: boolean;
	/** Why it broke off, after the certificates were sent. */
	brokeOff: string | undefined;
	/** Still open when the handshake was completed; whoever gets it closes it. */
	socket: TLSSocket;
}

/** All versions and weak algorithms are taken, so that bad servers can be told from dead ones. */
const lenient = { minVersion: 'TLSv1', ciphers: 'ALL:!aNULL:!eNULL:@SECLEVEL=0' } as const;
const allCurves = 'X25519:P-256:X448:P-521:P-384:P-224:P-192:secp256k1:brainpoolP256r1:brainpoolP384r1';

/** Making a context is a good part of the time that a handshake takes. */
const contexts = new Map<string, SecureContext>();
const mostContexts = 32;

function contextFor({ ca, version }: HandshakeOptions): SecureContext {
	const key = `${version ?? ''}\n${ca?.join('\n') ?? ''}`;
	const known = contexts.get(key);
	if (known !== undefined) return known;
	const made = createSecureContext({
		...lenient,
		...(version !== undefined && { minVersion: version, maxVersion: version }),
		...(ca !== undefined && { ca: [...ca] }),
		ecdhCurve: allCurves,
	});
	const [oldest] = contexts.keys();
	if (contexts.size >= mostContexts && oldest !== undefined) contexts.delete(oldest);
	// The trusted CAs of the system may be others next time.
	if (ca !== undefined || version !== undefined) contexts.set(key, made);
	return made;
}

/**
 * Shakes hands with a server and reads its certificates, valid or not. Nothing is sent under TLS and no session is kept,
 * so that each time all certificates come.
 *
 * @param plain becomes a part of the result; closed when this throws
 * @throws ReadFault, NetworkFault when it breaks off before certificates came
 */
export async function shakeHands(
	plain: Socket,
	at: string,
	options: HandshakeOptions,
	signal: AbortSignal,
): Promise<Handshake> {
	const late = (): NetworkFault =>
		ended(signal, 'timeout', `${at} took the connection, but the TLS handshake was not finished in time.`);
	const begun = performance.now();
	const seen: Seen = { chain: [], staple: undefined };
	let socket: TLSSocket | undefined;
	try {
		return await untilEnd<Handshake>(signal, late, (resolve, reject) => {
			const { servername } = options;
			socket = connect({
				socket: plain,
				servername: servername ?? '',
				rejectUnauthorized: false,
				requestOCSP: true,
				secureContext: contextFor(options),
			});
			const secured = socket;
			listen(secured, plain, seen, at, { resolve, reject, begun });
			return undefined;
		});
	} catch (thrown) {
		socket?.destroy();
		plain.destroy();
		throw thrown;
	}
}

interface Seen {
	chain: Buffer[];
	staple: Buffer | undefined;
}

function listen(
	socket: TLSSocket,
	plain: Socket,
	seen: Seen,
	at: string,
	settle: { resolve: (done: Handshake) => void; reject: (reason: unknown) => void; begun: number },
): void {
	let protocol: Handshake['protocol'] = null;
	let isOver = false;
	const done = (more: Partial<Handshake> = {}): void => {
		if (isOver) return;
		isOver = true;
		if (seen.chain.length === 0)
			return settle.reject(new ReadFault('connect_failed', `${at} shakes hands without a certificate.`));
		const error = socket.authorizationError as unknown;
		settle.resolve({
			...{ chain: seen.chain, staple: seen.staple, socket },
			protocol,
			refusedBy: error === undefined || error === null ? undefined : refusalOf(error),
			...{ wantsClientCertificate: false, brokeOff: undefined },
			...more,
		});
	};
	const fail = (thrown: unknown): void => {
		const code = systemCode(thrown) ?? '';
		if (seen.chain.length === 0) return settle.reject(handshakeFault(code, thrown, at));
		const wantsClientCertificate =
			/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED/.test(
				code,
			);
		done({ wantsClientCertificate, brokeOff: code });
	};
	// The only instant at which the list is as the server has sent it; the first reading takes it away.
	socket.on('keylog', () => {
		if (seen.chain.length === 0) seen.chain = readChain(socket);
	});
	socket.on('OCSPResponse', (response: Buffer | null) => {
		if (response !== null && response.length > 0) seen.staple = response;
	});
	socket.once('secureConnect', () => {
		protocol = { negotiated: socket.getProtocol() ?? '', cipher: socket.getCipher().standardName };
		if (seen.chain.length === 0) seen.chain = readChain(socket);
		if (protocol.negotiated !== 'TLSv1.3') return done();
		// A server that wants a client certificate says so after the handshake, in place of a ticket.
		const patience = Math.min(longestPatienceMs, 50 + 3 * (performance.now() - settle.begun));
		const timer = setTimeout(done, patience);
		// What is written within this event never leaves (Node 24).
		socket.once('session', () => setImmediate(done));
		socket.once('data', () => done());
		socket.once('close', () => clearTimeout(timer));
		socket.once('error', () => clearTimeout(timer));
	});
	socket.on('error', fail);
	plain.on('error', fail);
	socket.once('end', () => fail({ code: protocol === null ? 'ECONNRESET' : 'CLOSED' }));
	plain.once('close', () => fail({ code: 'ECONNRESET' }));
}

const longestPatienceMs = 500;

/** More certificates than this no client reads either. */
const mostCertificates = 100;

function readChain(socket: TLSSocket): Buffer[] {
	const chain: Buffer[] = [];
	let certificate = socket.getPeerX509Certificate();
	while (certificate !== undefined && chain.length < mostCertificates) {
		chain.push(certificate.raw);
		certificate = certificate.issuerCertificate;
	}
	return chain;
}

/** Node gives the code alone, or an error that has it. */
function refusalOf(error: unknown): string {
	return typeof error === 'string' ? error : (systemCode(error) ?? 'unknown');
}

function handshakeFault(code: string, thrown: unknown, at: string): Error {
	if (
		/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST|RECORD_LAYER|UNKNOWN_PROTOCOL|BAD_RECORD_TYPE|UNEXPECTED_MESSAGE$/.test(
			code,
		) &&
		!/ALERT/.test(code)
	)
		return new ReadFault('not_tls', `${at} does not speak TLS (${code}).`);
	const alert = /^ERR_SSL_(?:SSL\/TLS|SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(.+)$/.exec(code)?.[1];
	if (alert !== undefined)
		return new ReadFault(
			'handshake_refused',
			`${at} refuses the TLS handshake: ${alert.toLowerCase().replaceAll('_', ' ')}. It may have no certificate for this name, or speak only what is too old.`,
		);
	if (/^(ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO|ERR_CRYPTO)/.test(code))
		return new ReadFault('connect_failed', `The TLS handshake with ${at} failed (${code}).`);
	return connectFault(thrown, at);
}
