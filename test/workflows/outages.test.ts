import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';

import { startEngine, type TestEngine } from '../support/engine';
import { freePort } from '../support/free-port';
import { imageTag, loadImages } from '../support/images/images';
import type { StoredCredential } from '../support/n8n/client';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { programPath } from '../support/system-packages.cjs';
import { nodeOf } from './backing-up';
import { Checking } from './checking';

const client = sharedN8n();
let scope: Scope;
let engine: TestEngine;
let checking: Checking;
let credential: StoredCredential;

beforeAll(async () => {
	scope = await Scope.open('outages');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	checking = await Checking.install(client);
	credential = await client.createCredential(`outages ${randomUUID()}`, 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'read',
		allowedContainers: '*',
		timeoutSeconds: 10,
	});
	await checking.setUp('run-site-checks', {}, (workflow) => {
		const node = nodeOf(workflow, 'Run the checks');
		node.credentials = { dockerApi: { id: credential.id, name: credential.name } };
		node.parameters['signInWith'] = ['dockerApi'];
	});
});

afterAll(async () => {
	await checking?.remove();
	if (credential) await client.deleteCredential(credential.id);
	await scope?.close();
});

/** So many runs as a schedule makes them. @returns what each has told */
async function runs(set: string, checks: object[], count: number): Promise<string[][]> {
	const told: string[][] = [];
	for (let made = 0; made < count; made += 1) {
		const { alerts, error } = await checking.run({ set, checks });
		expect(error).toBe('');
		told.push(alerts.map(({ title, severity }) => `${title}: ${severity}`));
	}
	return told;
}

test('HC-2 HC-3 HC-4: a Redis that is down, and one that is nearly full, are told once each, and so are their ends', async () => {
	const port = await freePort();
	const start = () =>
		scope.start(`redis-${randomUUID()}`, programPath('redis-server'), {
			args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory', '8mb'],
		});
	const set = `redis-${randomUUID()}`;
	const redis = { name: 'Redis', type: 'redis', host: '127.0.0.1', port, memory: { warning: 90 } };
	const checks = [{ ...redis, timeoutSeconds: 15 }];
	const server = start();
	await server.ready(async () => (await say(port, 'PING')).includes('PONG'), 60_000);
	expect(await runs(set, checks, 1)).toEqual([[]]);
	await server.end();
	// Three failures in a row are wanted, and two good results; one of them ends nothing.
	expect(await runs(set, checks, 4)).toEqual([[], [], ['Redis fails: critical'], []]);
	const again = start();
	await again.ready(async () => (await say(port, 'PING')).includes('PONG'), 60_000);
	expect(await runs(set, checks, 3)).toEqual([[], ['Redis is well again: critical'], []]);
	for (let key = 0; key < 200; key += 1) await say(port, `SET key-${key} ${'x'.repeat(50_000)}`);
	expect(await runs(set, checks, 4)).toEqual([[], [], ['Redis needs attention: warning'], []]);
	await say(port, 'FLUSHALL');
	expect(await runs(set, checks, 3)).toEqual([[], ['Redis is well again: warning'], []]);
	await again.end();
});

/** Sends a command on a connection of its own. */
async function say(port: number, command: string): Promise<string> {
	return await new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
		socket.once('data', (data) => {
			socket.destroy();
			resolve(data.toString());
		});
		socket.once('error', () => resolve(''));
	});
}

test('HC-2 HC-4 HC-16: containers of sites that are killed are told once each, an engine that is away alone, and each end once', async () => {
	for (const name of ['shop', 'blog']) {
		const made = await engine.docker.createContainer({
			name,
			Image: imageTag('tools'),
			Cmd: ['sleep', '1000'],
		});
		await made.start();
	}
	const set = `containers-${randomUUID()}`;
	const alert = { failures: 1, recoveries: 1 };
	const checks = ['shop', 'blog'].map((name) => ({ name, type: 'container', container: name, alert }));
	const withEngine = [...checks, { name: 'Engine', type: 'engine', timeoutSeconds: 15, alert }];
	expect(await runs(set, withEngine, 1)).toEqual([[]]);
	const shop = engine.docker.getContainer('shop');
	await shop.kill();
	await shop.wait();
	expect(await runs(set, withEngine, 3)).toEqual([['shop fails: critical'], [], []]);
	await shop.start();
	expect(await runs(set, withEngine, 2)).toEqual([['shop is well again: critical'], []]);
	await engine.process.end();
	expect(await runs(set, withEngine, 3)).toEqual([['Engine fails: critical'], [], []]);
	engine = await engine.restart();
	for (const name of ['shop', 'blog'])
		await engine.docker
			.getContainer(name)
			.start()
			.catch(() => undefined);
	expect((await runs(set, withEngine, 3)).flat()).toEqual(['Engine is well again: critical']);
});
