import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';

import { ended, endpoint, untilEnd } from '../probes/network/faults';
import { ReadFault, readFault } from './connection/fault';
import { openConnection, type Way } from './connection/open';
import { finding } from './judge/finding';
import type { Asked } from './options';
import { withinPart } from './part-of-time';
import type { CertificateFinding, WebReport } from './report';
import { parseTarget, targetName } from './target';

interface Head {
	status: number;
	headers: IncomingHttpHeaders;
}

/**
 * What a web server says of encryption.
 *
 * @param secured the connection under TLS; closed afterwards
 */
export async function lookAtWeb(
	asked: Asked,
	way: Way,
	secured: Socket,
	signal: AbortSignal,
): Promise<{ web: WebReport | null; findings: CertificateFinding[] }> {
	try {
		const head = await headOf(secured, asked, '/', signal);
		const hsts = hstsOf(head.headers);
		const plain = await withinPart(asked.endsAt, 0.5, signal, (until) => forcesHttps(asked, way, until));
		const date = Date.parse(head.headers.date ?? '');
		const web = {
			...{ hsts, forcesHttps: typeof plain === 'boolean' ? plain : null },
			clockAheadMs: Number.isNaN(date) ? null : date - asked.now,
			redirectsTo: redirectTarget(asked, head),
		};
		return { web, findings: [...judge(web), ...(typeof plain === 'boolean' ? [] : [unknown(plain)])] };
	} catch (thrown) {
		const fault = readFault(thrown);
		if (fault === undefined) throw thrown;
		return { web: null, findings: [unknown(fault)] };
	} finally {
		secured.destroy();
	}
}

/** That nobody could ask says nothing of the server. */
const unknown = (fault: ReadFault): CertificateFinding =>
	finding('web_unknown', 'info', `Whether the server forces encryption is not known: ${fault.message}`);

/** Half a year, which graders of servers demand for their best grade. */
const shortestMaxAgeSeconds = 182 * 86_400;

function judge({ hsts, forcesHttps: isForced }: WebReport): CertificateFinding[] {
	const findings: CertificateFinding[] = [];
	if (hsts === null || hsts.maxAgeSeconds === 0)
		findings.push(
			finding(
				'hsts_missing',
				'warning',
				'The server does not tell browsers to insist on encryption (Strict-Transport-Security).',
			),
		);
	else if (hsts.maxAgeSeconds < shortestMaxAgeSeconds)
		findings.push(
			finding(
				'hsts_missing',
				'warning',
				`Strict-Transport-Security holds for ${Math.floor(hsts.maxAgeSeconds / 86_400)} days only; it should for at least 182.`,
			),
		);
	if (isForced === false)
		findings.push(finding('not_https', 'warning', 'http:// does not lead to https:// for this host.'));
	return findings;
}

/** RFC 6797, 6.1 */
function hstsOf(headers: IncomingHttpHeaders): WebReport['hsts'] {
	const value = headers['strict-transport-security'];
	if (value === undefined) return null;
	const directives = value.split(';').map((directive) => directive.trim().toLowerCase());
	const maxAge = directives.map((one) => /^max-age\s*=\s*"?(\d+)"?$/.exec(one)?.[1]).find(Boolean);
	if (maxAge === undefined) return null;
	return {
		maxAgeSeconds: Number(maxAge),
		includeSubDomains: directives.includes('includesubdomains'),
		preload: directives.includes('preload'),
	};
}

/** Another host under TLS that the address leads to. */
function redirectTarget({ host, port }: Asked, { status, headers }: Head): string[] {
	const base = `https://${endpoint(host, port)}/`;
	const url = isRedirect(status) ? URL.parse(headers.location ?? '', base) : null;
	if (url?.protocol !== 'https:') return [];
	const target = parseTarget(url.host === '' ? base : `https://${url.host}`);
	return target.host === host && target.port === port ? [] : [targetName(target)];
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/**
 * A server that is not reached without encryption forces it as well.
 *
 * @returns the fault where it cannot be found out
 */
async function forcesHttps(asked: Asked, way: Way, signal: AbortSignal): Promise<boolean | ReadFault> {
	const httpPort = (typeof asked.web === 'boolean' ? undefined : asked.web.httpPort) ?? 80;
	const plain = { ...asked, port: httpPort, connectTo: undefined, starttls: undefined };
	const there = asked.proxy === undefined ? { ...way, port: httpPort } : way;
	let socket: Socket;
	try {
		({ socket } = await openConnection(plain, there, signal));
	} catch (thrown) {
		const fault = readFault(thrown);
		if (fault === undefined) throw thrown;
		return fault.code === 'timeout' ? fault : true;
	}
	try {
		const { status, headers } = await headOf(socket, plain, '/', signal);
		const base = `http://${endpoint(asked.host, httpPort)}/`;
		const url = isRedirect(status) ? URL.parse(headers.location ?? '', base) : null;
		return url?.protocol === 'https:';
	} catch (thrown) {
		const fault = readFault(thrown);
		if (fault === undefined) throw thrown;
		return fault;
	} finally {
		socket.destroy();
	}
}

function headOf(socket: Socket, { host, port }: Asked, path: string, signal: AbortSignal): Promise<Head> {
	const at = endpoint(host, port);
	const late = (): Error => ended(signal, 'timeout', `${at} did not answer a request in time.`);
	const fail = (): Error => new ReadFault('connect_failed', `${at} does not answer as a web server does.`);
	return untilEnd<Head>(signal, late, (resolve, reject) => {
		const isUsual = port === 443 || port === 80;
		const outgoing = request({
			createConnection: () => socket,
			...{ method: 'GET', path, setHost: false },
			headers: {
				Host: isUsual ? endpoint(host, port).replace(/:\d+$/, '') : at,
				Accept: '*/*',
				Connection: 'close',
			},
		});
		outgoing.on('response', (incoming) => {
			incoming.on('error', () => undefined);
			resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers });
		});
		outgoing.on('error', () => reject(fail()));
		outgoing.on('close', () => reject(fail()));
		outgoing.end();
		return undefined;
	});
}
