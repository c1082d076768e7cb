import { mkdirSync, writeFileSync } from 'node:fs';
import type Docker from 'dockerode';
import type { INode } from 'n8n-workflow';

import { DockerControl } from '../../../nodes/DockerControl/DockerControl.node';
import { startEngine, type TestEngine } from '../../support/engine';
import { imageTag, loadImages } from '../../support/images/images';
import { runWorkflow, type WorkflowRun } from '../../support/in-process';
import { Scope } from '../../support/scope';

const type = 'n8n-nodes-opsdesk.dockerControl';
let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('heal-node');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
});

afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	await scope?.close();
});

beforeEach(() => {
	process.env['OPSDESK_STATE'] = scope.emptyFolder();
});

afterEach(async () => {
	const all = await engine.docker.listContainers({ all: true });
	await Promise.all(all.map(({ Id }) => engine.docker.getContainer(Id).remove({ force: true })));
});

async function run(name: string, script: string): Promise<Docker.Container> {
	const Cmd = ['sh', '-c', script];
	const container = await engine.docker.createContainer({ name, Image: imageTag('tools'), Cmd });
	await container.start();
	return container;
}

/** One that has come to its end. */
async function runToEnd(name: string, script: string): Promise<void> {
	await (await run(name, script)).wait();
}

function node(name: string, nodeType: string, extra: Partial<INode> = {}): INode {
	return { id: name, name, type: nodeType, typeVersion: 1, position: [0, 0], parameters: {}, ...extra };
}

async function heal(options: object, parameters: INode['parameters'] = {}): Promise<WorkflowRun> {
	const quick = { settleSeconds: 1, backoffSeconds: 600, patienceSeconds: 0 };
	const given = {
		resource: 'container',
		operation: 'heal',
		options: { ...quick, ...options },
		...parameters,
	};
	const credentials = { dockerApi: { id: '1', name: 'Engine' } };
	const workflow = {
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger'),
			node('Docker', type, { parameters: given, credentials }),
		],
		connections: { Start: { main: [[{ node: 'Docker', type: 'main' as const, index: 0 }]] } },
	};
	const rights = { accessLevel: 'control', allowedContainers: '*', timeoutSeconds: 15 };
	const dockerApi = { connectionType: 'socket', socketPath: engine.socketPath, ...rights };
	return await runWorkflow(workflow, { nodeTypes: { [type]: DockerControl }, credentials: { dockerApi } });
}

test('Heal gives an item for each container of which there is something to tell', async () => {
	await runToEnd('failed', 'exit 7');
	await run('well', 'sleep 100');
	const [item, ...others] = (await heal({})).json('Docker');
	expect(others).toEqual([]);
	expect(item).toMatchObject({ name: 'failed', decision: 'start', attempt: 1, changed: true, alert: false });
	const all = await heal({ includeUneventful: true, dryRun: true });
	expect(all.json('Docker')).toMatchObject([
		{ name: 'failed', reason: 'back_off', dryRun: true },
		{ name: 'well', condition: 'unverified', reason: 'well', dryRun: true },
	]);
});

test('quarantine is told with one alert, and released by option', async () => {
	await runToEnd('failed', 'exit 7');
	const one = { scope: 'one', container: { __rl: true, mode: 'name', value: 'failed' } };
	const [first] = (await heal({ maxRestarts: 0 }, one)).json('Docker');
	expect(first).toMatchObject({ decision: 'quarantine', alert: true, alertKind: 'quarantine' });
	const [again] = (await heal({ maxRestarts: 0 }, one)).json('Docker');
	expect(again).toMatchObject({ reason: 'quarantined', alert: false });
	const [released] = (await heal({ release: true }, one)).json('Docker');
	expect(released).toMatchObject({ decision: 'start', attempt: 1, quarantined: false });
});

test('DK-17 a maintenance window is given as JSON, as text or by an expression; nonsense is refused', async () => {
	await runToEnd('failed', 'exit 7');
	for (const maintenanceWindows of ['[{"from": "00:00", "to": "24:00"}]', [{ from: '00:00', to: '24:00' }]]) {
		expect((await heal({ maintenanceWindows })).json('Docker')).toMatchObject([{ reason: 'maintenance' }]);
	}
	const refused = await heal({ maintenanceWindows: 'sundays' });
	expect(refused.error?.message).toContain('"Maintenance Windows" is not a list of windows');
});

test('DK-20 a memory that cannot be used is told once, and nothing is done', async () => {
	await runToEnd('failed', 'exit 7');
	process.env['OPSDESK_STATE'] = scope.path('no-folder');
	writeFileSync(scope.path('no-folder'), '');
	const first = await heal({});
	// The journal of backups lies in the same folder, so that nobody knows either what those hold.
	expect([...first.json('Docker')].map(({ reason }) => reason)).toEqual(['state_unusable', 'held_by_backup']);
	expect(first.json('Docker')[0]).toMatchObject({ alert: true, changed: false });
	expect((await heal({})).json('Docker')[0]).toMatchObject({ alert: false, changed: false });
});

test('DK-17, DK-20 with a journal of backups that cannot be read nothing is healed, and what is to be told is told', async () => {
	await runToEnd('failed', 'exit 7');
	const one = { scope: 'one', container: { __rl: true, mode: 'name', value: 'failed' } };
	expect((await heal({ maxRestarts: 0 }, one)).json('Docker')[0]).toMatchObject({ quarantined: true });
	const folder = process.env['OPSDESK_STATE'] ?? '';
	mkdirSync(`${folder}/backup`, { recursive: true });
	writeFileSync(`${folder}/backup/quiet-containers.1.json`, '{"format":"opsd');
	await engine.docker.getContainer('failed').remove();
	expect((await heal({})).json('Docker')).toMatchObject([
		{
			name: '',
			reason: 'state_unusable',
			alert: true,
			message: expect.stringContaining('Nothing was healed.'),
		},
	]);
	await runToEnd('other', 'exit 7');
	expect((await heal({ dryRun: true })).json('Docker')[0]).toMatchObject({
		reason: 'state_unusable',
		alert: false,
	});
	expect((await heal({})).json('Docker')).toMatchObject([
		{ name: '', reason: 'state_unusable', alert: true },
		{ name: 'failed', reason: 'gone', resolved: true },
		{ name: 'other', reason: 'held_by_backup', changed: false },
	]);
});
