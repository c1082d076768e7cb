import { mkdirSync } from 'node:fs';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeOperationError } from 'n8n-workflow';

import { Scope } from '../../support/scope';
import { activate } from './trigger-double';

let scope: Scope;
const servers: (() => void)[] = [];

beforeAll(async () => {
	scope = await Scope.open('trigger-faults');
	process.env['OPSDESK_STATE'] = scope.emptyFolder();
});
afterEach(() => {
	for (const close of servers.splice(0)) close();
});
afterAll(() => scope?.close());

const rights = { accessLevel: 'read', allowedContainers: '*', timeoutSeconds: 20 };
const bySocket = (socketPath: string) => ({ ...rights, connectionType: 'socket', socketPath });
const byTcp = (host: string, port: number) => ({ ...rights, connectionType: 'tcp', host, port });

describe('DK-1: publishing the workflow tells what is wrong with the engine, and how to get unstuck', () => {
	function listening(server: Server | ReturnType<typeof createServer>): Promise<object> {
		const sockets = new Set<Socket>();
		server.on('connection', (socket: Socket) => sockets.add(socket));
		servers.push(() => {
			for (const socket of sockets) socket.destroy();
			server.close();
		});
		return new Promise((resolve) =>
			server.listen(0, '127.0.0.1', () => {
				const { port } = server.address() as AddressInfo;
				resolve(byTcp('127.0.0.1', port));
			}),
		);
	}
	const answering = (status: number, body: string, cut = false) =>
		listening(
			createHttp((request, response) => {
				if (request.url?.startsWith('/_ping'))
					return response.writeHead(200, { 'api-version': '1.41' }).end('OK');
				response.writeHead(status, cut ? { 'content-length': '100000' } : {});
				if (!cut) return response.end(body);
				response.write(body);
				setTimeout(() => response.destroy(), 50);
				return response;
			}),
		);

	const faults: [string, RegExp, () => object | Promise<object>][] = [
		['the socket is absent', /no Docker socket at/, () => bySocket(scope.path('absent.sock'))],
		[
			'the socket is a directory',
			/is a directory, not a socket/,
			() => {
				mkdirSync(scope.path('folder.sock'), { recursive: true });
				return bySocket(scope.path('folder.sock'));
			},
		],
		['nothing listens', /Nothing listens at/, () => byTcp('127.0.0.1', 1)],
		[
			'the engine hangs',
			/did not answer .* within 1 seconds/,
			async () => ({ ...(await listening(createServer(() => {}))), timeoutSeconds: 1 }),
		],
		[
			'a proxy refuses',
			/does not permit GET \/events \(HTTP 403\)/,
			() => answering(403, '<html>403</html>'),
		],
		['a proxy has no engine', /cannot reach the engine/, () => answering(503, '<html>503</html>')],
		['the answer is cut', /ended in the middle/, () => answering(200, '{"SystemTime":', true)],
		['10 MB of JSON', /larger than 8 MiB/, () => answering(200, JSON.stringify('x'.repeat(10_000_000)))],
		['the credential is not complete', /credential is not complete/, () => byTcp('', 2375)],
	];
	test.each(faults)('%s', async (_fault, message, make) => {
		const unhandled: unknown[] = [];
		const note = (reason: unknown): void => void unhandled.push(reason);
		process.on('unhandledRejection', note);
		const credential = await make();
		const thrown: unknown = await activate({ credential: () => credential }).catch((error: unknown) => error);
		expect(thrown).toMatchObject({ message: expect.stringMatching(message) });
		expect((thrown as NodeOperationError).description).not.toBe('');
		await sleep(50);
		process.off('unhandledRejection', note);
		expect(unhandled).toEqual([]);
	});
});
