import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { runCommandLine } from '../../../src/cli';
import { Scope } from '../../support/scope';
import { fromDefinition, runNode, sampleSite, type SampleSite } from './site-runner';

// Where the key of n8n's API comes from; what n8n answers is tested elsewhere.

const apiKey = 'a-key-nobody-may-see';
let scope: Scope;
let server: Server;
let url: string;
let shop: SampleSite;
let keys: unknown[] = [];

beforeAll(async () => {
	scope = await Scope.open('site-workflows');
	shop = sampleSite(scope, 'shop');
	server = createServer((request, response) => {
		keys.push(request.headers['x-n8n-api-key']);
		response.end('{"data":[{"id":"1","name":"One"}],"nextCursor":null}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
	keys = [];
});
afterAll(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
	await scope.close();
});

const destinations = () => [{ name: 'local', type: 'directory', path: shop.backups }];
const definition = (n8n: object) => ({ name: 'shop', backup: { n8n }, destinations: destinations() });
const onlyWorkflows = { database: 'none', files: false, workflows: true };

test("the fields of the node ask for the workflows, with the key of n8n's own credential", async () => {
	const parameters = {
		operation: 'backUp',
		siteSource: 'fields',
		name: 'shop',
		n8n: { settings: { databaseType: 'none', files: false, workflows: true } },
		destinations: { destination: destinations() },
	};
	const n8nApi = { baseUrl: `${url}/api/v1`, apiKey };
	const run = await runNode(parameters, {}, undefined, undefined, undefined, { n8nApi });
	expect(run.json('Backup')).toMatchObject([
		{ status: 'ok', artefacts: [{ name: 'n8n-workflows', status: 'ok', entries: 5 }] },
	]);
	expect(keys).toEqual([apiKey, apiKey]);
	expect(JSON.stringify(run.raw.data)).not.toContain(apiKey);
});

test('a site that does not ask for workflows does not reach for n8n, and without a credential it is said what to select', async () => {
	const n8nApi = { baseUrl: url, apiKey };
	const other = fromDefinition('backUp', shop.definition);
	await runNode(other, {}, undefined, undefined, undefined, { n8nApi });
	expect(keys).toEqual([]);
	const { error } = await runNode(fromDefinition('backUp', definition(onlyWorkflows)));
	expect(error?.description).toContain('Select a credential "n8n API" in the node');
});

test('on the command line the key comes from the environment or a file it names', async () => {
	const site = scope.path('site.json');
	const file = scope.path('key');
	writeFileSync(site, JSON.stringify(definition(onlyWorkflows)));
	writeFileSync(file, `${apiKey}\n`);
	const run = async (env: Record<string, string>): Promise<{ exitCode: number; said: string }> => {
		let said = '';
		const collect = (text: string): void => void (said += text);
		const args = ['backup', 'run', '--site', site, '--state', scope.emptyFolder()];
		return { exitCode: await runCommandLine(args, { out: collect, err: collect, env }), said };
	};
	const address = { OPSDESK_N8N_URL: url };
	for (const key of [{ OPSDESK_N8N_API_KEY: apiKey }, { OPSDESK_N8N_API_KEY_FILE: file }]) {
		expect(await run({ ...address, ...key })).toMatchObject({ exitCode: 0 });
	}
	expect(new Set(keys)).toEqual(new Set([apiKey]));
	expect(await run({})).toMatchObject({
		exitCode: 1,
		said: expect.stringContaining('set OPSDESK_N8N_URL and OPSDESK_N8N_API_KEY'),
	});
	const half = await run({ OPSDESK_N8N_API_KEY: apiKey });
	expect(half.said).toContain('OPSDESK_N8N_URL is missing');
	expect(half.said).not.toContain(apiKey);
});
