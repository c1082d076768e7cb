import type Docker from 'dockerode';

import { inState, quick, useHealingStand } from './stand';

const stand = useHealingStand('dependents', ['tools', 'sick']);
const { run, heal, attempts } = stand;

function service(name: string, dependsOn: string): Record<string, string> {
	const prefix = 'com.docker.compose';
	return {
		[`${prefix}.project`]: 'shop',
		[`${prefix}.service`]: name,
		[`${prefix}.depends_on`]: dependsOn,
	};
}

/** Makes a container unhealthy; it is healthy again after a restart. */
async function fallIll(name: string, Labels: Record<string, string>): Promise<Docker.Container> {
	const container = await run(name, { Labels }, 'sick');
	await inState(container, 'healthy');
	await stand.engine.cli('exec', name, 'rm', '/tmp/ok');
	await inState(container, 'unhealthy');
	return container;
}

test('DK-18 what shares the network of a restarted container is restarted after it', async () => {
	const router = await run('router', {}, 'sick');
	await run('client', { HostConfig: { NetworkMode: `container:${router.id}` } });
	const Labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'unrelated' };
	await run('unrelated', { Labels });
	await inState(router, 'healthy');
	await stand.engine.cli('exec', 'router', 'rm', '/tmp/ok');
	await inState(router, 'unhealthy');
	const found = await heal({ container: 'router' });
	expect(found['router']).toMatchObject({ decision: 'restart', reason: 'unhealthy' });
	expect(found['client']).toMatchObject({
		decision: 'restart',
		reason: 'namespace_of_restarted',
		changed: true,
	});
	expect(found['unrelated']).toBeUndefined();
	const restarted = stand.actionsSent().map((line) => line.includes(router.id));
	expect(restarted).toEqual([true, false]);
});

test('DK-18 what shares a network is restarted too when somebody else has restarted the container it shares it with', async () => {
	const router = await run('router');
	const client = await run('client', { HostConfig: { NetworkMode: `container:${router.id}` } });
	expect((await heal())['client']).toMatchObject({ reason: 'well', changed: false });
	await router.restart({ t: 0 });
	const held = await heal({ holds: [{ container: 'client', reason: 'a backup of "shop" is running' }] });
	expect(held['client']).toMatchObject({ condition: 'cut_off', reason: 'held_by_backup', changed: false });
	expect(held['client']?.message).toMatch(/^"client" is cut off: the container whose network it shares /);
	expect((await heal({ dryRun: true }))['client']).toMatchObject({ decision: 'restart', changed: true });
	expect(attempts()).toEqual([]);
	const found = await heal({ container: 'router' });
	expect(found['client']).toMatchObject({ decision: 'restart', reason: 'namespace_of_restarted' });
	const interfaces = async ({ id }: Docker.Container) =>
		await stand.engine.cli('exec', id, 'ls', '/sys/class/net');
	expect(await interfaces(client)).toContain('eth0');
	expect((await heal())['client']).toMatchObject({ reason: 'well', changed: false });
	expect(attempts()).toEqual(['restart']);
});

test('DK-18 what shares the network of a container that did not come up is not restarted', async () => {
	const taken = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18474' }] } };
	const ports = { ExposedPorts: { '80/tcp': {} }, HostConfig: taken };
	const Cmd = ['sh', '-c', 'until [ -f /go ]; do sleep .1; done; exit 7'];
	const router = await run('router', { Cmd, ...ports });
	await run('client', { HostConfig: { NetworkMode: `container:${router.id}` } });
	await stand.engine.cli('cp', '/etc/hostname', 'router:/go');
	await inState(router, 'exited');
	await run('thief', ports);
	const found = await heal({ policy: { ...quick, initialBackoffMs: 60_000 } });
	expect(found['router']?.error).toContain('port is already allocated');
	expect(found['client']).toMatchObject({ changed: false });
	expect(attempts()).toEqual(['start']);
});

test('DK-18 what others depend on comes first; a project may be incomplete', async () => {
	const db = await fallIll('shop-db', service('db', ''));
	const app = await fallIll(
		'shop-app',
		service('app', 'db:service_healthy:false,cache:service_started:false'),
	);
	stand.healthFirst(db, app);
	const found = await heal();
	const order = stand.actionsSent().map((line) => [db, app].findIndex(({ id }) => line.includes(id)));
	expect(order).toEqual([0, 1]);
	expect(found['shop-db']).toMatchObject({ changed: true, health: 'healthy' });
	expect(found['shop-app']).toMatchObject({ changed: true, health: 'healthy' });
});

test('DK-18 what is well again once the database is, is left alone', async () => {
	const HostConfig = { Binds: ['shared:/shared'] };
	const Cmd = ['sh', '-c', 'touch /tmp/ok /shared/ok; trap exit TERM; while :; do sleep 1 & wait $!; done'];
	const db = await run('shop-db', { Labels: service('db', ''), Cmd, HostConfig }, 'sick');
	const Healthcheck = { Test: ['CMD', 'test', '-f', '/shared/ok'], Interval: 2e8, Timeout: 30e9 };
	const app = await run('shop-app', { Labels: service('app', 'db'), HostConfig, Healthcheck }, 'sick');
	await Promise.all([inState(db, 'healthy'), inState(app, 'healthy')]);
	await stand.engine.cli('exec', 'shop-db', 'rm', '/tmp/ok', '/shared/ok');
	await Promise.all([inState(db, 'unhealthy'), inState(app, 'unhealthy')]);
	let restartedAt: number | undefined;
	let lookedAgainAt: number | undefined;
	stand.proxy.before = async ({ url }) => {
		if (attempts().length > 0) restartedAt ??= Date.now();
		if (restartedAt === undefined || !url?.includes(`${app.id}/json`)) return undefined;
		lookedAgainAt ??= Date.now();
		await inState(app, 'healthy');
		return undefined;
	};
	const settleMs = 4000;
	const found = await heal({ policy: { ...quick, settleMs } });
	expect(Number(lookedAgainAt) - Number(restartedAt)).toBeGreaterThanOrEqual(settleMs);
	expect(found['shop-db']).toMatchObject({ changed: true });
	expect(found['shop-app']).toMatchObject({ condition: 'healthy', changed: false });
	expect(attempts()).toEqual(['restart']);
});

test('a container whose Compose file asks for it is restarted with what it depends on', async () => {
	await fallIll('shop-db', service('db', ''));
	await run('shop-app', { Labels: service('app', 'db:service_healthy:true') });
	const found = await heal();
	expect(found['shop-app']).toMatchObject({
		reason: 'dependency_restarted',
		decision: 'restart',
		changed: true,
	});
});

test('DK-7, DK-18 one of which nobody could find out whether it is protected is not restarted after another, which is told', async () => {
	await fallIll('shop-db', service('db', ''));
	const Labels = { ...service('app', 'db:service_healthy:true'), 'opsdesk.protected': 'true' };
	const app = await run('shop-app', { Labels });
	let looks = 0;
	stand.proxy.before = ({ url }) => {
		const fails = url?.includes(`${app.id}/json`) && ++looks === 1;
		return Promise.resolve(fails ? { status: 500, body: '{"message":"out of order"}' } : undefined);
	};
	const found = await heal({ container: 'shop-db' });
	expect(found['shop-db']).toMatchObject({ decision: 'restart', changed: true });
	expect(looks).toBeGreaterThan(1);
	expect(found['shop-app']).toMatchObject({ decision: 'leave', reason: 'not_inspected', changed: false });
	expect(found['shop-app']?.message).toContain('could not be found out whether it is protected');
	expect(attempts()).toEqual(['restart']);
});

test('DK-18 a circle is broken by order, and told', async () => {
	const labels = { a: service('a', 'b:service_started:false'), b: service('b', 'a:service_started:false') };
	for (const name of ['a', 'b'] as const) {
		await fallIll(`shop-${name}`, labels[name]);
	}
	const found = await heal();
	expect(found['shop-a']?.message).toContain(
		'"shop-a", "shop-b" depend on each other, so none of them is first.',
	);
	expect(attempts()).toEqual(['restart', 'restart']);
});
