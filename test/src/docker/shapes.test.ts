import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Containers, parseConnection, reportAccess, type EngineConnection } from '../../../src/docker';

/*
 * Answers of engines that cannot be had here: fields that other versions and makes leave out or send as null, after
 * the published API descriptions of Docker (1.40 to 1.52) and of Podman's compatible API.
 */

const id = 'a'.repeat(64);
const listed = { Id: id, Names: ['/site'], Image: 'x', State: 'running', Status: 'Up', Created: 1 };
const inspected = {
	Id: id,
	Name: '/site',
	Created: '2026-01-01T00:00:00Z',
	State: { Status: 'running' },
	Config: {},
};

interface Answers {
	list?: unknown;
	inspect?: unknown;
	stats?: unknown;
	action?: { status: number; body: string };
}

async function withEngine<T>(
	answers: Answers,
	use: (connection: EngineConnection) => Promise<T>,
): Promise<T> {
	const server = createServer(({ method, url = '' }, response) => {
		if (url.startsWith('/_ping')) response.writeHead(200, { 'api-version': '1.44' }).end('OK');
		else if (url.includes('/version')) response.end('{"Version":"9"}');
		else if (method === 'POST') response.writeHead(answers.action?.status ?? 204).end(answers.action?.body);
		else if (url.includes('/containers/json')) response.end(JSON.stringify(answers.list ?? [listed]));
		else if (url.includes('/images/json')) response.end('[]');
		else if (url.includes('/stats')) response.end(JSON.stringify(answers.stats));
		else response.end(JSON.stringify(answers.inspect ?? inspected));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const connection = { connectionType: 'tcp', host: '127.0.0.1', port, timeoutSeconds: 2 };
	try {
		return await use(parseConnection({ ...connection, accessLevel: 'full', allowedContainers: 'site*' }));
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

test('a list whose optional fields are null or absent is read', async () => {
	const sparse = {
		...listed,
		Image: null,
		Labels: null,
		Ports: [{ IP: '', PrivatePort: 80, PublicPort: 0, Type: 'tcp' }],
		NetworkSettings: null,
	};
	const list = await withEngine({ list: [sparse] }, (connection) => new Containers(connection).list());
	expect(list).toEqual([
		expect.objectContaining({
			name: 'site',
			image: '',
			labels: {},
			networks: [],
			ports: [{ containerPort: 80, protocol: 'tcp', hostAddress: null, hostPort: null }],
		}),
	]);
});

test('raw lists keep fields that this package does not know', async () => {
	const Ports = [{ PrivatePort: 80, Type: 'tcp', Zone: 'new' }];
	const raw = await withEngine({ list: [{ ...listed, Ports }] }, (connection) =>
		new Containers(connection).listRaw(),
	);
	expect(raw).toEqual([expect.objectContaining({ Ports })]);
});

test('a container whose optional fields are null or absent is read', async () => {
	const nothing = { OOMKilled: null, ExitCode: null, Error: null, StartedAt: null, FinishedAt: null };
	const sparse = {
		...inspected,
		RestartCount: null,
		State: { Status: 'created', Health: null, ...nothing },
		Config: { Image: null, Tty: null, Env: null, Labels: null, StopTimeout: null },
		HostConfig: null,
		Mounts: [{ Name: '', Source: '/srv', Destination: '/data', RW: true }],
		NetworkSettings: { Ports: { '80/tcp': null, '81/tcp': [{ HostIp: '', HostPort: '' }] } },
	};
	const details = await withEngine({ inspect: sparse }, (connection) =>
		new Containers(connection).get('site'),
	);
	expect(details).toMatchObject({
		restartCount: 0,
		restartPolicy: 'no',
		startedAt: null,
		exitCode: null,
		outOfMemory: false,
		mounts: [{ type: '', source: '/srv', target: '/data', readOnly: false }],
		ports: [
			{ containerPort: 80, hostAddress: null, hostPort: null },
			{ containerPort: 81, hostAddress: null, hostPort: null },
		],
	});
});

test('statistics with parts missing give null and no wrong figure', async () => {
	const stats = {
		read: null,
		cpu_stats: {},
		precpu_stats: { cpu_usage: null, system_cpu_usage: null },
		memory_stats: { usage: null, limit: null, stats: { inactive_file: null } },
		pids_stats: { current: null },
	};
	const shown = await withEngine({ stats }, (connection) => new Containers(connection).stats('site'));
	expect(shown).toMatchObject({
		running: true,
		cpuPercent: null,
		memoryBytes: null,
		processes: null,
		readAt: null,
	});
});

test('DK-6 an alias under which another container is linked is not the name of the container', async () => {
	const linked = [{ ...listed, Names: ['/site-a/db', '/database', '/site-b/db'] }];
	const list = await withEngine({ list: linked }, (connection) => new Containers(connection).list());
	expect(list).toEqual([]);
});

test('a login page that answers an action is no success', async () => {
	const action = { status: 200, body: '<html>Please log in</html>' };
	const attempt = withEngine({ action }, (connection) => new Containers(connection).start('site'));
	await expect(attempt).rejects.toMatchObject({
		code: 'not_an_engine',
		message: expect.stringContaining('The answer to "start" (HTTP 200)'),
	});
});

test('a proxy that refuses with a page and status 404 is not taken for an engine that lets actions through', async () => {
	const page = { status: 404, body: '<html>404 page not found</html>' };
	const missing = { status: 404, body: '{"message":"No such container: 0000"}' };
	const reach = (action: Answers['action']) =>
		withEngine({ ...(action && { action }) }, async (connection) => await reportAccess(connection));
	expect((await reach(page)).refusedByProxy).toEqual(['control', 'backup']);
	expect((await reach(missing)).refusedByProxy).toEqual([]);
});
