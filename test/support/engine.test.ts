import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';

import { startEngine, type TestEngine } from './engine';
import { imageTag, loadImages, type ImageName } from './images/images';
import { Scope } from './scope';

let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('images');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['web', 'sick', 'postgres']);
});

afterAll(() => scope?.close());

async function run(image: ImageName, options: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
	const container = await engine.docker.createContainer({ Image: imageTag(image), ...options });
	await container.start();
	return container;
}

async function health(container: Docker.Container, wanted: string): Promise<string> {
	for (const end = Date.now() + 120_000; Date.now() < end; await sleep(100)) {
		const status = (await container.inspect()).State.Health?.Status ?? 'none';
		if (status === wanted) return status;
	}
	return (await container.inspect()).State.Health?.Status ?? 'none';
}

test('the web image serves its page on a published port and turns healthy', async () => {
	const container = await run('web', {
		HostConfig: { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
	});
	expect(await health(container, 'healthy')).toBe('healthy');
	const port = (await container.inspect()).NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort;
	expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello\n');
});

test('the sick image turns unhealthy when its file is removed', async () => {
	const container = await run('sick');
	expect(await health(container, 'healthy')).toBe('healthy');
	await engine.cli('exec', container.id, 'rm', '/tmp/ok');
	expect(await health(container, 'unhealthy')).toBe('unhealthy');
});

test('the PostgreSQL image answers queries and dumps its database', async () => {
	const container = await run('postgres', { Env: ['POSTGRES_PASSWORD=test-only', 'POSTGRES_DB=shop'] });
	expect(await health(container, 'healthy')).toBe('healthy');
	const sql = (...args: string[]) => engine.cli('exec', container.id, ...args, '-U', 'postgres', 'shop');
	await sql(
		'psql',
		'-c',
		"create table orders as select n, now() at time zone 'Europe/Berlin' as at from generate_series(1, 3) n",
	);
	expect(await sql('psql', '-Atc', 'select count(*) from orders')).toBe('3');
	expect(await sql('pg_dump')).toContain('COPY public.orders');
});

test('two engines run side by side and each leaves nothing behind', async () => {
	const other = await Scope.open('second');
	const second = await startEngine(other);
	await loadImages(second.docker, ['tools']);
	await (
		await second.docker.createContainer({
			Image: imageTag('tools'),
			Cmd: ['sleep', '600'],
			HostConfig: { RestartPolicy: { Name: 'always' } },
		})
	).start();
	await other.close();
	expect(existsSync(other.folder)).toBe(false);
	expect(await engine.docker.ping()).toBeDefined();
});
