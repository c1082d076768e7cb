import type Docker from 'dockerode';

import { ComposeProjects } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { shopNetwork, useShop } from '../update/shop';

const shop = useShop('compose');
const projects = (rights: Record<string, unknown> = {}) => new ComposeProjects(shop.connection(rights));

interface Service {
	dependsOn?: string;
	labels?: Record<string, string>;
	options?: Docker.ContainerCreateOptions;
}

/** A container with the labels Docker Compose gives it. */
async function service(project: string, name: string, { dependsOn, labels, options }: Service = {}) {
	const container = `${project}-${name}-1`;
	return await shop.create(container, {
		Labels: {
			'com.docker.compose.project': project,
			'com.docker.compose.service': name,
			'com.docker.compose.oneoff': 'False',
			...(dependsOn && { 'com.docker.compose.depends_on': dependsOn }),
			...labels,
		},
		NetworkingConfig: { EndpointsConfig: { [shopNetwork]: { Aliases: [name, container] } } },
		...options,
	});
}

/** `shop-db-1: changed` in the order in which they were taken. */
const taken = (result: { parts: { name: string; outcome: string }[] }) =>
	result.parts.map(({ name, outcome }) => `${name}: ${outcome}`);

async function startedAt(name: string): Promise<number> {
	return Date.parse((await shop.engine.docker.getContainer(name).inspect()).State.StartedAt);
}

test('DK-18 a project starts in the order of its dependencies, those that have to be healthy first, and stops the other way', async () => {
	await service('shop', 'app', { dependsOn: 'api:service_started:false' });
	const api = await service('shop', 'api', { dependsOn: 'db:service_healthy:true' });
	const db = await service('shop', 'db');
	const order = [['shop-db-1'], ['shop-api-1'], ['shop-app-1']];
	expect(await projects().get('shop')).toMatchObject({ order, circles: [], missing: [], state: 'stopped' });

	const dry = await projects().start('shop', { dryRun: true });
	expect(dry).toMatchObject({ dryRun: true, changed: true, order });
	expect(shop.actionsSent()).toEqual([]);

	let health: string | undefined;
	shop.proxy.before = async ({ url }) => {
		if (url?.includes(`${api.id}/start`)) health ??= (await db.inspect()).State.Health?.Status;
		return undefined;
	};
	const started = await projects().start('shop');
	expect(started).toMatchObject({ changed: true, complete: true, warnings: [] });
	expect(taken(started)).toEqual(['shop-db-1: changed', 'shop-api-1: changed', 'shop-app-1: changed']);
	expect(health).toBe('healthy');
	expect(await startedAt('shop-app-1')).toBeGreaterThan(await startedAt('shop-api-1'));
	expect(await projects().start('shop')).toMatchObject({ changed: false, complete: true });

	const stopped = await projects().stop('shop');
	expect(taken(stopped)).toEqual(['shop-app-1: changed', 'shop-api-1: changed', 'shop-db-1: changed']);
	expect(await projects().list()).toMatchObject([
		{ name: 'shop', state: 'stopped', containers: 3, running: 0, services: ['api', 'app', 'db'] },
	]);
});

test('DK-18 a circle is broken by order and told, and so is a service that is not there', async () => {
	await service('shop', 'a', { dependsOn: 'b:service_started:false' });
	await service('shop', 'b', { dependsOn: 'a:service_started:false,mail:service_started:false' });
	const result = await projects().start('shop');
	expect(result).toMatchObject({
		complete: true,
		circles: [['shop-a-1', 'shop-b-1']],
		missing: ['mail'],
		warnings: [
			'shop-a-1 and shop-b-1 need each other, so no order between them is right',
			'the service "mail", which others need, has no container',
		],
	});
	expect(await shop.containers()).toEqual({ 'shop-a-1': 'running, 1', 'shop-b-1': 'running, 1' });
});

test('DK-18 a restart takes what shares a network after the container whose network it is', async () => {
	const vpn = await service('shop', 'vpn');
	await vpn.start();
	await service('shop', 'behind', {
		options: {
			Image: imageTag('tools'),
			Cmd: ['sh', '-c', 'trap exit TERM; while :; do sleep 1 & wait $!; done'],
			HostConfig: { NetworkMode: `container:${vpn.id}` },
			NetworkingConfig: {},
		},
	});
	const result = await projects().restart('shop', { graceSeconds: 1 });
	expect(taken(result)).toEqual(['shop-vpn-1: changed', 'shop-behind-1: changed']);
	expect(await startedAt('shop-behind-1')).toBeGreaterThan(await startedAt('shop-vpn-1'));
});

test('what needs a container that does not start is not started, and a job that is done is not run again', async () => {
	const job = await service('shop', 'migrate', { options: { Image: imageTag('tools'), Cmd: ['true'] } });
	await service('shop', 'app', { dependsOn: 'migrate:service_completed_successfully:false' });
	expect(await projects().start('shop')).toMatchObject({ complete: true });
	const again = await projects().start('shop');
	expect(taken(again)).toEqual(['shop-migrate-1: unchanged', 'shop-app-1: unchanged']);
	expect((await job.inspect()).State.ExitCode).toBe(0);

	await service('bad', 'migrate', { options: { Image: imageTag('tools'), Cmd: ['false'] } });
	await service('bad', 'app', { dependsOn: 'migrate:service_completed_successfully:false' });
	const failed = await projects().start('bad');
	expect(taken(failed)).toEqual(['bad-migrate-1: failed', 'bad-app-1: skipped']);
	expect(failed).toMatchObject({ complete: false, parts: [{ reason: 'It ended with exit code 1.' }, {}] });
});

test('an update takes the services in order and stops at the first that is rolled back', async () => {
	await service('shop', 'db');
	await service('shop', 'api', { dependsOn: 'db:service_healthy:false' });
	await service('shop', 'app', { dependsOn: 'api:service_started:false' });
	await projects().start('shop');
	await shop.release('2');
	const options = { pull: false, settleSeconds: 1, drainSeconds: 0 };
	const updated = await projects().update('shop', options);
	expect(updated).toMatchObject({ complete: true, changed: true });
	expect(taken(updated)).toEqual(['shop-db-1: changed', 'shop-api-1: changed', 'shop-app-1: changed']);
	await shop.release('broken');
	const broken = await projects().update('shop', options);
	expect(taken(broken)).toEqual(['shop-db-1: rolled back', 'shop-api-1: skipped', 'shop-app-1: skipped']);
	expect(await shop.containers()).toEqual({
		'shop-db-1': 'running, 2',
		'shop-api-1': 'running, 2',
		'shop-app-1': 'running, 2',
	});
});

test('containers outside of the rights are counted and left alone; protected ones keep the whole project', async () => {
	await service('shop', 'db');
	await service('shop', 'app');
	const narrow = projects({ allowedContainers: 'shop-app-*' });
	const result = await narrow.start('shop');
	expect(result.warnings).toEqual([
		'1 of its containers are not covered by the credential and were left alone',
	]);
	expect(await shop.containers()).toEqual({ 'shop-app-1': 'running, 1', 'shop-db-1': 'created, 1' });
	await expect(projects({ allowedContainers: 'blog-*' }).get('shop')).rejects.toMatchObject({
		code: 'not_found',
	});
	await service('shop', 'dear', { labels: { 'opsdesk.protected': 'true' } });
	await expect(projects().stop('shop')).rejects.toMatchObject({ code: 'container_protected' });
	expect((await shop.containers())['shop-app-1']).toBe('running, 1');
	await expect(projects().get('shop/../..')).rejects.toMatchObject({ code: 'invalid_reference' });
});
