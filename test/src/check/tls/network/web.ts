import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:https';
import { connect, createServer as createPlain, type Server } from 'node:net';

import type { CertificateOptions } from '../../../../../src/check';
import { checkCertificate } from '../../../../../src/check/tls/check';
import { nameServer, type Saying } from '../../../../support/doubles/name-server';

const outside = '203.0.113.10';
const inside = '10.1.0.2';

/** Where each host leads to, by its name; all of them are web servers at the same address outside. */
const leads: Record<string, string> = {
	'to-inside.example.com': `https://${inside}:6379/`,
	'to-inside-name.example.com': 'https://inside.example.com:6379/',
	'to-next.example.com': 'https://next.example.com/',
	'to-silent.example.com': 'https://silent.example.com/',
	'to-plain.example.com': `https://${outside}:6379/`,
};
const names: Record<string, Saying> = {
	...Object.fromEntries([...Object.keys(leads), 'next.example.com'].map((name) => [name, { A: [outside] }])),
	'inside.example.com': { A: [inside] },
	'silent.example.com': { A: ['198.51.100.7'] },
	'half.example.com': { A: [outside] },
	'far6.example.com': { A: [outside], AAAA: ['2001:db9::1'] },
	'part.example.com': { A: ['198.51.100.7', outside] },
};

/** Answers each question with the report, and with how often the server that is not TLS was spoken to. */
async function main(): Promise<void> {
	let greeted = 0;
	let heard = 0;
	const listening = (server: Server, port: number, host: string): Promise<void> =>
		new Promise((resolve) => void server.listen(port, host, resolve));
	await nameServer(
		({ name, type }) => (name === 'half.example.com' && type === 'AAAA' ? 'silence' : names[name]),
		{ address: '203.0.113.53', port: 53 },
	);
	const { cert, key } = JSON.parse(readFileSync(process.env['SERVED_FILE'] ?? '', 'utf8')) as {
		cert: string;
		key: string;
	};
	const web = createServer({ cert, key }, ({ headers: { host = '' } }, response) => {
		response.setHeader('Strict-Transport-Security', 'max-age=31536000');
		const location = leads[host];
		response.writeHead(location === undefined ? 200 : 301, location === undefined ? {} : { location }).end();
	});
	await listening(web, 443, outside);
	for (const address of [inside, outside]) {
		const greeting = createPlain((socket) => {
			greeted += 1;
			socket.on('error', () => undefined);
			socket.on('data', () => {
				heard += 1;
				socket.write('-ERR the greeting of something else\r\n');
			});
		});
		await listening(greeting, 6379, address);
	}
	const proxy = createHttp();
	proxy.on('connect', (request, socket) => {
		const onward = connect(request.url?.endsWith(':6379') ? 6379 : 443, outside, () => {
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			socket.pipe(onward).pipe(socket);
		});
		onward.on('error', () => socket.destroy());
		socket.on('error', () => onward.destroy());
	});
	await listening(proxy, 3128, '127.0.0.1');
	process.on('message', (options: CertificateOptions) => {
		[greeted, heard] = [0, 0];
		void checkCertificate(options).then((report) => process.send?.({ report, greeted, heard }));
	});
	process.on('disconnect', () => process.exit());
	process.send?.('ready');
}

void main();
