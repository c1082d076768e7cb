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

test('DK-18 what others depend on comes first; a project may be incomplete', async () => {
	const db = await fallIll('shop-db', service('db', ''));
	const app = await fallIll(
		'shop-app',
		service('app', 'db:service_healthy:false,cache:service_started:false'),
	);
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
	const Healthcheck = { Test: ['CMD', 'test', '-f', '/shared/ok'] };
	const app = await run('shop-app', { Labels: service('app', 'db'), HostConfig, Healthcheck }, 'sick');
	await Promise.all([inState(db, 'healthy'), inState(app, 'healthy')]);
	await stand.engine.cli('exec', 'shop-db', 'rm', '/tmp/ok', '/shared/ok');
	await Promise.all([inState(db, 'unhealthy'), inState(app, 'unhealthy')]);
	const found = await heal({ policy: { ...quick, settleMs: 4000 } });
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
