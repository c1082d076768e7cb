import { Containers, parseConnection } from '../../../src/docker';
import { startEngine, type TestEngine } from '../../support/engine';
import { startHaproxy } from '../../support/haproxy';
import { imageTag, loadImages } from '../../support/images/images';
import { Scope } from '../../support/scope';

/* haproxy with the rules of the compose example, but for its usual patience: two seconds in place of ten minutes. */

let scope: Scope;
let engine: TestEngine;
let containers: Containers;

beforeAll(async () => {
	scope = await Scope.open('proxy-patience');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	const port = await startHaproxy(scope, engine, (rules) =>
		rules.replace(/timeout (client|server) 10m/g, 'timeout $1 2s'),
	);
	const rights = { accessLevel: 'full', allowedContainers: 'shop-*', timeoutSeconds: 15 };
	containers = new Containers(parseConnection({ ...rights, connectionType: 'tcp', host: '127.0.0.1', port }));
	const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'];
	const container = await engine.docker.createContainer({
		name: 'shop-web',
		Image: imageTag('tools'),
		Cmd: stubborn,
	});
	await container.start();
});

afterAll(() => scope?.close());

test('a program that is silent for longer than the proxy waits for other answers comes to its end', async () => {
	const command = ['sh', '-c', 'sleep 6; echo done'];
	const result = await containers.execute('shop-web', command, { timeoutSeconds: 30 });
	expect([result.exitCode, result.stdout.text()]).toEqual([0, 'done\n']);
});

test('a container that takes longer to stop than the proxy waits for other answers is stopped', async () => {
	expect(await containers.stop('shop-web', { graceSeconds: 5 })).toMatchObject({ state: 'exited' });
});
