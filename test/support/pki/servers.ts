import { createServer as createPlain, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer, Server as TlsServer, type TlsOptions } from 'node:tls';

import { chainOf, type Issued } from './certificates';

/** Servers of a test file on this machine; they end with it. */
export class TlsServers {
	private readonly open: { server: Server; sockets: Set<Socket> }[] = [];

	/** @returns the port of a server that takes a connection and says nothing */
	async tls(chain: readonly Issued[], options: TlsOptions & { host?: string } = {}): Promise<number> {
		const [leaf] = chain;
		if (leaf === undefined) throw new Error('A server needs a certificate.');
		const server = createServer({
			cert: chainOf(...chain),
			key: leaf.keyPem,
			minVersion: 'TLSv1',
			ciphers: 'ALL:@SECLEVEL=0',
			...options,
		});
		server.on('tlsClientError', () => undefined);
		server.on('secureConnection', (socket) => socket.on('error', () => undefined).resume());
		return await this.listen(server, options.host);
	}

	/** The server of this port has another certificate from now on. */
	renew(port: number, chain: readonly Issued[]): void {
		const server = this.at(port);
		if (!(server instanceof TlsServer)) throw new Error(`There is no server with a certificate at ${port}.`);
		server.setSecureContext({ cert: chainOf(...chain), key: chain[0]?.keyPem });
	}

	private at(port: number): Server | undefined {
		return this.open.find((one) => (one.server.address() as AddressInfo).port === port)?.server;
	}

	/** The server of this port sends an OCSP response along from now on. */
	staple(port: number, response: Buffer): void {
		this.at(port)?.on(
			'OCSPRequest',
			(_certificate: Buffer, _issuer: Buffer, done: (error: null, bytes: Buffer) => void) =>
				done(null, response),
		);
	}

	/** @returns the port of a server that does with each connection what the test wants */
	async raw(connected: (socket: Socket) => void, host?: string): Promise<number> {
		return await this.listen(createPlain(connected), host);
	}

	async listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
		const sockets = new Set<Socket>();
		server.on('connection', (socket: Socket) => {
			sockets.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => sockets.delete(socket));
		});
		this.open.push({ server, sockets });
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(port, host, resolve);
		});
		return (server.address() as AddressInfo).port;
	}

	async close(): Promise<void> {
		for (const { server, sockets } of this.open.splice(0)) {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		}
	}
}
