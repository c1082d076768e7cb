import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** A TCP door to an engine's socket that sees every request, as a proxy in front of an engine does. */
export interface EngineProxy {
	readonly host: string;
	readonly port: number;
	/** `GET /v1.41/containers/json` … in the order they came. */
	readonly requests: string[];
	/** Runs before a request is passed on; answers itself by returning a status and a body. */
	before: (request: IncomingMessage) => Promise<{ status: number; body: string } | undefined>;
	/** Cuts all connections there are; new ones are taken. */
	cut(): void;
	close(): Promise<void>;
}

export async function startEngineProxy(socketPath: string): Promise<EngineProxy> {
	const requests: string[] = [];
	const agent = new Agent({ keepAlive: false });
	const server: Server = createServer((incoming, outgoing) => {
		requests.push(`${incoming.method} ${decodeURIComponent(incoming.url ?? '')}`);
		void proxy.before(incoming).then((answer) => {
			if (answer) {
				outgoing.writeHead(answer.status, { 'content-type': 'text/html' }).end(answer.body);
				return;
			}
			const { method, url: path, headers } = incoming;
			const onward = request({ agent, socketPath, method, path, headers }, (response) => {
				outgoing.writeHead(response.statusCode ?? 502, response.headers);
				// The body may be silent for long, as that of the events is.
				outgoing.flushHeaders();
				response.pipe(outgoing);
			});
			onward.on('error', () => outgoing.destroy());
			outgoing.on('close', () => onward.destroy());
			// In one piece: a last empty write after the engine has answered and closed would lose the answer.
			if (headers['content-length'] === undefined) incoming.pipe(onward);
			else void buffer(incoming).then((body) => onward.end(body));
		});
	});
	/** Connections that were handed over; the server itself does not know them any more. */
	const handedOver = new Set<Duplex>();
	server.on('upgrade', (incoming, socket, head) => {
		handedOver.add(socket);
		socket.on('close', () => handedOver.delete(socket));
		requests.push(`${incoming.method} ${decodeURIComponent(incoming.url ?? '')}`);
		const { method, url: path, headers } = incoming;
		const onward = request({ agent, socketPath, method, path, headers });
		onward.on('upgrade', (_response, engineSocket, engineHead) => {
			socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
			socket.write(engineHead);
			engineSocket.write(head);
			engineSocket.pipe(socket).pipe(engineSocket);
			for (const [one, other] of [
				[socket, engineSocket],
				[engineSocket, socket],
			] as const) {
				one.on('error', () => other.destroy());
				one.on('close', () => other.destroy());
			}
		});
		onward.on('error', () => socket.destroy());
		onward.end();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const proxy: EngineProxy = {
		host: '127.0.0.1',
		port: (server.address() as AddressInfo).port,
		requests,
		before: () => Promise.resolve(undefined),
		cut: () => {
			server.closeAllConnections();
			for (const socket of handedOver) socket.destroy();
		},
		close: () =>
			new Promise((resolve) => {
				proxy.cut();
				server.close(() => resolve());
			}),
	};
	return proxy;
}
