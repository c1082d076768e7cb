import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP door to a Unix socket whose open connections can die without being closed, as behind a lost route. */
export interface TcpRelay {
	readonly host: string;
	readonly port: number;
	/** Nothing passes through the connections there are; new ones work. */
	freeze(): void;
	close(): Promise<void>;
}

export async function startTcpRelay(socketPath: string): Promise<TcpRelay> {
	const open = new Set<Socket>();
	const server = createServer((near) => {
		const far = connect(socketPath);
		near.pipe(far).pipe(near);
		for (const [one, other] of [
			[near, far],
			[far, near],
		] as const) {
			open.add(one);
			one.on('error', () => other.destroy());
			one.on('close', () => {
				open.delete(one);
				other.destroy();
			});
		}
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		host: '127.0.0.1',
		port: (server.address() as AddressInfo).port,
		freeze: () => {
			for (const socket of open) socket.unpipe().pause();
		},
		close: () =>
			new Promise((resolve) => {
				for (const socket of open) socket.destroy();
				server.close(() => resolve());
			}),
	};
}
