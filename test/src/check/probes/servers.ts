import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const open: { server: Server; sockets: Set<Socket> }[] = [];

async function listening(server: Server): Promise<number> {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		socket.on('close', () => sockets.delete(socket));
	});
	open.push({ server, sockets });
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}

/** @returns the address of a web server, with a slash at the end */
export async function web(listener: RequestListener): Promise<string> {
	return `http://127.0.0.1:${await listening(createHttp(listener))}/`;
}

/** @returns the port of a server that does with each connection what the test wants */
export async function raw(connected: (socket: Socket, index: number) => void): Promise<number> {
	let index = 0;
	return await listening(createServer((socket) => connected(socket, index++)));
}

/** Takes a server in, to be closed with the others. */
export async function own(server: Server): Promise<number> {
	return await listening(server);
}

/** Ends all servers of a test file with their connections. */
export async function closeServers(): Promise<void> {
	for (const { server, sockets } of open.splice(0)) {
		for (const socket of sockets) socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	}
}
