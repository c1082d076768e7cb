import { setTimeout as sleep } from 'node:timers/promises';

import type { Finding, ProbeContext } from '../../../../src/check/probes/probe';
import { probePostgres, probeRedis } from '../../../../src/check/probes/services';
import { parseConnection } from '../../../../src/docker';
import { imageTag, type ImageName } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';
import { checkOf, look, timed } from './look';

const stand = useProxiedEngine('probe-inside', ['tools', 'postgres', 'redis']);

const engine = (rights: object = {}): Partial<ProbeContext> => ({
	engine: parseConnection({
		...{ accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 15 },
		...{ connectionType: 'tcp', host: stand.proxy.host, port: stand.proxy.port, ...rights },
	}),
});

async function run(name: string, image: ImageName, options: object = {}): Promise<void> {
	const container = await stand.engine.docker.createContainer({ name, Image: imageTag(image), ...options });
	await container.start();
}

const postgres = (more: object = {}, context = engine()): Promise<Finding> =>
	look<'postgres'>(probePostgres, { type: 'postgres', container: 'shop-db', ...more }, context);
const redis = (more: object = {}, context = engine()): Promise<Finding> =>
	look<'redis'>(probeRedis, { type: 'redis', container: 'shop-cache', ...more }, context);

async function until(ask: () => Promise<Finding>, isSo: (finding: Finding) => boolean): Promise<Finding> {
	for (let left = 480; ; left -= 1) {
		const finding = await ask();
		if (isSo(finding) || left === 0) return finding;
		await sleep(250);
	}
}

test('PostgreSQL is asked by its own psql, without a password', async () => {
	await run('shop-db', 'postgres', {
		Env: ['POSTGRES_PASSWORD=secret-of-the-shop'],
		// It takes a connection as well.
		Healthcheck: { Test: ['NONE'] },
	});
	const isAlone = ({ details }: Finding) => details['connections'] === 1;
	const finding = await until(postgres, isAlone);
	expect(finding).toMatchObject({
		level: 'ok',
		reason: 'ok',
		details: { standby: false, maxConnections: 100 },
	});
	expect(finding.message).toMatch(/^PostgreSQL in "shop-db" answers; 1 of 100 connections are taken \(1 %\)/);
	expect(await postgres({ connections: { warning: 0.5 } })).toMatchObject({
		level: 'warning',
		reason: 'connections',
	});
	expect(await postgres({ database: 'nowhere' })).toMatchObject({
		level: 'critical',
		reason: 'database_missing',
	});
	expect(await postgres({ user: 'nobody' })).toMatchObject({ level: 'critical', reason: 'not_authorised' });
	expect(await postgres({ port: 5433 })).toMatchObject({ level: 'critical', reason: 'refused' });
	await stand.engine.docker.getContainer('shop-db').stop({ t: 1 });
	expect(await postgres()).toMatchObject({ level: 'critical', reason: 'not_running' });
});

test('Redis is asked by its own client', async () => {
	await run('shop-cache', 'redis');
	const finding = await until(redis, ({ level }) => level === 'ok');
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok', details: { limited: false } });
	await stand.engine.cli('exec', 'shop-cache', 'redis-cli', 'config', 'set', 'maxmemory', '2mb');
	expect(await redis({ memory: { critical: 10 } })).toMatchObject({ level: 'critical', reason: 'memory' });
	await stand.engine.cli(
		'exec',
		'shop-cache',
		'redis-cli',
		'config',
		'set',
		'requirepass',
		'secret-of-the-cache',
	);
	const locked = await redis();
	expect(locked).toMatchObject({ level: 'unknown', reason: 'password_needed' });
	expect(locked.message).toContain('REDISCLI_AUTH');
	expect(await redis({ port: 6380 })).toMatchObject({ level: 'critical', reason: 'refused' });
});

test('a password that stands in the environment of the container is taken by its client', async () => {
	await run('shop-cache', 'redis', {
		Cmd: ['redis-server', '--requirepass', 'secret-of-the-cache'],
		Env: ['REDISCLI_AUTH=secret-of-the-cache'],
	});
	expect(await until(redis, ({ level }) => level === 'ok')).toMatchObject({ level: 'ok' });
});

test.each(['postgres', 'redis'] as const)(
	'HC-29 %s: a password for a container is refused by its field',
	(type) => {
		const asked = (): unknown => checkOf({ type, container: 'shop-db', authenticated: true });
		expect(asked).toThrow('alone: into a container no password is sent');
		expect(() => checkOf({ type, container: 'shop-db', host: 'db' })).toThrow('needs either');
	},
);

test('what is not there, and a container without a client, are told apart', async () => {
	expect(await postgres()).toMatchObject({ level: 'critical', reason: 'missing' });
	expect(await redis()).toMatchObject({ level: 'critical', reason: 'missing' });
	await run('shop-db', 'tools', { Cmd: ['sleep', '600'] });
	await run('shop-cache', 'tools', { Cmd: ['sleep', '600'] });
	expect(await postgres()).toMatchObject({ level: 'unknown', reason: 'program_missing' });
	expect(await redis()).toMatchObject({ level: 'unknown', reason: 'program_missing' });
});

test('a server that hangs in its container is a failure in time', async () => {
	await run('shop-cache', 'redis');
	await until(redis, ({ level }) => level === 'ok');
	const { State } = await stand.engine.docker.getContainer('shop-cache').inspect();
	process.kill(State.Pid, 'SIGSTOP');
	const context = engine();
	const finding = await timed<'redis'>(
		probeRedis,
		{ type: 'redis', container: 'shop-cache', timeoutSeconds: 8 },
		context,
	);
	expect(finding).toMatchObject({ level: 'critical', reason: 'timeout' });
	expect(finding.tookMs).toBeLessThan(18_000);
});

test('HC-16 an engine that has not started the client in time makes it unknown, whatever the server does', async () => {
	await run('shop-cache', 'redis');
	await run('shop-db', 'tools', { Cmd: ['sleep', '600'] });
	await until(redis, ({ level }) => level === 'ok');
	stand.proxy.before = ({ url = '' }) =>
		/\/exec\/\w+\/start/.test(url) ? new Promise(() => undefined) : Promise.resolve(undefined);
	const silent = { level: 'unknown', reason: 'engine_unreachable' };
	expect(await redis({ timeoutSeconds: 2 })).toMatchObject(silent);
	expect(await postgres({ timeoutSeconds: 2 })).toMatchObject(silent);
	stand.proxy.cut();
});

test('HC-16 an engine that is away, hangs or refuses makes it unknown', async () => {
	await run('shop-cache', 'redis');
	await until(redis, ({ level }) => level === 'ok');
	const away = engine({ connectionType: 'socket', socketPath: '/nowhere/docker.sock' });
	expect(await redis({}, away)).toMatchObject({ level: 'unknown', reason: 'engine_unreachable' });
	expect(await redis({}, {})).toMatchObject({ level: 'unknown', reason: 'config' });
	expect(await redis({}, engine({ accessLevel: 'read' }))).toMatchObject({
		level: 'unknown',
		reason: 'not_permitted',
	});
	stand.proxy.before = ({ method }) =>
		Promise.resolve(method === 'POST' ? { status: 403, body: '<h1>Forbidden</h1>' } : undefined);
	expect(await redis()).toMatchObject({ level: 'unknown', reason: 'not_permitted' });
	stand.proxy.before = () => new Promise(() => undefined);
	const hung = await redis({ timeoutSeconds: 1 });
	expect(hung).toMatchObject({ level: 'unknown', reason: 'engine_unreachable' });
	stand.proxy.cut();
});
