import { randomBytes } from 'node:crypto';

import { RecordingServer } from '../support/doubles/recording-server';
import { startEngine, type TestEngine } from '../support/engine';
import { imageTag, loadImages } from '../support/images/images';
import type { StoredCredential } from '../support/n8n/client';
import { poll } from '../support/n8n/poll';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { Alerting } from './alerting';
import type { ReceivedAlert } from './backing-up';
import { setUpWorkflow } from './docker-workflow';

const key = 'heal-containers-on-events';
const client = sharedN8n();
const id = randomBytes(8).toString('hex');
let scope: Scope;
let engine: TestEngine;
let alerting: Alerting;
let receiver: RecordingServer;
let credential: StoredCredential;

beforeAll(async () => {
	scope = await Scope.open('heal-on-events');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools', 'sick']);
	receiver = await RecordingServer.start(() => ({ status: 204 }));
	const target = { name: `events ${id}`, channel: 'webhook', to: receiver.url };
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
	await client.deactivate(id);
	await client.deleteWorkflow(id);
	await alerting?.remove();
	await client.deleteCredential(credential.id);
	await receiver?.stop();
	await scope?.close();
});

/** Puts the workflow in place as a user sets it up. */
async function setUp(settings: Record<string, unknown>): Promise<void> {
	await setUpWorkflow(client, { key, id, alerting, credential, settings });
	await client.activate(id);
}

async function run(name: string, Cmd: string[], image: 'tools' | 'sick' = 'tools'): Promise<void> {
	await (await engine.docker.createContainer({ name, Image: imageTag(image), Cmd })).start();
}

/** The times a container was started, as lines. */
async function startsOf(name: string): Promise<string[]> {
	const filters = ['--filter', `container=${name}`, '--filter', 'event=start'];
	const starts = await engine.cli('events', '--since', '1', '--until', String(Date.now() / 1000), ...filters);
	return starts.split('\n');
}

test('DK-9 a container that fails is started again by the event, as often as permitted, and where that does not help one alert comes', async () => {
	await setUp({ maxRestarts: 1 });
	await run('shop-web', ['sh', '-c', 'test -f /was && exec sleep 1000; touch /was; sleep 1; exit 1']);
	await run('shop-job', ['sh', '-c', 'sleep 1; exit 7']);
	await poll(150_000, () => Promise.resolve(receiver.requests.length > 0 ? true : undefined));
	const web = engine.docker.getContainer('shop-web');
	await poll(60_000, async () => {
		const isAgain = (await startsOf('shop-web')).length === 2;
		return isAgain && (await web.inspect()).State.Running ? true : undefined;
	});
	// Nothing else comes.
	await new Promise((resolve) => setTimeout(resolve, 15_000));
	const alerts = receiver.requests.map(({ body }) => body as ReceivedAlert);
	expect(alerts).toMatchObject([{ dedupeKey: 'container:shop-job', severity: 'critical', status: 'firing' }]);
	// The first one is that of the test.
	expect(await startsOf('shop-job')).toHaveLength(2);
	expect(await startsOf('shop-web')).toHaveLength(2);
	expect((await web.inspect()).State.Running).toBe(true);
}, 400_000);
