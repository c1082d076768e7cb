import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { executionError, outputItems } from './n8n/executions';
import { N8nClient } from './n8n/client';
import { startN8n, startN8nServer, type N8n } from './n8n/host';
import { answeringWorkflow } from './n8n/sample-workflows';
import { Scope } from './scope';

describe('an n8n as a host process', () => {
	let scope: Scope;
	let n8n: N8n;
	beforeAll(async () => {
		scope = await Scope.open('n8n-host');
		n8n = await startN8n(scope, { withPackage: false });
	}, 600_000);
	afterAll(() => scope.close());

	it('answers a webhook as soon as activation has returned, and no longer after deactivation', async () => {
		const { client } = n8n;
		const { id } = await client.importWorkflow(answeringWorkflow('greet'));
		expect((await client.callWebhook('greet')).status).toBe(404);
		await client.activate(id);
		const answer = await client.callWebhook('greet', { body: { name: 'Ada' } });
		expect([answer.status, answer.json]).toEqual([200, { greeting: 'Hello Ada' }]);
		await client.deactivate(id);
		expect((await client.callWebhook('greet', { body: {} })).status).toBe(404);
	});

	it('gives the data of an execution as plain JSON', async () => {
		const { client } = n8n;
		const { id } = await client.importWorkflow(answeringWorkflow('data'));
		await client.activate(id);
		await client.callWebhook('data', { body: { name: 'Grace' } });
		const first = await client.waitForExecution({ workflowId: id });
		expect(first).toMatchObject({ status: 'success', mode: 'webhook' });
		expect(outputItems(first, 'Greet')[0]?.json).toEqual({ greeting: 'Hello Grace' });
		await expect(client.waitForExecution({ workflowId: id, afterId: first.id }, 300)).rejects.toThrow(
			`There are: ${first.id} webhook success`,
		);
		await client.callWebhook('data', { body: { name: 'Edsger' } });
		const second = await client.waitForExecution({ workflowId: id, afterId: first.id });
		expect(outputItems(second, 'Greet')[0]?.json).toEqual({ greeting: 'Hello Edsger' });
	});

	it('runs a workflow by hand, and says how it failed', async () => {
		const { client } = n8n;
		const workflow = answeringWorkflow('by-hand');
		const { id } = await client.importWorkflow(workflow);
		const good = await client.run(id, { trigger: 'Start' });
		expect(good).toMatchObject({ status: 'success', mode: 'manual' });
		expect(outputItems(good, 'Greet')[0]?.json).toEqual({ greeting: 'Hello nobody' });
		const greet = workflow.nodes.find(({ name }) => name === 'Greet');
		Object.assign(greet ?? {}, {
			type: 'n8n-nodes-base.stopAndError',
			typeVersion: 1,
			parameters: { errorMessage: 'out of greetings' },
		});
		await client.updateWorkflow(id, workflow);
		const bad = await client.run(id, { trigger: 'Start' });
		expect(bad.status).toBe('error');
		expect(executionError(bad)?.message).toContain('out of greetings');
	});

	it('answers a test request once', async () => {
		const { client } = n8n;
		const { id } = await client.importWorkflow(answeringWorkflow('try'));
		await client.listenForTest(id, 'Webhook');
		const call = { body: { name: 'Alan' }, test: true };
		expect((await client.callWebhook('try', call)).json).toEqual({ greeting: 'Hello Alan' });
		expect((await client.callWebhook('try', call)).status).toBe(404);
	});

	it('replaces a workflow that is imported again under its id, with its tags', async () => {
		const { client } = n8n;
		const workflow = { ...answeringWorkflow('again'), id: 'again0123456789a', tags: [{ name: 'opsdesk' }] };
		await client.importWorkflow(workflow);
		await client.importWorkflow({ ...workflow, name: 'Second edition' });
		const stored = await client.workflow('again0123456789a');
		expect(stored).toMatchObject({ name: 'Second edition', tags: [{ name: 'opsdesk' }] });
	});

	it('says why a workflow could not be activated', async () => {
		const { client } = n8n;
		const first = await client.importWorkflow(answeringWorkflow('taken'));
		const second = await client.importWorkflow(answeringWorkflow('taken'));
		await client.activate(first.id);
		await expect(client.activate(second.id)).rejects.toThrow(/webhook/i);
	});

	it('tests a stored credential as its dialogue does', async () => {
		const { client } = n8n;
		const closedPort = { host: '127.0.0.1', port: 1, user: 'nobody', database: 'none', password: 'x' };
		const credential = await client.createCredential('No database', 'postgres', closedPort);
		const answer = await client.testCredential(credential);
		expect(answer).toMatchObject({ status: 'Error', message: 'Connection refused' });
	});

	it('serves the node types and the lists of their parameters', async () => {
		const { catalogue } = n8n.client;
		const types = await catalogue.nodeTypes();
		expect(types.map(({ name }) => name)).toContain('n8n-nodes-base.postgres');
		const languages = await catalogue.dynamicOptions({
			nodeType: 'n8n-nodes-base.dateTime',
			version: 1,
			method: 'getTimezones',
		});
		expect(languages.map(({ value }) => value)).toContain('Europe/Berlin');
	});

	it('goes on with its data after a restart on the same user folder', async () => {
		const { client, userFolder } = n8n;
		const { id } = await client.importWorkflow(answeringWorkflow('stays'));
		await n8n.process.end();
		const again = await startN8nServer(scope, { name: 'n8n-again', userFolder, withPackage: false });
		const { email, password } = client.session;
		const reconnected = await N8nClient.signIn(again.url, email, password);
		expect((await reconnected.workflow(id)).name).toBe('Answer stays');
		n8n = { ...again, client: reconnected };
	});
});

it('leaves no process and no folder of n8n behind when its scope is closed', async () => {
	const scope = await Scope.open('n8n-gone');
	const server = await startN8nServer(scope, { withPackage: false });
	expect(existsSync(join(server.userFolder, '.n8n', 'database.sqlite'))).toBe(true);
	await scope.close();
	const processes = execFileSync('ps', ['-eo', 'pgid,stat,args'], { encoding: 'utf8' }).split('\n');
	const ofGroup = processes.filter((line) => line.trim().startsWith(`${server.process.pid} `));
	// A zombie has released everything and only waits for this process to take note of its end.
	expect(ofGroup.filter((line) => !/^\s*\d+ Z/.test(line))).toEqual([]);
	expect(existsSync(scope.folder)).toBe(false);
});
