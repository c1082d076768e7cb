import type { ILoadOptionsFunctions, INode } from 'n8n-workflow';

import { DockerControl } from '../../../nodes/DockerControl/DockerControl.node';
import { runWorkflow, type WorkflowJson, type WorkflowRun } from '../../support/in-process';
import { inShop, useShop } from '../../src/docker/update/shop';

const type = 'n8n-nodes-opsdesk.dockerControl';
const shop = useShop('update-node');
const byName = (value: string) => ({ __rl: true, mode: 'name', value });
const quick = { pull: false, settleSeconds: 1, drainSeconds: 0 };

function credential(): Record<string, string> {
	const { host, port } = shop.proxy;
	const fields = { connectionType: 'tcp', host, port, accessLevel: 'full', allowedContainers: 'shop-*' };
	return { ...fields, timeoutSeconds: 30 } as unknown as Record<string, string>;
}

async function run(parameters: INode['parameters']): Promise<WorkflowRun> {
	const node = (name: string, nodeType: string, extra: Partial<INode> = {}): INode => ({
		...{ id: name, name, type: nodeType, typeVersion: 1, position: [0, 0], parameters: {} },
		...extra,
	});
	const json: WorkflowJson = {
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger'),
			node('Docker', type, { parameters, credentials: { dockerApi: { id: '1', name: 'Engine' } } }),
		],
		connections: { Start: { main: [[{ node: 'Docker', type: 'main', index: 0 }]] } },
	};
	return await runWorkflow(json, {
		nodeTypes: { [type]: DockerControl },
		credentials: { dockerApi: credential() },
	});
}

const service = (name: string, dependsOn = ''): object => ({
	...inShop(name, `shop-${name}-1`),
	Labels: {
		'com.docker.compose.project': 'shop',
		'com.docker.compose.service': name,
		'com.docker.compose.depends_on': dependsOn,
	},
});

test('Update replaces a container; one that is rolled back is an error unless the report is asked for', async () => {
	await shop.run('shop-web-1', inShop('web', 'shop-web-1'));
	const update = { resource: 'container', operation: 'update', container: byName('shop-web-1') };
	await shop.release('2');
	const dry = await run({ ...update, options: { ...quick, dryRun: true } });
	expect(dry.json('Docker')[0]).toMatchObject({ dryRun: true, changed: true, way: 'startFirst' });
	const done = await run({ ...update, options: { ...quick, way: 'automatic' } });
	expect(done.json('Docker')[0]).toMatchObject({ changed: true, rolledBack: false, health: 'healthy' });
	await shop.release('broken');
	const failed = await run({ ...update, options: quick });
	expect(failed.error).toMatchObject({
		message: 'The update of "shop-web-1" to shop/web:1 was rolled back: It ended with exit code 3.',
		description: expect.stringContaining('no such table'),
	});
	const told = await run({ ...update, whenRolledBack: 'report', options: quick });
	expect(told.json('Docker')[0]).toMatchObject({ rolledBack: true, log: ['no such table'] });
	expect(await shop.containers()).toEqual({ 'shop-web-1': 'running, 2' });
});

test('Compose projects are listed, looked at, started, restarted, updated and stopped', async () => {
	await shop.create('shop-db-1', service('db'));
	await shop.create('shop-app-1', service('app', 'db:service_healthy:false'));
	const on = (operation: string, more: INode['parameters'] = {}) =>
		run({ resource: 'composeProject', operation, project: byName('shop'), options: {}, ...more });
	const many = await run({ resource: 'composeProject', operation: 'getMany', returnAll: true });
	expect(many.json('Docker').map(({ name }) => name)).toEqual(['shop']);
	const order = [['shop-db-1'], ['shop-app-1']];
	expect((await on('get')).json('Docker')[0]).toMatchObject({ state: 'stopped', order });
	const started = await on('start');
	expect(started.json('Docker')[0]).toMatchObject({ changed: true, complete: true, order });
	const restarted = await on('restart', { options: { graceSeconds: 0 } });
	expect(restarted.json('Docker')[0]).toMatchObject({ changed: true, complete: true });
	await shop.release('broken');
	const failed = await on('update', { options: quick });
	expect(failed.error).toMatchObject({
		message: expect.stringMatching(
			/^The update of the project "shop" is not complete\. shop-db-1 rolled back/,
		),
	});
	const told = await on('update', { whenNotComplete: 'report', options: quick });
	expect(told.json('Docker')[0]).toMatchObject({ complete: false });
	const stopped = await on('stop', { options: { dryRun: true } });
	expect(stopped.json('Docker')[0]).toMatchObject({ dryRun: true, order: [['shop-app-1'], ['shop-db-1']] });
	expect(await shop.containers()).toEqual({ 'shop-db-1': 'running, 1', 'shop-app-1': 'running, 1' });
});

test('the list of projects says how many of their containers run', async () => {
	await shop.create('shop-db-1', service('db'));
	const { searchProjects } = new DockerControl().methods.listSearch;
	const context = {
		getCredentials: () => Promise.resolve(credential()),
		getNode: () => ({ name: 'Docker' }),
	} as unknown as ILoadOptionsFunctions;
	expect(await searchProjects.call(context, 'SH')).toEqual({
		results: [{ name: 'shop (0 of 1 running)', value: 'shop' }],
	});
	expect(await searchProjects.call(context, 'blog')).toEqual({ results: [] });
});
