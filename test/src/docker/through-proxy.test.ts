import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { Containers, parseConnection } from '../../../src/docker';
import { startEngine, type TestEngine } from '../../support/engine';
import { startHaproxy } from '../../support/haproxy';
import { imageTag, loadImages } from '../../support/images/images';
import { Scope } from '../../support/scope';

/*
 * Every operation on containers with only the rights that the rules of the compose example give: haproxy itself, with those
 * very rules, between the operations and the engine.
 */

let scope: Scope;
let engine: TestEngine;
let containers: Containers;

beforeAll(async () => {
	scope = await Scope.open('through-proxy');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	const port = await startHaproxy(scope, engine);
	const rights = { accessLevel: 'full', allowedContainers: 'shop-*', timeoutSeconds: 15 };
	containers = new Containers(parseConnection({ ...rights, connectionType: 'tcp', host: '127.0.0.1', port }));
});

afterAll(() => scope?.close());

test('every operation on containers works through the proxy with the rules of the compose example', async () => {
	for (const Name of ['shop_one', 'shop_two']) await engine.docker.createNetwork({ Name });
	const definition = {
		name: 'shop-web',
		image: imageTag('tools'),
		command: ['sh', '-c', 'echo began; trap exit TERM; while :; do sleep 1 & wait $!; done'],
		networks: [{ name: 'shop_one', aliases: ['web'] }, { name: 'shop_two' }],
	};
	expect(await containers.create(definition, { start: true })).toMatchObject({
		created: true,
		started: true,
	});
	expect(await containers.waitFor('shop-web', 'running')).toMatchObject({ state: 'running' });
	expect((await containers.list()).map(({ name }) => name)).toEqual(['shop-web']);
	expect(await containers.get('shop-web')).toMatchObject({ networks: ['shop_one', 'shop_two'] });
	while ((await containers.logs('shop-web')).lines.length === 0) await sleep(50);
	expect((await containers.logs('shop-web')).lines.map(({ line }) => line)).toEqual(['began']);
	expect((await containers.stats('shop-web')).running).toBe(true);
	expect((await containers.top('shop-web')).processes.length).toBeGreaterThan(0);

	expect(await containers.copyTo('shop-web', '/tmp/page', Buffer.from('hello'))).toMatchObject({
		changed: true,
	});
	expect(await containers.copyTo('shop-web', '/tmp/page', Buffer.from('hello'))).toMatchObject({
		changed: false,
	});
	const { content } = await containers.copyFrom('shop-web', '/tmp/page');
	expect((await buffer(content)).toString()).toBe('hello');
	expect((await containers.changes('shop-web')).changes).toContainEqual({ path: '/tmp/page', kind: 'added' });
	const executed = await containers.execute('shop-web', ['cat', '/tmp/page']);
	expect([executed.exitCode, executed.stdout.text()]).toEqual([0, 'hello']);
	const late = await containers.execute('shop-web', ['sleep', '100'], { timeoutSeconds: 5 });
	expect(late).toMatchObject({ timedOut: true, message: 'The program ran longer than 5 s and was ended.' });

	expect(await containers.updateLimits('shop-web', { pids: 99 })).toMatchObject({ changed: true });
	expect(await containers.pause('shop-web')).toMatchObject({ state: 'paused' });
	expect(await containers.unpause('shop-web')).toMatchObject({ state: 'running' });
	expect(await containers.restart('shop-web', { graceSeconds: 1 })).toMatchObject({ state: 'running' });
	expect(await containers.kill('shop-web')).toMatchObject({ state: 'exited' });
	expect(await containers.start('shop-web')).toMatchObject({ state: 'running' });
	expect(await containers.stop('shop-web', { graceSeconds: 1 })).toMatchObject({ state: 'exited' });
	expect(await containers.rename('shop-web', 'shop-old')).toMatchObject({ changed: true });
	expect(await containers.remove('shop-old', { volumes: true })).toMatchObject({ deleted: true });
	expect(await containers.list()).toEqual([]);
});
