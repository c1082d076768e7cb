import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { INode, INodeExecutionData } from 'n8n-workflow';

import { DockerControl } from '../../../nodes/DockerControl/DockerControl.node';
import { startEngine, type TestEngine } from '../../support/engine';
import { imageTag, loadImages } from '../../support/images/images';
import { runWorkflow, type WorkflowJson, type WorkflowRun } from '../../support/in-process';
import { Scope } from '../../support/scope';

/* What an expression gives is of any kind; the editor checks only what is typed. */

const type = 'n8n-nodes-opsdesk.dockerControl';
let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('expressions');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	const Cmd = ['sh', '-c', 'echo one; echo two; while :; do sleep 1; done'];
	for (const name of ['4711', 'site-a']) {
		const container = await engine.docker.createContainer({ name, Image: imageTag('tools'), Cmd });
		await container.start();
	}
});

afterAll(() => scope?.close());

async function run(
	parameters: INode['parameters'],
	value: INodeExecutionData['json'][string],
	extra: Partial<INode> = {},
	connection: object = { connectionType: 'socket', socketPath: engine.socketPath },
	timeoutMs?: number,
): Promise<WorkflowRun> {
	const base = { typeVersion: 1, position: [0, 0] satisfies [number, number] };
	const json: WorkflowJson = {
		nodes: [
			{ ...base, id: '1', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
			{
				...base,
				id: '2',
				name: 'Docker',
				type,
				parameters: { resource: 'container', ...parameters },
				credentials: { dockerApi: { id: '1', name: 'Engine' } },
				...extra,
			},
		],
		connections: { Start: { main: [[{ node: 'Docker', type: 'main', index: 0 }]] } },
	};
	const rights = { accessLevel: 'control', allowedContainers: '*', timeoutSeconds: 20 };
	return await runWorkflow(json, {
		nodeTypes: { [type]: DockerControl },
		credentials: { dockerApi: { ...connection, ...rights } },
		input: [{ json: { value } }],
		...(timeoutMs !== undefined && { timeoutMs }),
	});
}

const given = '={{ $json.value }}';
const container = (value: string) => ({ __rl: true, mode: 'name', value });

test('a name of digits may come as a number', async () => {
	const result = await run({ operation: 'get', container: container(given) }, 4711);
	expect(result.json('Docker')).toEqual([expect.objectContaining({ name: '4711' })]);
});

test.each([null, true, { name: 'site-a' }, ['site-a'], '', '  ', 'site-a/../4711'])(
	'%j as container is refused with a message that names the field or the value',
	async (value) => {
		const result = await run({ operation: 'get', container: container(given) }, value);
		expect(result.error?.message).toMatch(/^("Container" is|No container is given|".*" cannot be the name)/);
		expect(result.error?.description).toMatch(/expression|Give a name/);
	},
);

test.each([null, 'all', 0, -1, 1.5, { a: 1 }])(
	'%j as limit is refused and does not mean "all"',
	async (value) => {
		const logs = { operation: 'getLogs', container: container('site-a'), limit: given, output: 'lines' };
		for (const parameters of [logs, { operation: 'getMany', returnAll: false, limit: given }]) {
			expect((await run(parameters, value)).error?.message).toMatch(/^"Limit" is not a whole number from 1/);
		}
	},
);

test('a limit in digits counts', async () => {
	const logs = { operation: 'getLogs', container: container('site-a'), limit: given, output: 'lines' };
	expect((await run(logs, '1')).json('Docker')).toEqual([expect.objectContaining({ line: 'two' })]);
	expect(
		(await run({ operation: 'getMany', returnAll: false, limit: given }, '1')).json('Docker'),
	).toHaveLength(1);
});

test.each([-1, 'soon', { a: 1 }])('%j as grace period is refused', async (value) => {
	const result = await run(
		{ operation: 'stop', container: container('site-a'), options: { graceSeconds: given } },
		value,
	);
	expect(result.error?.message).toMatch(/^"Grace Period" is not a whole number/);
});

test.each([
	['name', 4711, ['4711']],
	['states', 'running', ['4711', 'site-a']],
	['states', 'exited, paused', []],
	['health', 'none', ['4711', 'site-a']],
	['labels', null, ['4711', 'site-a']],
	['project', 5, []],
])('the filter %s understands %j', async (filter, value, names) => {
	const result = await run({ operation: 'getMany', returnAll: true, filters: { [filter]: given } }, value);
	expect(result.error).toBeUndefined();
	expect(result.json('Docker').map(({ name }) => name)).toEqual(names);
});

test('a cancelled execution ends at once, also with "continue on fail"', async () => {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => sockets.add(socket.resume()));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	try {
		const hanging = { connectionType: 'tcp', host: '127.0.0.1', port };
		const onError = 'continueRegularOutput';
		const result = await run({ operation: 'getMany', returnAll: true }, null, { onError }, hanging, 300);
		expect(result.status).toBe('canceled');
		expect(result.elapsedMs).toBeLessThan(3000);
		// The request itself has ended too and does not wait for its time-out.
		await expect(connectionsOf(server)).resolves.toBe(0);
	} finally {
		sockets.forEach((socket) => socket.destroy());
		server.close();
	}
});

async function connectionsOf(server: ReturnType<typeof createServer>): Promise<number> {
	await new Promise((resolve) => setTimeout(resolve, 200));
	return await new Promise((resolve, reject) =>
		server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
	);
}
