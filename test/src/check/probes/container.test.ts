import type Docker from 'dockerode';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Finding, ProbeContext } from '../../../../src/check/probes/probe';
import { probeContainer, probeEngine } from '../../../../src/check/probes/services';
import { parseConnection } from '../../../../src/docker';
import { imageTag, type ImageName } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';
import { look } from './look';

const stand = useProxiedEngine('probe-container', ['tools', 'sick']);

const engine = (rights: object = {}): Partial<ProbeContext> => ({
	engine: parseConnection({
		...{ accessLevel: 'read', allowedContainers: '*', timeoutSeconds: 15 },
		...{ connectionType: 'tcp', host: stand.proxy.host, port: stand.proxy.port, ...rights },
	}),
});

async function run(
	name: string,
	options: Docker.ContainerCreateOptions = {},
	image: ImageName = 'tools',
): Promise<Docker.Container> {
	const { docker } = stand.engine;
	const Cmd = image === 'tools' ? { Cmd: ['sleep', '600'] } : {};
	const container = await docker.createContainer({ name, Image: imageTag(image), ...Cmd, ...options });
	await container.start();
	return container;
}

const inShop = (
	service: string,
	more: Docker.ContainerCreateOptions = {},
): Docker.ContainerCreateOptions => ({
	...more,
	Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': service },
});

const one = (name: string, context = engine()): Promise<Finding> =>
	look<'container'>(probeContainer, { type: 'container', container: name }, context);
const shop = (services?: string[], context = engine()): Promise<Finding> =>
	look<'container'>(
		probeContainer,
		{ type: 'container', project: 'shop', ...(services && { services }) },
		context,
	);

async function until(name: string, reason: string): Promise<Finding> {
	for (let left = 1200; ; left -= 1) {
		const finding = await one(name);
		if (finding.reason === reason || left === 0) return finding;
		await sleep(100);
	}
}

test('a container that runs and is healthy is well', async () => {
	await run('shop-web', {}, 'sick');
	expect(await until('shop-web', 'ok')).toMatchObject({
		level: 'ok',
		reason: 'ok',
		details: { health: 'healthy' },
	});
});

test('DK-11 without a health check it is running, unverified', async () => {
	await run('shop-web');
	const finding = await one('shop-web');
	expect(finding).toMatchObject({ level: 'ok', reason: 'unverified' });
	expect(finding.message).toContain('is running, unverified');
});

test('one that is unhealthy is a failure, with what its check says', async () => {
	await run('shop-web', {}, 'sick');
	await until('shop-web', 'ok');
	await stand.engine.cli('exec', 'shop-web', 'rm', '/tmp/ok');
	expect(await until('shop-web', 'unhealthy')).toMatchObject({ level: 'critical', reason: 'unhealthy' });
});

test('DK-16 each state in which it does not work has its own name', async () => {
	const container = await run('shop-web');
	await container.pause();
	expect(await one('shop-web')).toMatchObject({ level: 'critical', reason: 'paused' });
	await container.unpause();
	await container.stop({ t: 0 });
	const ended = await one('shop-web');
	expect(ended).toMatchObject({ level: 'critical', reason: 'exited' });
	expect(ended.message).toContain('exit code 137');
	await stand.engine.docker.createContainer({ name: 'shop-new', Image: imageTag('tools') });
	expect(await one('shop-new')).toMatchObject({ level: 'critical', reason: 'not_started' });
	const done = await run('shop-job', { Cmd: ['true'] });
	await done.wait();
	expect(await one('shop-job')).toMatchObject({ level: 'critical', reason: 'exited' });
});

test('HC-18 one that restarts again and again is never well, not even while it runs', async () => {
	const loop = { Cmd: ['sh', '-c', 'sleep 0.3; exit 7'], HostConfig: { RestartPolicy: { Name: 'always' } } };
	await run('shop-web', loop);
	await until('shop-web', 'restarting');
	const states = new Set<unknown>();
	for (let looks = 0; looks < 60; looks += 1) {
		const finding = await one('shop-web');
		expect(finding).toMatchObject({ level: 'critical', reason: 'restarting' });
		states.add(finding.details['state']);
		await sleep(50);
	}
	expect([...states].sort()).toEqual(['restarting', 'running']);
});

test('HC-19 one that is starting is unknown until twice its start period, then a failure', async () => {
	const second = 1e9;
	const Healthcheck = {
		Test: ['CMD', 'false'],
		Interval: second,
		Timeout: second,
		StartPeriod: 20 * second,
		Retries: 1000,
	};
	const container = await run('shop-web', { Healthcheck });
	const first = await one('shop-web');
	expect(first).toMatchObject({ level: 'unknown', reason: 'starting' });
	const after = async (seconds: number): Promise<Finding> => {
		stand.proxy.before = async ({ url = '' }) => {
			if (!/\/containers\/[^/]+\/json/.test(url)) return undefined;
			const found = await container.inspect();
			found.State.StartedAt = new Date(Date.now() - seconds * 1000).toISOString();
			return { status: 200, body: JSON.stringify(found) };
		};
		return await one('shop-web');
	};
	expect(await after(30)).toMatchObject({ level: 'unknown', reason: 'starting' });
	const late = await after(41);
	expect(late).toMatchObject({ level: 'critical', reason: 'starting_too_long' });
	expect(late.message).toContain('should need 40 s at most');
});

test('HC-17 a container that is missing or renamed is a failure; no other is taken for it', async () => {
	const container = await run('shop-web');
	expect(await one('shop-web')).toMatchObject({ level: 'ok' });
	await container.rename({ name: 'shop-web-old' });
	expect(await one('shop-web')).toMatchObject({ level: 'critical', reason: 'missing' });
	// The beginning of an id is no name.
	expect(await one(container.id.slice(0, 12))).toMatchObject({ level: 'critical', reason: 'missing' });
});

test('HC-17 a project tells which services are missing, scaled to nothing, or additional', async () => {
	await run('shop-web-1', inShop('web'));
	const db = await run('shop-db-1', inShop('db'));
	expect(await shop(['web', 'db'])).toMatchObject({ level: 'ok', reason: 'unverified' });
	await run('shop-cache-1', inShop('cache'));
	const additional = await shop(['web', 'db']);
	expect(additional).toMatchObject({ level: 'warning', reason: 'additional' });
	expect(additional.message).toContain('"cache" is not among the services of the check');
	await db.remove({ force: true });
	const missing = await shop(['web', 'db']);
	expect(missing).toMatchObject({ level: 'critical', reason: 'missing' });
	expect(missing.message).toContain('"db" has no container');
	expect(missing.message).toContain('"cache" is not among');
	// Nobody has said what belongs to it.
	expect(await shop()).toMatchObject({ level: 'ok' });
});

test('HC-17 a project without containers is a failure', async () => {
	expect(await shop()).toMatchObject({ level: 'critical', reason: 'missing' });
	expect(await shop(['web'])).toMatchObject({ level: 'critical', reason: 'missing' });
});

test('DK-13 a job of a project that is done is well, unless it is said to run', async () => {
	await run('shop-web-1', inShop('web'));
	const job = await run('shop-migrate-1', inShop('migrate', { Cmd: ['true'] }));
	await job.wait();
	expect(await shop()).toMatchObject({ level: 'ok' });
	expect(await shop(['web', 'migrate'])).toMatchObject({ level: 'critical', reason: 'exited' });
	const failed = await run('shop-import-1', inShop('import', { Cmd: ['false'] }));
	await failed.wait();
	expect(await shop()).toMatchObject({ level: 'critical', reason: 'exited' });
});

test('what the credential does not cover is unknown, not missing', async () => {
	await run('shop-web-1', inShop('web'));
	await run('other-db-1', inShop('db'));
	const covering = engine({ allowedContainers: 'shop-*' });
	expect(await shop(['web', 'db'], covering)).toMatchObject({ level: 'unknown', reason: 'not_permitted' });
	expect(await one('other-db-1', covering)).toMatchObject({ level: 'unknown', reason: 'not_permitted' });
	expect(await shop(undefined, covering)).toMatchObject({ level: 'unknown', reason: 'not_permitted' });
	const nothing = engine({ allowedContainers: 'nothing-*' });
	expect(await shop(undefined, nothing)).toMatchObject({ level: 'unknown', reason: 'not_permitted' });
});

test('HC-16 an engine that is away, hangs or refuses makes its containers unknown', async () => {
	await run('shop-web');
	const away = engine({ connectionType: 'socket', socketPath: '/nowhere/docker.sock' });
	const finding = await one('shop-web', away);
	expect(finding).toMatchObject({ level: 'unknown', reason: 'engine_unreachable', latencyMs: null });
	expect(finding.message).toContain('There is no Docker socket at /nowhere/docker.sock');
	expect(await shop(['web'], away)).toMatchObject({ level: 'unknown', reason: 'engine_unreachable' });
	expect(await one('shop-web', {})).toMatchObject({ level: 'unknown', reason: 'config' });
	stand.proxy.before = () => Promise.resolve({ status: 403, body: '<h1>Forbidden</h1>' });
	expect(await one('shop-web')).toMatchObject({ level: 'unknown', reason: 'not_permitted' });
	stand.proxy.before = () => Promise.resolve({ status: 503, body: 'no server' });
	expect(await one('shop-web')).toMatchObject({ level: 'unknown', reason: 'engine_unreachable' });
	stand.proxy.before = () => new Promise(() => undefined);
	const startedAt = performance.now();
	const hung = await look<'container'>(
		probeContainer,
		{ type: 'container', container: 'shop-web', timeoutSeconds: 1 },
		engine(),
	);
	expect(hung).toMatchObject({ level: 'unknown', reason: 'engine_unreachable' });
	expect(performance.now() - startedAt).toBeLessThan(11_000);
	stand.proxy.cut();
});

test('HC-16 the engine itself is well while it answers, and a failure while it does not', async () => {
	const itself = (context: Partial<ProbeContext>, timeoutSeconds = 5): Promise<Finding> =>
		look<'engine'>(probeEngine, { type: 'engine', timeoutSeconds }, context);
	const finding = await itself(engine());
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok' });
	expect(finding.message).toBe(`The container engine at tcp://127.0.0.1:${stand.proxy.port} answers.`);
	const away = engine({ connectionType: 'socket', socketPath: '/nowhere/docker.sock' });
	expect(await itself(away)).toMatchObject({ level: 'critical', reason: 'engine_unreachable' });
	stand.proxy.before = () => new Promise(() => undefined);
	expect(await itself(engine(), 1)).toMatchObject({ level: 'critical', reason: 'engine_unreachable' });
	stand.proxy.cut();
	stand.proxy.before = () => Promise.resolve({ status: 403, body: 'no' });
	expect(await itself(engine())).toMatchObject({ level: 'unknown', reason: 'not_permitted' });
	expect(await itself({})).toMatchObject({ level: 'unknown', reason: 'config' });
});
