import type { INode, INodeExecutionData } from 'n8n-workflow';

import { DockerControl } from '../../../nodes/DockerControl/DockerControl.node';
import { startEngine, type TestEngine } from '../../support/engine';
import { imageTag, loadImages } from '../../support/images/images';
import { runWorkflow, type WorkflowRun } from '../../support/in-process';
import { Scope } from '../../support/scope';

const type = 'n8n-nodes-opsdesk.dockerControl';
let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('node-operations');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	await start('shop-web');
});

afterAll(() => scope?.close());

async function start(name: string): Promise<void> {
	const Cmd = ['sh', '-c', 'trap exit TERM; while :; do sleep 1 & wait $!; done'];
	const container = await engine.docker.createContainer({ name, Image: imageTag('tools'), Cmd });
	await container.start();
}

const byName = (value: string) => ({ __rl: true, mode: 'name', value });

async function run(
	parameters: INode['parameters'],
	input?: INodeExecutionData[],
	extra: Partial<INode> = {},
): Promise<WorkflowRun> {
	const node = (name: string, nodeType: string, more: Partial<INode> = {}): INode => ({
		id: name,
		name,
		type: nodeType,
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		...more,
	});
	const dockerApi = {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'full',
		allowedContainers: 'shop-*',
		timeoutSeconds: 15,
	};
	return await runWorkflow(
		{
			nodes: [
				node('Start', 'n8n-nodes-base.manualTrigger'),
				node('Docker', type, {
					parameters: { resource: 'container', ...parameters },
					credentials: { dockerApi: { id: '1', name: 'Engine' } },
					...extra,
				}),
			],
			connections: { Start: { main: [[{ node: 'Docker', type: 'main', index: 0 }]] } },
		},
		{ nodeTypes: { [type]: DockerControl }, credentials: { dockerApi }, ...(input && { input }) },
	);
}

describe('Execute', () => {
	const execute = (command: unknown, options = {}, input?: INodeExecutionData[]) =>
		run(
			{ operation: 'execute', container: byName('shop-web'), command: command as string[], options },
			input,
		);

	test('DK-24 each argument is a field of its own, also from expressions', async () => {
		const input = [{ json: { word: '"; touch /tmp/hurt; "', list: ['echo', 'from', 'a list'] } }];
		const one = await execute(['echo', '={{ $json.word }}'], {}, input);
		expect(one.json('Docker')).toEqual([
			expect.objectContaining({ stdout: '"; touch /tmp/hurt; "\n', exitCode: 0, success: true }),
		]);
		const list = await execute('={{ $json.list }}', {}, input);
		expect(list.json('Docker')[0]).toMatchObject({ stdout: 'from a list\n' });
		const text = await execute('ls -l /');
		expect(text.error?.message).toContain('"Command" is not a list');
	});

	test('DK-24 a failure is a result, or an error where that is asked for', async () => {
		const command = ['sh', '-c', 'echo bad >&2; exit 4'];
		expect((await execute(command)).json('Docker')[0]).toMatchObject({
			success: false,
			exitCode: 4,
			stderr: 'bad\n',
		});
		const failed = await execute(command, { errorOnFailure: true });
		expect(failed.error?.message).toContain('In "shop-web": The program ended with the exit code 4.');
		expect(failed.error?.description).toContain('It wrote: bad');
	});

	test('DK-28 values of environment variables are in neither output nor error', async () => {
		const environment = { variables: [{ name: 'TOKEN', value: 'geheim-4711' }] };
		const result = await execute(['sh', '-c', 'test "$TOKEN" = geheim-$((4700 + 11)); exit $?'], {
			environment,
		});
		expect(result.json('Docker')[0]).toMatchObject({ exitCode: 0 });
		expect(JSON.stringify(result.raw)).not.toContain('geheim-4711');
	});

	test('output as a file is binary data, unchanged', async () => {
		const result = await execute(['sh', '-c', "printf '\\000\\377\\001'"], { asFile: true });
		const [item] = result.output('Docker')[0] ?? [];
		expect(Buffer.from(item?.binary?.['data']?.data ?? '', 'base64')).toEqual(Buffer.from([0, 255, 1]));
		expect(item?.json).not.toHaveProperty('stdout');
	});
});

test('Copy To and Copy From carry a file there and back, and a folder comes as an archive', async () => {
	const binary = { upload: { data: Buffer.from('hello').toString('base64'), mimeType: 'text/plain' } };
	const there = await run(
		{
			operation: 'copyTo',
			container: byName('shop-web'),
			path: '/tmp/page.txt',
			binaryPropertyName: 'upload',
			options: { mode: '0600' },
		},
		[{ json: {}, binary }],
	);
	expect(there.json('Docker')).toEqual([expect.objectContaining({ changed: true, sizeBytes: 5 })]);
	const copyFrom = (path: string) =>
		run({ operation: 'copyFrom', container: byName('shop-web'), path, binaryPropertyName: 'file' });
	const [back] = (await copyFrom('/tmp/page.txt')).output('Docker')[0] ?? [];
	expect(back?.json).toMatchObject({ kind: 'file', name: 'page.txt', mode: '0600' });
	expect(back?.binary?.['file']).toMatchObject({ fileName: 'page.txt', mimeType: 'text/plain' });
	expect(Buffer.from(back?.binary?.['file']?.data ?? '', 'base64').toString()).toBe('hello');
	const [folder] = (await copyFrom('/tmp')).output('Docker')[0] ?? [];
	expect(folder?.binary?.['file']).toMatchObject({ fileName: 'tmp.tar', mimeType: 'application/x-tar' });
	const missing = await copyFrom('/nowhere');
	expect(missing.error?.message).toContain('The container has no "/nowhere".');
});

test('Get Stats gives an item for each container that fits', async () => {
	await start('shop-db');
	await engine.docker.createContainer({ name: 'shop-idle', Image: imageTag('tools') });
	const result = await run({ operation: 'getStats', scope: 'many', filters: { name: 'shop-*' } });
	expect(result.json('Docker').map(({ name, running }) => [name, running])).toEqual([
		['shop-db', true],
		['shop-idle', false],
		['shop-web', true],
	]);
	await engine.docker.getContainer('shop-idle').remove();
});

test('Top, Get Changes, Update Limits and Wait for State give what they promise', async () => {
	const container = byName('shop-web');
	const top = await run({ operation: 'top', container, simplify: true });
	expect(top.json('Docker')[0]).toMatchObject({
		container: 'shop-web',
		pid: expect.any(Number),
		command: expect.stringContaining('trap exit TERM'),
	});
	await engine.cli('exec', 'shop-web', 'touch', '/tmp/new');
	const changes = await run({ operation: 'getChanges', container, returnAll: true });
	expect(changes.json('Docker')).toContainEqual({ container: 'shop-web', path: '/tmp/new', kind: 'added' });
	const limits = await run({ operation: 'updateLimits', container, limits: { memoryMib: 64, pids: 99 } });
	expect(limits.json('Docker')[0]).toMatchObject({
		changed: true,
		after: { memoryBytes: 64 << 20, pids: 99 },
	});
	const waited = await run({ operation: 'waitForState', container, state: 'running' });
	expect(waited.json('Docker')[0]).toMatchObject({ state: 'running' });
});

test('Pause, Unpause, Kill, Rename and Remove act on the container', async () => {
	await start('shop-old');
	const act = async (operation: string, more: INode['parameters'] = {}, name = 'shop-old') =>
		(await run({ operation, container: byName(name), ...more })).json('Docker')[0];
	expect(await act('pause')).toMatchObject({ changed: true, state: 'paused' });
	expect(await act('unpause')).toMatchObject({ changed: true, state: 'running' });
	expect(await act('kill', { options: { killSignal: 'SIGKILL' } })).toMatchObject({ state: 'exited' });
	expect(await act('rename', { newName: 'shop-older' })).toMatchObject({ previousName: 'shop-old' });
	expect(await act('remove', { options: { dryRun: true } }, 'shop-older')).toMatchObject({ deleted: false });
	expect(await act('remove', {}, 'shop-older')).toMatchObject({ deleted: true });
});

test('DK-30 one bad item of an operation that changes something leaves the others alone', async () => {
	const input = ['shop-web', 'shop-none', 'shop-web'].map((name) => ({ json: { name } }));
	const result = await run(
		{ operation: 'execute', container: byName('={{ $json.name }}'), command: ['true'], options: {} },
		input,
		{ onError: 'continueRegularOutput' },
	);
	const items = result.output('Docker')[0] ?? [];
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	expect(items.map(({ json }) => json['exitCode'] ?? json['error'])).toEqual([
		0,
		expect.stringContaining('There is no container "shop-none".'),
		0,
	]);
});
