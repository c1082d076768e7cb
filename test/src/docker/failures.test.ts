import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { Containers, DockerError, parseConnection } from '../../../src/docker';
import { Scope } from '../../support/scope';

let scope: Scope;
const open: (() => void)[] = [];

beforeAll(async () => {
	scope = await Scope.open('faults');
});

afterEach(() => open.splice(0).forEach((close) => close()));
afterAll(() => scope.close());

const rights = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 1 };

const bySocket = (socketPath: string) => parseConnection({ ...rights, connectionType: 'socket', socketPath });
const byTcp = (port: number, host = '127.0.0.1') =>
	parseConnection({ ...rights, connectionType: 'tcp', host, port });

function track(server: Server): Promise<number> {
	const sockets = new Set<Socket>();
	server.on('connection', (socket) => sockets.add(socket));
	open.push(() => {
		sockets.forEach((socket) => socket.destroy());
		server.close();
	});
	return new Promise((resolve) =>
		server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
	);
}

/** A server that speaks HTTP; the ping is answered as an engine does. */
function http(listener: RequestListener): Promise<number> {
	return track(
		createHttp((request, response) => {
			if (!request.url?.startsWith('/_ping')) return listener(request, response);
			response.writeHead(200, { 'api-version': '1.41' }).end('OK');
		}),
	);
}

async function failureOf(connection: ReturnType<typeof byTcp>): Promise<DockerError> {
	const startedAt = Date.now();
	const thrown: unknown = await new Containers(connection).list().catch((error: unknown) => error);
	expect(thrown).toBeInstanceOf(DockerError);
	expect(Date.now() - startedAt).toBeLessThan(5000);
	const error = thrown as DockerError;
	expect(error.message).not.toBe('');
	expect(error.remedy).not.toBe('');
	return error;
}

const messages = new Set<string>();
const socketFile = (name: string) => scope.path(name);

const faults: [
	fault: string,
	code: string,
	message: RegExp,
	make: () => Promise<ReturnType<typeof byTcp>>,
][] = [
	[
		'the socket is absent',
		'socket_missing',
		/no Docker socket at/,
		async () => bySocket(socketFile('absent.sock')),
	],
	[
		'the socket is a directory',
		'not_a_socket',
		/is a directory/,
		async () => {
			mkdirSync(socketFile('directory.sock'));
			return bySocket(socketFile('directory.sock'));
		},
	],
	[
		'the socket is a plain file',
		'not_a_socket',
		/is a file/,
		async () => {
			writeFileSync(socketFile('file.sock'), '');
			return bySocket(socketFile('file.sock'));
		},
	],
	[
		'the daemon has stopped and left its socket',
		'engine_stopped',
		/no engine listens on it/,
		async () => {
			const path = socketFile('stale.sock');
			// A socket outlives a listener that was killed.
			const listen = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
			spawnSync(process.execPath, ['-e', listen]);
			return bySocket(path);
		},
	],
	['nothing listens on the port', 'engine_stopped', /Nothing listens at/, async () => byTcp(1)],
	[
		'the host is unknown',
		'host_unknown',
		/not known by name/,
		async () => byTcp(2375, 'docker-proxy.invalid'),
	],
	[
		'the daemon accepts and never answers',
		'timeout',
		/did not answer .* within 1 seconds/,
		async () => byTcp(await track(createServer(() => {}))),
	],
	[
		'the daemon begins an answer and stalls',
		'timeout',
		/did not answer GET \/containers\/json within 1 seconds/,
		async () => byTcp(await http((_, response) => void response.writeHead(200).write('[{'))),
	],
	[
		'a proxy refuses with an HTML page',
		'proxy_refused',
		/does not permit GET \/containers\/json \(HTTP 403\)/,
		async () =>
			byTcp(
				await http((_, response) => {
					response
						.writeHead(403, { 'content-type': 'text/html' })
						.end('<html><body><h1>403 Forbidden</h1></body></html>');
				}),
			),
	],
	[
		'a proxy cannot reach the engine',
		'engine_stopped',
		/proxy at .* cannot reach the engine/,
		async () => byTcp(await http((_, response) => void response.writeHead(503).end('<html>503</html>'))),
	],
	[
		'the answer is cut in the middle of a chunked body',
		'answer_cut',
		/ended in the middle/,
		async () =>
			byTcp(
				await http((_, response) => {
					response.write('[{"Id":"');
					setTimeout(() => response.socket?.destroy(), 50);
				}),
			),
	],
	[
		'the answer is 10 MB of JSON',
		'answer_too_large',
		/larger than 8 MiB/,
		async () =>
			byTcp(
				await http(
					(_, response) => void response.end(JSON.stringify([{ Id: 'x'.repeat(10 * 1024 * 1024) }])),
				),
			),
	],
	[
		'a web server answers with a page',
		'not_an_engine',
		/not what a container engine sends/,
		async () => byTcp(await http((_, response) => void response.end('<html>Welcome</html>'))),
	],
	[
		'something other than HTTP answers',
		'not_an_engine',
		/does not speak HTTP/,
		async () => byTcp(await track(createServer((socket) => socket.end('220 mail.example.com ESMTP\r\n')))),
	],
	[
		'the connection is closed without an answer',
		'connection_lost',
		/was closed before an answer came/,
		async () => byTcp(await track(createServer((socket) => socket.once('data', () => socket.destroy())))),
	],
	[
		'the port expects TLS',
		'tls_failed',
		/HTTP request to an HTTPS server/,
		async () =>
			byTcp(
				await track(
					createServer((socket) =>
						socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'),
					),
				),
			),
	],
	[
		'the engine wants a newer API',
		'api_version',
		/client version 1\.41 is too old/,
		async () =>
			byTcp(
				await http((_, response) => {
					response
						.writeHead(400, { 'content-type': 'application/json' })
						.end('{"message":"client version 1.41 is too old. Minimum supported API version is 1.44"}');
				}),
			),
	],
	[
		'the engine is too old',
		'api_version',
		/offers API version 1\.24/,
		async () =>
			byTcp(
				await track(
					createHttp((_, response) => void response.writeHead(200, { 'api-version': '1.24' }).end('OK')),
				),
			),
	],
];

test.each(faults)(
	'DK-1 when %s, the error is "%s" and says how to get unstuck',
	async (_fault, code, message, make) => {
		const error = await failureOf(await make());
		expect(error.code).toBe(code);
		expect(error.message).toMatch(message);
		messages.add(error.message.replace(/127\.0\.0\.1:\d+|\/tmp\S*/g, ''));
	},
);

test('DK-1 a socket that may not be opened is told apart, with the user n8n runs as', async () => {
	const path = socketFile('closed.sock');
	await new Promise<void>((resolve) => {
		const server = createServer().listen(path, resolve);
		open.push(() => server.close());
	});
	chmodSync(scope.folder, 0o755);
	chmodSync(path, 0o600);
	// Root opens everything, so the attempt is made as another user.
	process.seteuid?.(65534);
	try {
		const error = await failureOf(bySocket(path));
		expect(error.code).toBe('socket_forbidden');
		expect(error.remedy).toMatch(/group_add/);
	} finally {
		process.seteuid?.(0);
	}
});

test('DK-1 every fault has a message and a remedy of its own', () => {
	expect(messages.size).toBe(faults.length);
});

test('a call that is cancelled ends at once and says so', async () => {
	const port = await track(createServer(() => {}));
	const signal = AbortSignal.timeout(50);
	const error: unknown = await new Containers(byTcp(port))
		.list({}, signal)
		.catch((thrown: unknown) => thrown);
	expect((error as DockerError).code).toBe('cancelled');
});

test('a credential with faulty fields is refused naming each of them', () => {
	const fields = {
		connectionType: 'tcp',
		host: 'tcp://engine',
		port: 0,
		accessLevel: 'read',
		allowedContainers: 'a/b',
	};
	expect(() => parseConnection(fields)).toThrow(
		/host: must be a host name.*port: must be at least 1.*allowedContainers: may hold container names/s,
	);
});
