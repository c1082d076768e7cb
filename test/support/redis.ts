import { connect } from 'node:net';

import { freePort } from './free-port';
import type { ManagedProcess, Scope } from './scope';
import { programPath } from './system-packages.cjs';

export interface RedisServer {
	readonly port: number;
	readonly process: ManagedProcess;
}

/** Starts a Redis server on 127.0.0.1, on a free port unless one is given, which keeps nothing. */
export async function startRedis(
	scope: Scope,
	{ name = 'redis', args = [], port: given }: { name?: string; args?: string[]; port?: number } = {},
): Promise<RedisServer> {
	const port = given ?? (await freePort());
	const settings = [
		'--bind',
		'127.0.0.1',
		'--port',
		String(port),
		'--dir',
		scope.emptyFolder(),
		'--save',
		'',
	];
	const server = scope.start(name, programPath('redis-server'), { args: [...settings, ...args] });
	await server.ready(() => listens(port), 120_000);
	return { port, process: server };
}

function listens(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => {
			socket.destroy();
			resolve(true);
		});
		socket.on('error', () => resolve(false));
	});
}
