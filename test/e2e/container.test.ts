import { startEngine, type TestEngine } from '../support/engine';
import { imageTag, loadImages } from '../support/images/images';
import { startContainerisedN8n, type ContainerisedN8n } from '../support/n8n/container';
import { dockerWorkflow } from '../support/n8n/sample-workflows';
import { Scope } from '../support/scope';

let scope: Scope;
let engine: TestEngine;
let n8n: ContainerisedN8n;

beforeAll(async () => {
	scope = await Scope.open('e2e-container');
	engine = await startEngine(scope);
	await loadImages(engine.docker, ['web']);
	n8n = await startContainerisedN8n(scope, engine);
}, 300_000);

afterAll(() => scope?.close());

const credential = (host: string, accessLevel: string) =>
	n8n.client.createCredential(`${host} ${accessLevel}`, 'dockerApi', {
		connectionType: 'tcp',
		host,
		port: 2375,
		accessLevel,
		allowedContainers: 'shop-*',
		timeoutSeconds: 15,
	});

/** What n8n's own container gets from the proxy, as a status line. */
function askProxy(method: 'GET' | 'POST', path: string): string {
	const request = `${method} ${path} HTTP/1.1\\r\\nHost: docker-proxy\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n`;
	const script = `printf '%b' '${request}' | nc docker-proxy 2375 | head -n 1`;
	return engine.cli('exec', n8n.container, 'sh', '-c', script).trim();
}

test('a workflow of an n8n in a container restarts a real container through the filtering proxy', async () => {
	const shop = await engine.docker.createContainer({ name: 'shop-web', Image: imageTag('web') });
	await shop.start();
	const before = (await shop.inspect()).State.StartedAt;
	const workflow = await n8n.client.importWorkflow(
		dockerWorkflow('restart', 'restart-shop', await credential('docker-proxy', 'control')),
	);
	await n8n.client.activate(workflow.id);
	const answer = await n8n.client.callWebhook('restart-shop', { body: { name: 'shop-web' } });
	expect(answer).toMatchObject({ status: 200, json: { changed: true, name: 'shop-web', state: 'running' } });
	expect((await shop.inspect()).State.StartedAt).not.toBe(before);

	const refused = await n8n.client.callWebhook('restart-shop', { body: { name: 'desk_docker-proxy_1' } });
	expect(refused.status).toBe(500);
	const execution = await n8n.client.waitForExecution({ workflowId: workflow.id, status: 'error' });
	expect(JSON.stringify(execution)).toContain('does not cover the container');
}, 60_000);

test('n8n runs as user 1000 within 1 GB and sees neither the socket nor a host path beside its volume', () => {
	const inside = (...command: string[]) => engine.cli('exec', n8n.container, ...command);
	expect(inside('id', '-u').trim()).toBe('1000');
	expect(inside('sh', '-c', 'ls /var/run/docker.sock 2>&1 || true')).toContain('No such file');
	const [details] = JSON.parse(engine.cli('inspect', n8n.container)) as {
		HostConfig: { Memory: number };
		Mounts: { Destination: string; RW: boolean }[];
	}[];
	expect(details?.HostConfig.Memory).toBe(1024 ** 3);
	expect(details?.Mounts.filter(({ RW }) => RW).map(({ Destination }) => Destination)).toEqual([
		'/home/node/.n8n',
	]);
});

test('the proxy passes what is listed and refuses everything else', () => {
	const id = '0'.repeat(64);
	for (const path of ['/_ping', '/v1.41/version', '/v1.41/containers/json?all=true']) {
		expect(askProxy('GET', path)).toContain(' 200');
	}
	expect(askProxy('POST', `/v1.41/containers/${id}/restart`)).toContain(' 404');
	const refused: ['GET' | 'POST', string][] = [
		['POST', '/v1.41/containers/create'],
		['POST', `/v1.41/containers/${id}/exec`],
		['POST', `/containers/${id}/kill`],
		['POST', '/v1.41/containers/json'],
		['POST', '/v1.41/images/create?fromImage=x'],
		['POST', `/v1.41/containers/x/../create/start`],
		['POST', '/v1.41/containers/x%2f..%2fcreate/restart'],
		['GET', '/v1.41/containers/x/archive?path=/'],
		['GET', '/v1.41/images/json'],
		['GET', '/v1.41/containers/x/json/../../../info'],
		['GET', '//containers/json'],
	];
	for (const [method, path] of refused) expect(`${path} ${askProxy(method, path)}`).toContain(' 403');
});

test('the credential test tells what is permitted, and what is wrong when the proxy is not found', async () => {
	const { client } = n8n;
	expect(await client.testCredential(await credential('docker-proxy', 'read'))).toEqual({
		status: 'OK',
		message: expect.stringMatching(
			/^Connected to Docker .* Permitted: look only; containers shop-\* \(\d containers? now\)\.$/,
		),
	});
	expect(await client.testCredential(await credential('dockerproxy', 'read'))).toEqual({
		status: 'Error',
		message: expect.stringMatching(/host of tcp:\/\/dockerproxy:2375 is not known by name\. .*service name/),
	});
});
