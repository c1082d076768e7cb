import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEngine, type TestEngine } from '../support/engine';
import { loadImages } from '../support/images/images';
import { N8nClient } from '../support/n8n/client';
import { outputItems } from '../support/n8n/executions';
import { startN8n, startN8nServer, type N8n } from '../support/n8n/host';
import { poll } from '../support/n8n/poll';
import type { StoredCredential } from '../support/n8n/client';
import type { WorkflowJson } from '../support/n8n/workflow';
import { Scope } from '../support/scope';

const type = 'n8n-nodes-opsdesk.dockerControlTrigger';
const triggerId = 'c0ffee00-0000-4000-8000-000000000001';

let scope: Scope;
let engine: TestEngine;
let n8n: N8n;
let dockerApi: StoredCredential;

beforeAll(async () => {
	scope = await Scope.open('e2e-trigger');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	n8n = await startN8n(scope);
	dockerApi = await n8n.client.createCredential('Engine', 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'read',
		allowedContainers: '*',
		timeoutSeconds: 15,
	});
}, 600_000);
afterAll(() => scope?.close());

/** Every volume that is made starts a run, which takes a moment. */
const workflow = (id: string, settings: object = {}): WorkflowJson => ({
	id,
	name: 'Events of the engine',
	settings: { executionOrder: 'v1', ...settings },
	nodes: [
		{
			id: triggerId,
			name: 'Docker events',
			type,
			typeVersion: 1,
			position: [0, 0],
			parameters: { events: ['volume:*', 'container:die'], filters: {}, options: {} },
			credentials: { dockerApi: { id: dockerApi.id, name: dockerApi.name } },
		},
		{
			id: 'c0ffee00-0000-4000-8000-000000000002',
			name: 'Take a moment',
			type: 'n8n-nodes-base.wait',
			typeVersion: 1.1,
			position: [220, 0],
			parameters: { resume: 'timeInterval', amount: 0.2, unit: 'seconds' },
		},
	],
	connections: { 'Docker events': { main: [[{ node: 'Take a moment', type: 'main', index: 0 }]] } },
});

async function makeVolumes(prefix: string, count: number): Promise<string[]> {
	const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
	for (const Name of names) await engine.docker.createVolume({ Name });
	return names;
}

/** What the runs of a workflow were started with. */
async function told(id: string): Promise<Record<string, unknown>[]> {
	const executions = await n8n.client.executions(id);
	return executions.flatMap((execution) => outputItems(execution, 'Docker events').map(({ json }) => json));
}

async function toldVolumes(id: string, count: number): Promise<unknown[]> {
	await poll(150_000, async () => ((await told(id)).length >= count ? true : undefined));
	await sleep(500);
	return (await told(id)).map(({ name, type: kind }) => name ?? kind).sort();
}

/** Of the engine's clock, in nanoseconds. */
const instantOf = (at: unknown): bigint => {
	const [seconds = '', fraction = ''] = String(at).replace('Z', '').split('.');
	return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
};

/** Until the runs of these events have ended, and the trigger has kept that they have. */
async function untilKept(id: string, events: Record<string, unknown>[]): Promise<void> {
	const last = events.map(({ at }) => instantOf(at)).reduce((one, other) => (one > other ? one : other));
	const place = createHash('sha256').update(`${id}:${triggerId}`).digest('hex').slice(0, 32);
	const folder = join(n8n.userFolder, '.n8n', 'opsdesk', 'docker-events');
	const kept = await poll(100_000, async () => {
		if ((await n8n.client.executions(id)).length > 0) return undefined;
		try {
			const [file = ''] = readdirSync(folder).filter((name) => name.startsWith(place));
			const { value } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
				value: { open: object[]; position: { at: string } };
			};
			return value.open.length === 0 && BigInt(value.position.at) >= last ? true : undefined;
		} catch {
			// Not there yet, or replaced between the two looks.
			return undefined;
		}
	});
	expect(kept).toBe(true);
}

async function restartN8n(signal: 'SIGTERM' | 'SIGKILL', meanwhile: () => Promise<unknown>): Promise<void> {
	const { client, userFolder, env } = n8n;
	await n8n.process.end(signal);
	await meanwhile();
	const name = `n8n-${signal}-${Date.now()}`;
	const { N8N_PORT = '', N8N_RUNNERS_BROKER_PORT = '' } = env;
	const ports = { N8N_PORT, N8N_RUNNERS_BROKER_PORT };
	const again = await startN8nServer(scope, { name, userFolder, env: ports, withPackage: false });
	const { email, password } = client.session;
	n8n = { ...again, client: await N8nClient.signIn(again.url, email, password) };
}

test('events start a workflow, and no restart or kill of n8n loses or repeats one', async () => {
	const { id } = await n8n.client.importWorkflow(workflow('dockerEvents0001'));
	await n8n.client.activate(id);
	const expected = await makeVolumes('first', 3);
	expect(await toldVolumes(id, 3)).toEqual([...expected].sort());

	await restartN8n('SIGTERM', async () => expected.push(...(await makeVolumes('stopped', 3))));
	expect(await toldVolumes(id, 6)).toEqual([...expected].sort());

	expected.push(...(await makeVolumes('before-kill', 3)));
	await restartN8n('SIGKILL', async () => expected.push(...(await makeVolumes('killed', 3))));
	expected.push(...(await makeVolumes('after', 1)));
	await poll(150_000, async () => ((await n8n.client.executions(id)).length >= 13 ? true : undefined));
	await sleep(1000);
	// A run that n8n was killed in is kept as crashed, at times without its data; it counts as the run of its event.
	const runs = await n8n.client.executions(id);
	const crashed = runs.filter(({ status }) => status === 'crashed');
	const names = (await told(id)).flatMap(({ name }) => (name === undefined ? [] : [String(name)]));
	expect(runs).toHaveLength(expected.length);
	expect(crashed.length).toBeLessThanOrEqual(3);
	expect(new Set(names).size).toBe(names.length);
	expect(names.length).toBeGreaterThanOrEqual(runs.length - crashed.length);
	expect(expected).toEqual(expect.arrayContaining(names));
	await n8n.client.deleteWorkflow(id);
}, 600_000);

test('runs that are not kept are not repeated by a restart', async () => {
	const settings = { saveDataSuccessExecution: 'none', saveDataErrorExecution: 'all' };
	const kept = await n8n.client.importWorkflow(workflow('dockerEvents0002'));
	const json = workflow('dockerEvents0003', settings);
	const { id } = await n8n.client.importWorkflow({
		...json,
		nodes: [
			...json.nodes,
			{
				id: 'c0ffee00-0000-4000-8000-000000000003',
				name: 'Tell a repetition',
				type: 'n8n-nodes-base.if',
				typeVersion: 2.2,
				position: [440, 0],
				parameters: {
					conditions: {
						options: { caseSensitive: true, typeValidation: 'loose', version: 2 },
						combinator: 'and',
						conditions: [
							{
								id: 'one',
								leftValue: "={{ $('Docker events').item.json.redelivered }}",
								rightValue: '',
								operator: { type: 'boolean', operation: 'true', singleValue: true },
							},
						],
					},
				},
			},
			{
				id: 'c0ffee00-0000-4000-8000-000000000004',
				name: 'Fail',
				type: 'n8n-nodes-base.stopAndError',
				typeVersion: 1,
				position: [660, 0],
				parameters: { errorMessage: 'told twice' },
			},
		],
		connections: {
			...json.connections,
			'Take a moment': { main: [[{ node: 'Tell a repetition', type: 'main', index: 0 }]] },
			'Tell a repetition': { main: [[{ node: 'Fail', type: 'main', index: 0 }], []] },
		},
	});
	await n8n.client.activate(kept.id);
	await n8n.client.activate(id);
	const expected = await makeVolumes('unkept', 3);
	expect(await toldVolumes(kept.id, 3)).toEqual(expected);
	await untilKept(id, await told(kept.id));
	await restartN8n('SIGKILL', async () => expected.push(...(await makeVolumes('unkept-later', 2))));
	expect(await toldVolumes(kept.id, 5)).toEqual([...expected].sort());
	expect(await n8n.client.executions(id)).toEqual([]);
	for (const workflowId of [kept.id, id]) await n8n.client.deleteWorkflow(workflowId);
}, 480_000);

test('a run by hand waits for the next event', async () => {
	const { id } = await n8n.client.importWorkflow(workflow('dockerEvents0004'));
	const run = n8n.client.run(id, { trigger: 'Docker events' });
	let isOver = false;
	const making = (async () => {
		for (let index = 0; index < 400 && !isOver; index += 1) {
			await makeVolumes(`hand-${index}`, 1);
			await sleep(250);
		}
	})();
	const execution = await run.finally(() => (isOver = true));
	await making;
	expect(execution).toMatchObject({ mode: 'manual', status: 'success' });
	expect(outputItems(execution, 'Docker events')).toHaveLength(1);
	expect(outputItems(execution, 'Docker events')[0]?.json).toMatchObject({
		type: 'volume',
		action: 'create',
	});
	await n8n.client.deleteWorkflow(id);
});

test('publishing says why the engine cannot be reached', async () => {
	const { client } = n8n;
	const data = { connectionType: 'socket', socketPath: '/nowhere/docker.sock', accessLevel: 'read' };
	dockerApi = await client.createCredential('Nowhere', 'dockerApi', { ...data, allowedContainers: '*' });
	const { id } = await client.importWorkflow(workflow('dockerEvents0005'));
	// n8n tries five times.
	await expect(client.activate(id, 150_000)).rejects.toThrow(
		/There is no Docker socket at \/nowhere\/docker\.sock/,
	);
	await client.deleteWorkflow(id);
});
