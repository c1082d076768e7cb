import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Servers on 127.0.0.1 that speak no protocol at all. */
export class HostileServers {
	private readonly servers: Server[] = [];
	private readonly sockets = new Set<Socket>();

	/** @returns its port */
	async start(serve: (socket: Socket) => void): Promise<number> {
		const server = createServer((socket) => {
			this.sockets.add(socket);
			socket.on('error', () => undefined);
			serve(socket);
		});
		this.servers.push(server);
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return (server.address() as AddressInfo).port;
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
	}
}

/** What a server may do to whoever asks it. */
export const hostile: Record<string, (socket: Socket) => void> = {
	'says nothing': () => undefined,
	'closes at once': (socket) => socket.end(),
	'resets at once': (socket) => socket.resetAndDestroy(),
	'speaks HTTP': (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
	'sends a byte now and then': (socket) => {
		const timer = setInterval(() => socket.write('$'), 50);
		socket.on('close', () => clearInterval(timer));
	},
	'never ends': (socket) => {
		const block = Buffer.alloc(256 * 1024, 'S');
		const flood = (): void => {
			while (!socket.destroyed && socket.write(block));
		};
		socket.once('data', () => {
			socket.write('$2000000000\r\n');
			flood();
		});
		socket.on('drain', flood);
	},
};
