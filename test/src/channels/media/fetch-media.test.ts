import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { fetchMedia, isPublicAddress } from '../../../../src/channels';

let server: Server;
let host: string;
let asked: Array<{ url: string; authorization: string | undefined }> = [];
const answers: Record<string, (response: ServerResponse) => void> = {
	'/picture': (response) => response.writeHead(200, { 'content-type': 'image/png; x=1' }).end('pixels'),
	'/large': (response) => response.writeHead(200, { 'content-length': '1000' }).end(Buffer.alloc(1000)),
	'/endless': (response) => {
		const more = (): void => {
			if (!response.destroyed) response.write(Buffer.alloc(50_000), () => setImmediate(more));
		};
		more();
	},
	'/slow': () => undefined,
	'/inner': (response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
	'/circle': (response) => response.writeHead(302, { location: '/circle' }).end(),
	'/elsewhere': (response) =>
		response.writeHead(302, { location: `http://localhost:${host.split(':')[1]}/picture` }).end(),
	'/broken': (response) => response.writeHead(500).end(),
};

beforeAll(async () => {
	server = createServer((request, response) => {
		asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
		const gone = /^\/gone\/(\d+)/.exec(request.url ?? '');
		if (gone) response.writeHead(Number(gone[1])).end();
		else answers[(request.url ?? '').split('?', 1)[0] ?? '']?.(response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
	asked = [];
});
afterAll(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const inside = () => ({ allowedHosts: [host, `localhost:${host.split(':')[1]}`], timeoutMs: 2000 });

test('a file comes with its type and size', async () => {
	expect(await fetchMedia(`http://${host}/picture`, inside())).toEqual({
		bytes: Buffer.from('pixels'),
		sizeBytes: 6,
		mimeType: 'image/png',
	});
});

test.each([401, 403, 404, 410])('RT-21: an address that has expired (HTTP %s) is told so', async (status) => {
	await expect(fetchMedia(`http://${host}/gone/${status}?token=abc`, inside())).rejects.toMatchObject({
		code: 'media_expired',
		message: expect.not.stringContaining('abc'),
	});
});

test.each(['large', 'endless'])('RT-21: a file over the limit is told so (%s)', async (name) => {
	const options = { ...inside(), maxBytes: 999 };
	await expect(fetchMedia(`http://${host}/${name}`, options)).rejects.toMatchObject({
		code: 'media_too_large',
	});
});

test.each([
	...[
		'http://127.0.0.1:9/x',
		'http://localhost/x',
		'http://10.0.0.1/x',
		'http://192.168.1.1/x',
		'http://[::1]/x',
	],
	...['http://[::ffff:127.0.0.1]/x', 'http://169.254.169.254/latest/meta-data', 'http://0.0.0.0/x'],
	...[
		'http://2130706433/x',
		'http://0x7f.1/x',
		'http://[fd00::1]/x',
		'http://[fe80::1]/x',
		'http://100.64.0.1/x',
	],
])('RT-21: %s is in a private network and not asked', async (address) => {
	await expect(fetchMedia(address, { timeoutMs: 2000 })).rejects.toMatchObject({
		code: 'media_private_address',
	});
	expect(asked).toEqual([]);
});

test('RT-21: an address that leads into a private network is not followed', async () => {
	await expect(fetchMedia(`http://${host}/inner`, inside())).rejects.toMatchObject({
		code: 'media_private_address',
	});
});

test('a token goes to the first host alone', async () => {
	const headers = { authorization: 'Bearer abc' };
	await fetchMedia(`http://${host}/elsewhere`, { ...inside(), headers });
	expect(asked).toEqual([
		{ url: '/elsewhere', authorization: 'Bearer abc' },
		{ url: '/picture', authorization: undefined },
	]);
});

test.each(['slow', 'circle', 'broken'])('a file that does not come is told so (%s)', async (name) => {
	const options = { ...inside(), timeoutMs: 300 };
	await expect(fetchMedia(`http://${host}/${name}`, options)).rejects.toMatchObject({
		code: 'media_unavailable',
	});
});

test('what is no address of a file is refused without repeating it', async () => {
	for (const address of [
		'file:///etc/passwd',
		'ftp://example.com/x',
		'no address',
		'https://me:secret@example.com/',
	]) {
		const fault = await fetchMedia(address).catch((thrown: unknown) => thrown);
		expect(fault).toMatchObject({ code: 'invalid_input', message: expect.not.stringContaining('secret') });
	}
});

test('addresses of the internet are public, all others are not', () => {
	for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700::1111'])
		expect(isPublicAddress(address)).toBe(true);
	for (const address of [
		'172.31.0.1',
		'198.18.0.1',
		'64:ff9b::7f00:1',
		'2002:7f00:1::',
		'no address',
		'::',
	]) {
		expect(isPublicAddress(address)).toBe(false);
	}
});
