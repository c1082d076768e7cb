import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { readFileSync } from 'node:fs';

import { checkSchema } from '../../../src/shared/site/checks';
import { probeDns, probeHttp, probeTcp } from '../../../src/check/probes/network';
import { nameServer, type Saying } from '../doubles/name-server';

/** What the process is asked. */
export interface Question {
	check: unknown;
	timeoutMs: number;
}

const web = '203.0.113.10';
const names: Record<string, Saying> = {
	'web.example.com': { A: [web], TXT: ['v=spf1 -all'] },
	'other.example.com': { A: ['203.0.113.11'] },
	'dead6.example.com': { A: [web], AAAA: ['2001:db8:dead::1'] },
	'refused6.example.com': { A: ['203.0.113.11'], AAAA: ['2001:db8::10'] },
	'six.example.com': { AAAA: ['2001:db8::10'] },
	'far6.example.com': { AAAA: ['2001:db9::1'] },
	'half.example.com': { A: [web] },
	'silent.example.com': { A: ['198.51.100.7'] },
	'inside.example.com': { A: ['10.1.0.2'] },
	'metadata.example.com': { A: ['169.254.169.254'] },
	'broken.example.com': 'SERVFAIL',
	'slow.example.com': 'silence',
	'empty.example.com': {},
	'hosts.example.com': { A: ['198.51.100.7'] },
};

/**
 * Served on all addresses. `/go?to=ADDRESS&status=302` redirects, `/secure` to `https://`; the rest says where it was
 * asked.
 */
const serve: RequestListener = (request, response) => {
	const url = new URL(request.url ?? '/', 'http://here');
	if (url.pathname === '/secure' && !('encrypted' in request.socket))
		return void response.writeHead(301, { location: `https://${request.headers.host}/secure` }).end();
	const to = url.searchParams.get('to');
	if (to !== null)
		return void response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: to }).end();
	const { authorization = 'none', 'x-key': key = 'none' } = request.headers;
	const about = { at: request.socket.localAddress, host: request.headers.host, authorization, key };
	response.end(JSON.stringify(about));
};

async function main(): Promise<void> {
	await nameServer(
		({ name, type, before }) => {
			// A wildcard in the search domain of the machine.
			if (name.endsWith('.search.test')) return { A: [web] };
			if (name === 'rebind.example.com' && type === 'A') return { A: [before === 0 ? web : '127.0.0.1'] };
			if (name === 'half.example.com' && type === 'AAAA') return 'silence';
			return names[name];
		},
		{ address: '203.0.113.53', port: 53 },
	);
	const listening = (server: ReturnType<typeof createHttp>, port: number, host: string): Promise<void> =>
		new Promise((resolve) => void server.listen(port, host, resolve));
	await listening(createHttp(serve), 80, '::');
	// On IPv4 only.
	await listening(createHttp(serve), 8080, '0.0.0.0');
	const [key, cert] = [process.env['KEY_FILE'], process.env['CERTIFICATE_FILE']];
	if (key && cert)
		await listening(createHttps({ key: readFileSync(key), cert: readFileSync(cert) }, serve), 443, '::');
	process.on('message', (question: Question) => void answer(question));
	process.on('disconnect', () => process.exit());
	process.send?.('ready');
}

async function answer({ check: input, timeoutMs }: Question): Promise<void> {
	const check = checkSchema.parse(input);
	const context = {
		signal: AbortSignal.timeout(timeoutMs),
		secrets: { header: { name: 'X-Key', value: 'very-secret-key' } },
	};
	const begun = performance.now();
	const finding =
		check.type === 'http'
			? await probeHttp(check, context)
			: check.type === 'tcp'
				? await probeTcp(check, context)
				: check.type === 'dns'
					? await probeDns(check, context)
					: undefined;
	process.send?.({ finding, elapsedMs: performance.now() - begun });
}

void main();
