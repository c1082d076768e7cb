import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { Containers, DockerError, endpoint, parseConnection } from '../../../src/docker';
import { Scope } from '../../support/scope';

const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));

const rights = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 1 };
const byTcp = (port: number, host = '127.0.0.1') =>
	new Containers(parseConnection({ ...rights, connectionType: 'tcp', host, port }));

async function listen(server: Server, at: string | number = 0): Promise<number> {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => sockets.add(socket));
	open.push(() => {
		sockets.forEach((socket) => socket.destroy());
		server.close();
	});
	await new Promise<void>((resolve) =>
		typeof at === 'string' ? server.listen(at, resolve) : server.listen(at, '127.0.0.1', resolve),
	);
	return typeof at === 'string' ? 0 : (server.address() as AddressInfo).port;
}

const emptyEngine: RequestListener = (_, response) => {
	response.writeHead(200, { 'api-version': '1.41' }).end('[]');
};

async function failureOf(attempt: Promise<unknown>): Promise<DockerError> {
	const thrown: unknown = await attempt.catch((error: unknown) => error);
	expect(thrown).toBeInstanceOf(DockerError);
	return thrown as DockerError;
}

test('a redirect is told and never followed', async () => {
	const visits: string[] = [];
	const elsewhere = await listen(
		createHttp(({ url }, response) => response.end(String(visits.push(url ?? '')))),
	);
	const port = await listen(
		createHttp((_, response) => {
			response.writeHead(302, { location: `http://127.0.0.1:${elsewhere}/internal` }).end();
		}),
	);
	expect((await failureOf(byTcp(port).list())).message).toMatch(/with HTTP 302/);
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(visits).toEqual([]);
});

test('DK-1 an answer that switches to another protocol ends the wait', async () => {
	const answer = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
	const port = await listen(createServer((socket) => socket.once('data', () => socket.write(answer))));
	expect((await failureOf(byTcp(port).list())).code).toBe('not_an_engine');
});

test('DK-1 a status code that HTTP does not know is told as the answer of something else', async () => {
	const port = await listen(createHttp((_, response) => response.writeHead(999).end('<html>')));
	expect((await failureOf(byTcp(port).list())).code).toBe('not_an_engine');
});

describe('the variables of the docker client in the environment of n8n', () => {
	afterEach(() => {
		delete process.env['DOCKER_HOST'];
		delete process.env['DOCKER_CERT_PATH'];
	});

	test.each(['tcp://127.0.0.1:PORT', 'http://[', 'tcp://192.0.2.1:2376'])(
		'%s does not lead a credential for a socket elsewhere',
		async (host) => {
			const scope = await Scope.open('dial');
			try {
				const visits: string[] = [];
				const elsewhere = await listen(
					createHttp((request, response) => {
						visits.push(request.url ?? '');
						emptyEngine(request, response);
					}),
				);
				const socketPath = scope.path('engine.sock');
				await listen(createHttp(emptyEngine), socketPath);
				process.env['DOCKER_HOST'] = host.replace('PORT', String(elsewhere));
				process.env['DOCKER_CERT_PATH'] = scope.path('no-certificates');
				const connection = parseConnection({ ...rights, connectionType: 'socket', socketPath });
				expect(await new Containers(connection).list()).toEqual([]);
				expect(visits).toEqual([]);
			} finally {
				await scope.close();
			}
		},
	);
});

describe('the host of a credential', () => {
	test.each(['engine:2375', '127.0.0.1:80', 'x'.repeat(254), 'http://engine', 'a b'])(
		'%s is refused, so that nothing goes to another machine than meant',
		(host) => {
			expect(() => byTcp(2375, host)).toThrow(/host: must be a host name or address only/);
		},
	);

	test('an IPv6 address may stand in brackets, and does in messages', () => {
		for (const host of ['::1', '[::1]']) {
			const connection = parseConnection({ ...rights, connectionType: 'tcp', host, port: 2375 });
			expect(connection).toMatchObject({ host: '::1' });
			expect(endpoint(connection)).toBe('tcp://[::1]:2375');
		}
	});

	test('a refused connection to localhost says what that is inside a container', async () => {
		const error = await failureOf(byTcp(1, 'localhost').list());
		expect(error).toMatchObject({ code: 'engine_stopped', remedy: expect.stringContaining('service name') });
	});
});
