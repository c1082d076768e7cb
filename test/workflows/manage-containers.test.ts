import { startEngine, type TestEngine } from '../support/engine';
import { imageTag, loadImages } from '../support/images/images';
import { sharedN8n } from '../support/n8n/shared';
import type { WebhookAnswer } from '../support/n8n/webhook';
import { poll } from '../support/n8n/poll';
import { Scope } from '../support/scope';
import { loadWorkflows } from '../../src/workflows';

const client = sharedN8n();
const key = 'a-long-random-value';
const path = 'opsdesk/containers';

let scope: Scope;
let engine: TestEngine;
const installed: string[] = [];

beforeAll(async () => {
	scope = await Scope.open('manage');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['tools']);
	const dockerApi = await client.createCredential('Managed engine', 'dockerApi', {
		connectionType: 'socket',
		socketPath: engine.socketPath,
		accessLevel: 'control',
		allowedContainers: 'shop-*',
		timeoutSeconds: 15,
	});
	const httpHeaderAuth = await client.createCredential('Key of the API', 'httpHeaderAuth', {
		name: 'X-Api-Key',
		value: key,
	});
	const [workflow] = (await loadWorkflows()).filter((entry) => entry.key === 'manage-containers');
	if (!workflow) throw new Error('workflows/manage-containers.json is missing');
	const stored = await client.importWorkflow({
		...(workflow.workflow as unknown as Parameters<typeof client.importWorkflow>[0]),
		// Another test imports the shipped one into the same n8n.
		id: 'manageContTest01',
		name: 'Manage test containers',
		settings: { executionOrder: 'v1' },
		nodes: workflow.workflow.nodes.map((node) => ({
			...node,
			// By the ids of nodes an import knows again what it has installed.
			id: `${node.id}-test`,
			...(node.type.endsWith('.dockerControl') && { credentials: { dockerApi } }),
			...(node.type.endsWith('.webhook') && { credentials: { httpHeaderAuth } }),
		})),
	});
	installed.push(stored.id);
	await client.activate(stored.id);
});

afterAll(async () => {
	for (const id of installed) await client.deleteWorkflow(id);
	await scope?.close();
});

const headers = { 'X-Api-Key': key };
const look = (query: Record<string, string>): Promise<WebhookAnswer> =>
	client.callWebhook(`${path}?${new URLSearchParams(query).toString()}`, { method: 'GET', headers });
const act = (body: object): Promise<WebhookAnswer> => client.callWebhook(path, { headers, body });

async function run(name: string, labels: Record<string, string> = {}): Promise<void> {
	const Cmd = ['sh', '-c', 'echo one; echo two; trap exit TERM; while :; do sleep 0.2 & wait $!; done'];
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd,
		Labels: labels,
	});
	await container.start();
}

const brief = ({ status, json }: WebhookAnswer) => ({ status, json });

test('without the right key nothing is told and nothing is done', async () => {
	await run('shop-locked');
	for (const wrong of [{}, { 'X-Api-Key': 'guess' }]) {
		const list = await client.callWebhook(path, { method: 'GET', headers: wrong });
		const stop = await client.callWebhook(path, {
			headers: wrong,
			body: { action: 'stop', name: 'shop-locked' },
		});
		// n8n's own answer to a header that is wrong or missing.
		expect([list.status, stop.status]).toEqual([403, 403]);
		expect(list.text + stop.text).not.toContain('shop-locked');
	}
	expect((await engine.docker.getContainer('shop-locked').inspect()).State.Running).toBe(true);
});

test('containers are listed, shown, and their logs and statistics read', async () => {
	await run('shop-web');
	await run('other');
	const list = await look({});
	expect(list.status).toBe(200);
	const { containers } = list.json as { containers: { name: string }[] };
	expect(containers.map(({ name }) => name)).toContain('shop-web');
	expect(containers.map(({ name }) => name)).not.toContain('other');
	const detail = await look({ action: 'detail', name: 'shop-web' });
	expect(brief(detail)).toMatchObject({ status: 200, json: { name: 'shop-web', state: 'running' } });
	const lines = await poll(10_000, async () => {
		const answer = await look({ action: 'logs', name: 'shop-web', lines: '2' });
		return (answer.json as { lines: unknown[] }).lines.length === 2 ? answer : undefined;
	});
	expect(lines?.json).toMatchObject({ lines: [{ line: 'one' }, { line: 'two', stream: 'stdout' }] });
	const stats = await look({ action: 'stats', name: 'shop-web' });
	expect(brief(stats)).toMatchObject({ status: 200, json: { name: 'shop-web', running: true } });
});

test('containers are stopped, started and restarted; what is so already has changed nothing', async () => {
	await run('shop-app');
	const results: unknown[] = [];
	for (const action of ['stop', 'stop', 'start', 'restart']) {
		const { status, json } = await act({ action, name: 'shop-app' });
		const { changed, state } = json as { changed: boolean; state: string };
		// Whoever waits for the answer is told at once.
		expect(json).not.toHaveProperty('watchedMs');
		results.push([status, changed, state]);
	}
	expect(results).toEqual([
		[200, true, 'exited'],
		[200, false, 'exited'],
		[200, true, 'running'],
		[200, true, 'running'],
	]);
});

test('what went wrong is told by its status, with how to get unstuck', async () => {
	await run('shop-kept', { 'opsdesk.protected': 'true' });
	await run('shop-paused');
	await engine.cli('pause', 'shop-paused');
	if (!(await engine.docker.listContainers()).some(({ Names }) => Names.includes('/other')))
		await run('other');
	const cases: [Promise<WebhookAnswer>, number, RegExp][] = [
		[look({ action: 'detail', name: 'nowhere' }), 404, /There is no container "nowhere"\. Check the name/],
		[look({ action: 'detail', name: 'other' }), 403, /does not cover the container "other"/],
		[act({ action: 'restart', name: 'other' }), 403, /does not cover/],
		[act({ action: 'stop', name: 'shop-kept' }), 409, /is protected/],
		[act({ action: 'start', name: 'shop-paused' }), 409, /is paused/],
		[look({ action: 'stop', name: 'shop-kept' }), 400, /one of: list, detail, logs, stats/],
		[act({ action: 'remove', name: 'shop-kept' }), 400, /one of: start, stop, restart/],
		[act({ action: 'stop', name: '../shop-kept' }), 400, /"name" is the name or id/],
		[act({ action: 'stop', name: { $ne: '' } }), 400, /"name" is the name or id/],
		[act({}), 400, /"action" of a POST/],
		[look({ action: 'logs', name: 'shop-kept', lines: '1e9' }), 400, /whole number from 1 to 1000/],
	];
	for (const [call, status, error] of cases) {
		expect(brief(await call)).toEqual({ status, json: { error: expect.stringMatching(error) } });
	}
	expect((await engine.docker.getContainer('shop-kept').inspect()).State.Running).toBe(true);
});

test('an engine without containers of the credential has an empty list', async () => {
	const all = await engine.docker.listContainers({ all: true });
	await Promise.all(all.map(({ Id }) => engine.docker.getContainer(Id).remove({ force: true })));
	expect(brief(await look({ action: 'list' }))).toEqual({ status: 200, json: { containers: [] } });
});

test('an engine that is away is told as that', async () => {
	await engine.process.end('SIGTERM');
	const answer = await look({});
	expect(brief(answer)).toEqual({
		status: 502,
		json: { error: expect.stringContaining('There is no Docker socket') },
	});
});
