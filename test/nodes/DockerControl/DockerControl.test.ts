import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { INode, INodeExecutionData } from 'n8n-workflow';

import { DockerControl } from '../../../nodes/DockerControl/DockerControl.node';
import { dockerApiTest } from '../../../nodes/shared/docker-credential-test';
import { startEngine, type TestEngine } from '../../support/engine';
import { imageTag, loadImages } from '../../support/images/images';
import { AGENT_DOUBLE, runWorkflow, type WorkflowJson, type WorkflowRun } from '../../support/in-process';
import { Scope } from '../../support/scope';

const type = 'n8n-nodes-opsdesk.dockerControl';
let scope: Scope;
let engine: TestEngine;

beforeAll(async () => {
	scope = await Scope.open('node');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	await start('site-a');
});

afterAll(() => scope?.close());

async function start(
	name: string,
	script = 'echo "written by $0"; while :; do sleep 1; done',
): Promise<void> {
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', script, name],
	});
	await container.start();
}

const dockerApi = () => ({
	connectionType: 'socket',
	socketPath: engine.socketPath,
	accessLevel: 'control',
	allowedContainers: '*',
	timeoutSeconds: 15,
});

const byName = (value: string) => ({ __rl: true, mode: 'name', value });

function node(name: string, nodeType: string, extra: Partial<INode> = {}): INode {
	return { id: name, name, type: nodeType, typeVersion: 1, position: [0, 0], parameters: {}, ...extra };
}

function workflow(parameters: INode['parameters'], extra: Partial<INode> = {}): WorkflowJson {
	const credentials = { dockerApi: { id: '1', name: 'Engine' } };
	return {
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger'),
			node('Docker', type, { parameters: { resource: 'container', ...parameters }, credentials, ...extra }),
		],
		connections: { Start: { main: [[{ node: 'Docker', type: 'main', index: 0 }]] } },
	};
}

async function run(
	json: WorkflowJson,
	input?: INodeExecutionData[],
	credential: object = dockerApi(),
): Promise<WorkflowRun> {
	return await runWorkflow(json, {
		nodeTypes: { [type]: DockerControl },
		credentials: { dockerApi: credential as Record<string, string> },
		...(input && { input }),
	});
}

describe('operations', () => {
	test('Get and Get Many give containers, simplified or raw', async () => {
		const many = await run(
			workflow({ operation: 'getMany', returnAll: true, simplify: true, filters: { name: 'site-?' } }),
		);
		expect(many.json('Docker')).toEqual([
			expect.objectContaining({ name: 'site-a', state: 'running', health: 'none' }),
		]);
		const raw = await run(workflow({ operation: 'get', container: byName('site-a'), simplify: false }));
		expect(raw.json('Docker')[0]).toMatchObject({ Name: '/site-a', State: { Status: 'running' } });
	});

	test('Get Logs gives an item for each line, or one text', async () => {
		const lines = await run(
			workflow({ operation: 'getLogs', container: byName('site-a'), limit: 5, output: 'lines' }),
		);
		expect(lines.json('Docker')).toEqual([
			{ container: 'site-a', time: expect.any(String), stream: 'stdout', line: 'written by site-a' },
		]);
		const text = await run(
			workflow({ operation: 'getLogs', container: byName('site-a'), limit: 5, output: 'text' }),
		);
		expect(text.json('Docker')).toEqual([
			expect.objectContaining({ name: 'site-a', text: 'written by site-a', lineCount: 1, truncated: false }),
		]);
	});

	test('times without an offset are meant in the time zone of the workflow, and nonsense is refused by name', async () => {
		const options = { since: 'yesterday-ish' };
		const refused = await run(workflow({ operation: 'getLogs', container: byName('site-a'), options }));
		expect(refused.error?.message).toContain('"Since" is not a date and time: yesterday-ish');
		const local = new Date(Date.now() + 3_600_000)
			.toLocaleString('sv', { timeZone: 'Pacific/Kiritimati' })
			.replace(' ', 'T');
		const json = {
			...workflow({ operation: 'getLogs', container: byName('site-a'), options: { until: local } }),
			settings: { timezone: 'Pacific/Kiritimati' },
		};
		expect((await run(json)).json('Docker')).toHaveLength(1);
	});

	test('Restart and Stop act, and Dry Run only tells', async () => {
		await start('site-restart');
		const options = { graceSeconds: 0 };
		const dry = await run(
			workflow({ operation: 'stop', container: byName('site-restart'), options: { dryRun: true } }),
		);
		expect(dry.json('Docker')).toEqual([
			expect.objectContaining({ dryRun: true, changed: true, state: 'running' }),
		]);
		const restarted = await run(
			workflow({ operation: 'restart', container: byName('site-restart'), options }),
		);
		const [told] = restarted.json('Docker');
		expect(told).toMatchObject({ changed: true, state: 'running' });
		// DK-26: still running after 10 seconds.
		expect(told?.['watchedMs']).toBeGreaterThanOrEqual(10_000);
		const stopped = await run(workflow({ operation: 'stop', container: byName('site-restart'), options }));
		expect(stopped.json('Docker')).toEqual([expect.objectContaining({ changed: true, state: 'exited' })]);
	});
});

test('DK-30 one bad item leaves the other 99 alone, and every item is paired with its source', async () => {
	const input = Array.from({ length: 100 }, (_, index) => ({
		json: { name: index === 57 ? 'no/such' : 'site-a' },
	}));
	const json = workflow(
		{ operation: 'get', container: byName('={{ $json.name }}'), simplify: true },
		{ onError: 'continueRegularOutput' },
	);
	const items = (await run(json, input)).output('Docker')[0] ?? [];
	expect(items).toHaveLength(100);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual(input.map((_, item) => ({ item })));
	expect(items.filter(({ json: { name } }) => name === 'site-a')).toHaveLength(99);
	expect(items[57]?.json).toEqual({
		error: expect.stringMatching(/^"no\/such" cannot be the name or id of a container\. Give a name such as/),
	});
});

test('DK-30 with an error output the bad item goes there and the others go on', async () => {
	const input = [{ json: { name: 'site-a' } }, { json: { name: 'gone' } }, { json: { name: 'site-a' } }];
	const json = workflow(
		{ operation: 'get', container: byName('={{ $json.name }}'), simplify: true },
		{ onError: 'continueErrorOutput' },
	);
	const [good = [], bad = []] = (await run(json, input)).output('Docker');
	expect(good.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
	expect(bad.map((item) => item.json['error'])).toEqual([
		expect.stringContaining('There is no container "gone".'),
	]);
});

test('DK-30 without "continue on fail" the bad item stops the workflow and is named with its number', async () => {
	const input = [{ json: { name: 'site-a' } }, { json: { name: 'gone' } }];
	const result = await run(
		workflow({ operation: 'get', container: byName('={{ $json.name }}'), simplify: true }),
		input,
	);
	expect(result.error).toMatchObject({
		message: expect.stringContaining('There is no container "gone".'),
		description: expect.stringContaining('Get Many'),
	});
	expect(JSON.stringify(result.raw.data.resultData.error)).toContain('"itemIndex":1');
});

describe('DK-28 secrets of the credential', () => {
	const key = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' });
	const secretLine = key.split('\n')[1] ?? '';

	async function tlsCredential(port: number) {
		const certificate = selfSigned(key, 'engine.example.com');
		return {
			connectionType: 'tls',
			host: 'localhost',
			port,
			ca: certificate,
			clientCertificate: certificate,
			clientPrivateKey: key,
			clientPrivateKeyPassphrase: 'geheim-4711',
			accessLevel: 'control',
			allowedContainers: '*',
			timeoutSeconds: 2,
		};
	}

	function selfSigned(privateKey: string, host: string): string {
		const file = scope.path(`${host}.key`);
		writeFileSync(file, privateKey, { mode: 0o600 });
		const args = ['req', '-x509', '-key', file, '-subj', `/CN=${host}`, '-days', '2'];
		return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
	}

	async function listening(): Promise<{ port: number; close: () => void }> {
		const other = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' });
		const cert = selfSigned(other, 'localhost');
		const server = createServer({ key: other, cert }, (socket) => socket.end());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return { port: (server.address() as AddressInfo).port, close: () => server.close() };
	}

	test.each([
		['an untrusted server', async () => await listening()],
		['a closed port', async () => ({ port: 1, close: () => {} })],
	])('are in no output, error or execution data: %s', async (_fault, make) => {
		const { port, close } = await make();
		const credential = await tlsCredential(port);
		for (const onError of ['stopWorkflow', 'continueRegularOutput'] as const) {
			const result = await run(
				workflow({ operation: 'getMany', returnAll: true, simplify: true }, { onError }),
				undefined,
				credential,
			);
			const seen = JSON.stringify([result.raw, result.error]);
			expect(seen).not.toContain(secretLine);
			expect(seen).not.toContain('geheim-4711');
		}
		const tested = await dockerApiTest.call(
			{} as never,
			{ id: '1', name: 'x', type: 'dockerApi', data: credential } as never,
		);
		expect(tested.status).toBe('Error');
		expect(tested.message).not.toContain(secretLine);
		expect(tested.message).not.toContain('geheim-4711');
		close();
	});

	test('a faulty field is named without its value', async () => {
		const credential = { ...(await tlsCredential(1)), clientPrivateKey: 'not-a-key geheim-4711' };
		const result = await run(workflow({ operation: 'getMany' }), undefined, credential);
		expect(result.error?.message).toContain('clientPrivateKey: must be a private key in PEM format');
		expect(JSON.stringify(result.raw)).not.toContain('geheim-4711');
	});

	test('a refused server certificate says that checks cannot be switched off', async () => {
		const { port, close } = await listening();
		const result = await run(workflow({ operation: 'getMany' }), undefined, await tlsCredential(port));
		expect(result.error?.message).toMatch(/TLS connection to https:\/\/localhost:\d+ was refused/);
		expect(result.error?.description).toMatch(/cannot be switched off/);
		close();
	});
});

describe('as a tool', () => {
	async function askTool(parameters: INode['parameters']): Promise<string> {
		const json: WorkflowJson = {
			nodes: [
				node('Start', 'n8n-nodes-base.manualTrigger'),
				node('Agent', AGENT_DOUBLE),
				node('Docker', `${type}Tool`, {
					parameters: { resource: 'container', ...parameters },
					credentials: { dockerApi: { id: '1', name: 'Engine' } },
				}),
			],
			connections: {
				Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
				Docker: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
			},
		};
		// The double of the agent calls the tool with what the item holds.
		const result = await run(json, [{ json: { allow: true } }]);
		return JSON.stringify([result.error, result.raw.data.resultData.runData]);
	}

	const startedAt = async (name: string) =>
		(await engine.docker.getContainer(name).inspect()).State.StartedAt;

	test('reading works', async () => {
		expect(await askTool({ operation: 'get', container: byName('site-a'), simplify: true })).toContain(
			'site-a',
		);
	});

	test.each(['restart', 'stop'])(
		'%s is refused unless a person has allowed it with a literal switch',
		async (operation) => {
			const before = await startedAt('site-a');
			for (const allowDestructive of [
				undefined,
				false,
				'={{ true }}',
				'={{ $fromAI("allow", "", "boolean") }}',
				'true',
			]) {
				const answer = await askTool({
					operation,
					container: byName('site-a'),
					...(allowDestructive !== undefined && { allowDestructive }),
				});
				expect(answer).toContain(`As a tool, \\"${operation}\\" is not allowed.`);
			}
			expect(await startedAt('site-a')).toBe(before);
			expect((await engine.docker.getContainer('site-a').inspect()).State.Running).toBe(true);
		},
	);

	test('with the switch a model may restart', async () => {
		const before = await startedAt('site-a');
		await askTool({
			operation: 'restart',
			container: byName('site-a'),
			allowDestructive: true,
			options: { graceSeconds: 0 },
		});
		expect(await startedAt('site-a')).not.toBe(before);
	});
});

test('the codex file has the sections n8n asks for, and both icons exist', () => {
	const folder = `${__dirname}/../../../nodes/DockerControl`;
	const codex = JSON.parse(readFileSync(`${folder}/DockerControl.node.json`, 'utf8')) as Record<
		string,
		unknown
	>;
	expect(codex).toMatchObject({
		node: type,
		resources: expect.any(Object),
		alias: expect.arrayContaining(['container']),
	});
	for (const icon of ['dockerControl.svg', 'dockerControl.dark.svg']) {
		expect(readFileSync(`${folder}/${icon}`, 'utf8')).toMatch(/^<svg/);
	}
});
