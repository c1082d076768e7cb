import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';

import { startEngine, type TestEngine } from '../support/engine';
import { imageTag, loadHelperImage, loadImages } from '../support/images/images';
import { sharedN8n } from '../support/n8n/shared';
import { Scope } from '../support/scope';
import { BackingUp } from './backing-up';
import { restorePointsIn } from './folder-site';

const key = 'back-up-volumes-weekly';
const client = sharedN8n();
let scope: Scope;
let engine: TestEngine;
let backingUp: BackingUp;

beforeAll(async () => {
	scope = await Scope.open('back-up-volumes');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	await loadHelperImage(engine.docker);
	backingUp = await BackingUp.install(client);
});

afterAll(async () => {
	await backingUp?.remove();
	await scope?.close();
});

const state = async (name: string) => (await engine.docker.getContainer(name).inspect()).State;

test('on Sundays volumes are stored while their container is stopped, without logs, and it runs again', async () => {
	await engine.docker.createVolume({ Name: 'desk_data' });
	const script =
		'echo kept > /data/file; echo left > /data/app.log; trap "exit 0" TERM; while :; do sleep 0.2; done';
	const container = await engine.docker.createContainer({
		name: 'desk-app',
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', script],
		HostConfig: { Binds: ['desk_data:/data'] },
	});
	await container.start();
	const before = await state('desk-app');
	const backups = scope.path('backups');
	mkdirSync(backups);
	const credential = await client.createCredential(`Engine of ${key}`, 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'full',
		allowedContainers: 'desk-*',
		allowedVolumes: 'desk_*',
		allowedHostPaths: '',
	});
	await backingUp.changeRuns((workflow) => {
		for (const node of workflow.nodes.filter(({ type }) => type === 'n8n-nodes-opsdesk.siteBackup')) {
			node.credentials = { dockerApi: { id: credential.id, name: credential.name } };
		}
	});
	await backingUp.setUp(key);
	const site = (name: string, volume: string) => ({
		name,
		schedule: 'weekly',
		containers: ['desk-app'],
		backup: { volumes: [{ name: 'data', volume }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	});
	await backingUp.defineSites([site('desk', 'desk_data'), site('gone', 'desk_gone')]);
	const result = await backingUp.run(key);
	const message = result.alerts[0]?.message ?? '';

	expect([message, result.sites.map(({ outcome }) => outcome)]).toEqual([message, ['ok', 'failed']]);
	expect(message).toMatch(/^desk · ok · .* · proved · dropped 0$/m);
	expect(message).toContain('desk_gone');
	const after = await state('desk-app');
	expect(after.Running).toBe(true);
	expect(after.StartedAt).not.toBe(before.StartedAt);
	const archive = join(backups, 'desk', restorePointsIn(backups, 'desk')[0] ?? '', 'volume-data.tar.zst');
	const names = execFileSync('sh', ['-c', 'zstd -dc "$1" | tar t', '-', archive]).toString();
	expect(names).toContain('file');
	expect(names).not.toContain('app.log');
});
