import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Engine, parseConnection } from '../../../../src/docker';
import { engineFacts } from '../../../../src/docker/healing/engine-facts';

let server: Server;
let said: object;

beforeAll(async () => {
	server = createServer((_, response) => response.end(JSON.stringify(said)));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

const factsOf = async (info: object): Promise<{ id: string; clockAheadMs: number }> => {
	said = { SystemTime: new Date().toISOString(), ...info };
	const { port } = server.address() as AddressInfo;
	const fields = {
		connectionType: 'tcp',
		host: '127.0.0.1',
		port,
		accessLevel: 'read',
		allowedContainers: '*',
	};
	return await engineFacts(new Engine(parseConnection(fields)));
};

test('engines of cloned machines and several on one machine have each a memory of their own', async () => {
	const engine = { ID: 'ABCD:EFGH', Name: 'web-1', DockerRootDir: '/var/lib/docker' };
	const { id, clockAheadMs } = await factsOf(engine);
	expect((await factsOf(engine)).id).toBe(id);
	expect((await factsOf({ ...engine, Name: 'web-2' })).id).not.toBe(id);
	expect((await factsOf({ ...engine, DockerRootDir: '/srv/docker' })).id).not.toBe(id);
	expect(Math.abs(clockAheadMs)).toBeLessThan(60_000);
});
