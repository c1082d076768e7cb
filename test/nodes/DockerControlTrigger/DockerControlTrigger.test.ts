import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEngine, type TestEngine } from '../../support/engine';
import { startEngineProxy, type EngineProxy } from '../../support/engine-proxy';
import { imageTag, loadImages } from '../../support/images/images';
import { poll } from '../../support/n8n/poll';
import { Scope } from '../../support/scope';
import { activate, type RunningTrigger, type TriggerSetting } from './trigger-double';

let scope: Scope;
let engine: TestEngine;
let proxy: EngineProxy;
const running: RunningTrigger[] = [];

beforeAll(async () => {
	scope = await Scope.open('trigger');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools', 'sick']);
	proxy = await startEngineProxy(engine.socketPath);
});

afterAll(async () => {
	await proxy?.close();
	await scope?.close();
});

beforeEach(() => {
	process.env['OPSDESK_STATE'] = scope.emptyFolder();
});

afterEach(async () => {
	await Promise.all(running.splice(0).map((trigger) => trigger.close()));
	proxy.before = () => Promise.resolve(undefined);
	const all = await engine.docker.listContainers({ all: true });
	await Promise.all(all.map(({ Id }) => engine.docker.getContainer(Id).remove({ force: true, v: true })));
});

const rights = { accessLevel: 'read', allowedContainers: '*', timeoutSeconds: 20 };
const proxied = () => ({ ...rights, connectionType: 'tcp', host: proxy.host, port: proxy.port });
const bySocket = (socketPath: string) => ({ ...rights, connectionType: 'socket', socketPath });

async function begin(setting: Partial<TriggerSetting> = {}): Promise<RunningTrigger> {
	const trigger = await activate({ credential: proxied, ...setting });
	running.push(trigger);
	return trigger;
}

async function start(
	name: string,
	script: string,
	labels: Record<string, string> = {},
	image = 'tools' as const,
) {
	const Cmd = ['sh', '-c', script];
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag(image),
		Cmd,
		Labels: labels,
	});
	await container.start();
	return container;
}

/** Of a container whose health is checked. */
async function untilHealthy(container: Awaited<ReturnType<typeof start>>): Promise<void> {
	const healthy = await poll(100_000, async () => {
		const { State } = await container.inspect();
		return State.Health?.Status === 'healthy' ? true : undefined;
	});
	expect(healthy).toBe(true);
}

/** Until the file of what was handed over knows of no event whose run has not ended. */
async function untilKept(): Promise<void> {
	const folder = join(process.env['OPSDESK_STATE'] ?? '', 'docker-events');
	const kept = await poll(100_000, () => {
		try {
			const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.json'));
			const { value } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
				value: { open: object[]; position: object | null };
			};
			return Promise.resolve(value.open.length === 0 && value.position !== null ? true : undefined);
		} catch {
			// Not there yet, or replaced between the two looks.
			return Promise.resolve(undefined);
		}
	});
	expect(kept).toBe(true);
}

const makeVolume = (Name: string) => engine.docker.createVolume({ Name });
const named = ({ items }: RunningTrigger) => items.map(({ name, type }) => name ?? type);

describe('events', () => {
	test('start the workflow with one item each, of what is asked for alone', async () => {
		const trigger = await begin({ parameters: { events: ['container:die'] } });
		const { id } = await start('shop-web-1', 'exit 3', {
			'com.docker.compose.project': 'shop',
			'com.docker.compose.service': 'web',
		});
		await trigger.until(() => trigger.items.length > 0);
		expect(trigger.items).toEqual([
			{
				at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
				action: 'die',
				type: 'container',
				id,
				name: 'shop-web-1',
				image: imageTag('tools'),
				exitCode: 3,
				health: null,
				signal: null,
				formerName: null,
				labels: expect.objectContaining({ 'com.docker.compose.service': 'web' }),
				project: 'shop',
				service: 'web',
				eventId: expect.any(String),
			},
		]);
		expect(trigger.keys[0]).toBe(`docker-event:workflow:trigger:${String(trigger.items[0]?.['eventId'])}`);
	});

	test('a container that turns unhealthy is told', async () => {
		const trigger = await begin({ parameters: { events: ['container:health_status:unhealthy'] } });
		const container = await engine.docker.createContainer({ name: 'sick', Image: imageTag('sick') });
		await container.start();
		await untilHealthy(container);
		await engine.cli('exec', 'sick', 'rm', '/tmp/ok');
		await trigger.until(() => trigger.items.length > 0);
		expect(trigger.items[0]).toMatchObject({ action: 'health_status', health: 'unhealthy', name: 'sick' });
	});

	test('filters hold for all events, also where an expression gives the values as text', async () => {
		const trigger = await begin({
			parameters: {
				events: 'container:die, container:create',
				filters: { names: 'site-*, blog', labels: 'tier=web', failuresOnly: true },
			},
		});
		const web = { tier: 'web' };
		await start('site-good', 'exit 0', web);
		await start('site-db', 'exit 1', { tier: 'db' });
		await start('other', 'exit 1', web);
		await start('blog', 'exit 1', web);
		await trigger.until(() => trigger.items.length >= 3);
		await sleep(300);
		const told = trigger.items.map(({ action, name }) => `${String(action)} ${String(name)}`);
		expect(told.sort()).toEqual(['create blog', 'create site-good', 'die blog']);
	});

	test('a number that is none is refused by its name', async () => {
		const attempt = begin({ parameters: { options: { catchUpMinutes: 'soon' } } });
		await expect(attempt).rejects.toThrow('"Catch Up at Most" is not a whole number from 1 to 10080: soon');
	});

	test('DK-28: nothing but labels and what the engine says of the event is told', async () => {
		const trigger = await begin();
		const Env = ['PASSWORD=hunter2'];
		await engine.docker.createContainer({ name: 'secretive', Image: imageTag('tools'), Env });
		await trigger.until(() => trigger.items.length > 0);
		expect(JSON.stringify([trigger.items, trigger.saved(), trigger.log])).not.toContain('hunter2');
	});

	test('by hand the next event is given, and no further one', async () => {
		const trigger = await begin({ mode: 'manual', activation: 'manual' });
		for (const name of ['one', 'two', 'three']) await makeVolume(`hand-${name}`);
		await trigger.until(() => trigger.items.length > 0);
		await sleep(300);
		expect(named(trigger)).toEqual(['hand-one']);
		const missing = begin({ mode: 'manual', credential: () => bySocket(scope.path('absent')) });
		await expect(missing).rejects.toThrow('There is no Docker socket');
	});
});

describe('after a stop of n8n', () => {
	test('what happened meanwhile starts the workflow, once', async () => {
		const first = await begin();
		await makeVolume('stop-a');
		await first.until(() => first.items.length === 1);
		await first.close();
		await makeVolume('stop-b');
		const second = await begin({ activation: 'init', staticData: first.saved() });
		await second.until(() => second.items.length > 0);
		await makeVolume('stop-c');
		await second.until(() => second.items.length >= 2);
		expect(named(second)).toEqual(['stop-b', 'stop-c']);
	});

	test('a kill before the run has ended hands the event over again, with the same key, and says so', async () => {
		const first = await begin({ finish: false });
		await makeVolume('kill-a');
		await first.until(() => first.items.length === 1);
		// A killed process writes nothing any more: what is in n8n's database is all there is.
		process.env['OPSDESK_STATE'] = scope.emptyFolder();
		const second = await begin({ activation: 'init', staticData: first.saved() });
		await second.until(() => second.items.length >= 1);
		await sleep(200);
		expect(second.items).toEqual([{ ...first.items[0], redelivered: true }]);
		expect(second.keys).toEqual(first.keys);
	});

	test('a kill after the run has ended hands nothing over again', async () => {
		const first = await begin();
		await makeVolume('late-a');
		await first.until(() => first.items.length === 1);
		await untilKept();
		const second = await begin({ activation: 'init', staticData: first.saved() });
		await makeVolume('late-b');
		await second.until(() => second.items.length >= 1);
		expect(named(second)).toEqual(['late-b']);
	});

	test('without catching up, or under another workflow, it begins anew', async () => {
		const first = await begin();
		await makeVolume('anew-a');
		await first.until(() => first.items.length === 1);
		await first.close();
		await makeVolume('anew-b');
		const parameters = { options: { catchUp: false } };
		const none = await begin({ activation: 'update', parameters, staticData: first.saved() });
		const other = await begin({ activation: 'update', workflowId: 'other' });
		await makeVolume('anew-c');
		for (const trigger of [none, other]) {
			await trigger.until(() => trigger.items.length >= 1);
			expect(named(trigger)).toEqual(['anew-c']);
		}
	});

	test('a state folder that cannot be written is told once and stops nothing', async () => {
		const file = scope.path('no-folder');
		writeFileSync(file, '');
		process.env['OPSDESK_STATE'] = file;
		const trigger = await begin();
		await makeVolume('folder-a');
		await makeVolume('folder-b');
		await trigger.until(() => trigger.items.length === 2 && trigger.log.length > 0);
		await trigger.close();
		expect(trigger.log).toEqual([
			expect.stringMatching(/cannot be kept|cannot keep which events have arrived/),
		]);
	});
});

describe('an engine that cannot be reached', () => {
	test('is waited for when n8n starts, told in the log with a remedy, and never switches the workflow off', async () => {
		proxy.before = () => Promise.resolve({ status: 503, body: '<html>' });
		const trigger = await begin({ activation: 'init' });
		await trigger.until(() => trigger.log.length > 0);
		await sleep(1500);
		expect(trigger.log).toEqual([
			expect.stringMatching(
				/^"Docker events" of the workflow "Events" no longer hears .* cannot reach the engine .* Start the container engine/,
			),
		]);
		proxy.before = () => Promise.resolve(undefined);
		await trigger.until(() => trigger.log.length === 2);
		expect(trigger.log[1]).toMatch(/hears of events again, after \d/);
		await makeVolume('there-again');
		await trigger.until(() => trigger.items.length === 1);
		expect([trigger.errors, trigger.failedRuns]).toEqual([[], []]);
	});

	test('for longer is reported as one failed run for each outage', async () => {
		const clock = jest.spyOn(Date, 'now');
		try {
			const trigger = await begin();
			proxy.before = () => Promise.resolve({ status: 503, body: '<html>' });
			proxy.cut();
			await trigger.until(() => trigger.log.length > 0);
			expect(trigger.failedRuns).toEqual([]);
			const real = jest.requireActual<typeof globalThis>('node:perf_hooks').performance;
			clock.mockImplementation(() => real.timeOrigin + real.now() + 6 * 60_000);
			await trigger.until(() => trigger.failedRuns.length > 0);
			await sleep(1000);
			expect(trigger.failedRuns).toHaveLength(1);
			expect(trigger.failedRuns[0]).toMatchObject({ description: expect.stringContaining('Start') });
		} finally {
			clock.mockRestore();
		}
	});
});
