import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCommandLine } from '../../../src/cli';
import { installedIds, loadWorkflows, N8nApi } from '../../../src/workflows';

const apiKey = 'a-key-nobody-may-see';
let server: Server | undefined;

afterEach(async () => {
	server?.closeAllConnections();
	await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
	server = undefined;
});

async function answering(listener: RequestListener): Promise<string> {
	const started = createServer(listener);
	server = started;
	await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

test('an answer that stops half-way is a timeout with a way out', async () => {
	const url = await answering((_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		response.write('{"data": [');
	});
	await expect(new N8nApi({ url, apiKey, timeoutMs: 300 }).workflows()).rejects.toMatchObject({
		code: 'timeout',
		remedy: 'See whether n8n is well, and try again.',
	});
});

test('a connection that breaks within the answer is unreachable, not unexpected', async () => {
	const url = await answering((_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
		response.write('{"data": [', () => response.destroy());
	});
	await expect(new N8nApi({ url, apiKey }).workflows()).rejects.toMatchObject({ code: 'unreachable' });
});

test('workflows of the user that are made in an odd way do not stand in the way of an import', async () => {
	const [shipped] = await loadWorkflows();
	if (!shipped) throw new Error('there are no workflows');
	const node = { id: 'x', name: 'Old', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };
	const odd = [
		{ id: 'odd1', name: 'No position', active: true, nodes: [node], connections: {} },
		{
			...{ id: 'odd2', name: 'Null', active: false, connections: { Old: { main: [[{ node: 'Old' }]] } } },
			nodes: [{ ...node, position: [0, 0], webhookId: null, credentials: null }],
		},
		// Ours, but changed by something that left a node without a position.
		{ ...shipped.workflow, id: 'ours', nodes: [...shipped.workflow.nodes, node] },
	];
	const url = await answering((_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ data: odd, nextCursor: null }));
	});
	const stored = await new N8nApi({ url, apiKey }).workflows();
	expect(stored.map(({ id }) => id)).toEqual(['odd1', 'odd2', 'ours']);
	expect(installedIds([shipped], stored).get(shipped.workflow.id)).toBe('ours');
});

test.each([401, 403, 500])(
	'a server that repeats the key with status %i does not bring it to light',
	async (status) => {
		const url = await answering((request, response) => {
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ message: `not with ${String(request.headers['x-n8n-api-key'])}` }));
		});
		let printed = '';
		const collect = (text: string) => void (printed += text);
		const env = { OPSDESK_N8N_URL: url, OPSDESK_N8N_API_KEY: apiKey };
		const exitCode = await runCommandLine(['workflows', 'diff', '--json'], {
			out: collect,
			err: collect,
			env,
		});
		expect(exitCode).toBe(1);
		expect(JSON.parse(printed)).toMatchObject({
			error: { message: expect.stringContaining('not with ***') as string },
		});
		expect(printed).not.toContain(apiKey);
	},
);

test('a redirect is not followed, so that the key goes to no other host', async () => {
	const seen: string[] = [];
	const url = await answering((request, response) => {
		seen.push(request.url ?? '');
		response.writeHead(302, { location: '/elsewhere' });
		response.end();
	});
	await expect(new N8nApi({ url: `${url}/n8n/`, apiKey }).workflows()).rejects.toMatchObject({
		code: 'unreachable',
	});
	expect(seen).toEqual(['/n8n/api/v1/workflows?limit=100&excludePinnedData=true']);
});
