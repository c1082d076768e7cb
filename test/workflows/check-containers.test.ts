import { randomBytes } from 'node:crypto';

import { RecordingServer } from '../support/doubles/recording-server';
import { startEngine, type TestEngine } from '../support/engine';
import { imageTag, loadImages } from '../support/images/images';
import type { StoredCredential } from '../support/n8n/client';
import { executionError } from '../support/n8n/executions';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { Alerting } from './alerting';
import type { ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const key = 'check-containers-every-five-minutes';
const client = sharedN8n();
const id = randomBytes(8).toString('hex');
let scope: Scope;
let engine: TestEngine;
let alerting: Alerting;
let receiver: RecordingServer;
let credential: StoredCredential;

beforeAll(async () => {
	scope = await Scope.open('check-containers');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const target = { name: `checks ${id}`, channel: 'webhook', to: receiver.url };
	alerting = await Alerting.install(client, { targets: [target] });
	credential = await client.createCredential(`engine ${id}`, 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'control',
		allowedContainers: '*',
		timeoutSeconds: 30,
	});
});

afterAll(async () => {
	await client.deleteWorkflow(id);
	await alerting?.remove();
	await client.deleteCredential(credential.id);
	await receiver?.stop();
	await scope?.close();
});

/** Puts the workflow in place as a user sets it up. */
async function setUp(settings: Record<string, unknown>): Promise<void> {
	// Not published: its schedule would start it in between.
	await setUpWorkflow(client, { key, id, alerting, credential, settings });
}

async function press(): Promise<ReceivedAlert[]> {
	const before = receiver.requests.length;
	const execution = await client.run(id, { trigger: 'Check now', timeoutMs: 120_000 });
	expect(executionError(execution)?.message).toBeUndefined();
	return receiver.requests.slice(before).map(({ body }) => body as ReceivedAlert);
}

/** A container that has come to its end. */
async function runToEnd(name: string, Cmd: string[]): Promise<void> {
	const container = await engine.docker.createContainer({ name, Image: imageTag('tools'), Cmd });
	await container.start();
	await container.wait();
}

/** Until somebody is told of something. */
async function pressUntilTold(): Promise<ReceivedAlert[]> {
	const told = await poll(120_000, async () => {
		const alerts = await press();
		return alerts.length > 0 ? alerts : undefined;
	});
	return told ?? [];
}

test('HC-26 what a restart helps comes back, where it does not a person is called once, and the end is told', async () => {
	const failing = engine.docker.getContainer('shop-job');
	await runToEnd('shop-job', ['sh', '-c', 'test -f /ok && exec sleep 1000; exit 7']);
	await runToEnd('shop-web', ['sh', '-c', 'test -f /was && exec sleep 1000; touch /was; exit 1']);
	await setUp({ maxRestarts: 1, tellRestarts: true });
	const alerts = await press();
	expect(alerts.map(({ title, severity, status }) => [title, severity, status])).toEqual([
		['Container shop-job does not stay up, and restarts do not help', 'critical', 'firing'],
		['Container shop-web was restarted', 'info', 'firing'],
	]);
	// HC-26
	expect(alerts[1]?.message).toMatch(/It keeps running: .* It was not well for [\d.]+ m?s\.$/);
	expect(alerts[0]).toMatchObject({ dedupeKey: 'container:shop-job', details: { attempts: '1' } });
	expect((await engine.docker.getContainer('shop-web').inspect()).State.Running).toBe(true);
	expect(await press()).toEqual([]);

	await engine.cli('cp', '/etc/hostname', 'shop-job:/ok');
	await failing.start();
	// It is out of trouble once it has stayed up for ten seconds.
	expect(await pressUntilTold()).toMatchObject([
		{ title: 'Container shop-job is out of trouble', status: 'resolved' },
	]);
});
