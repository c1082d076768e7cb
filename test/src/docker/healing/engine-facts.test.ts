import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Engine, parseConnection } from '../../../../src/docker';
import { engineFacts } from '../../../../src/docker/healing/engine-facts';

let server: Server;
let said: object;
let slowMs = 0;

beforeAll(async () => {
	server = createServer((_, response) => {
		const body = JSON.stringify({ SystemTime: new Date().toISOString(), ...said });
		setTimeout(() => response.end(body), slowMs);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

const factsOf = async (info: object): Promise<{ id: string; clockAheadMs: number }> => {
	said = info;
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

test('an engine that looks at its clock and answers much later is not taken to be behind', async () => {
	slowMs = 1500;
	expect(Math.abs((await factsOf({ ID: 'ABCD' })).clockAheadMs)).toBeLessThan(1000);
	slowMs = 0;
});
