import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
	importWorkflows,
	loadWorkflows,
	N8nApi,
	withIds,
	type ImportedWorkflow,
	type ShippedWorkflow,
	type StoredWorkflow,
} from '../../src/workflows';
import { sharedN8n } from '../support/n8n/shared';

const client = sharedN8n();
const api = new N8nApi({ url: client.url, apiKey: client.apiKey });

/** One of the schedules and what it needs: importing all of them shows nothing more. */
const chosenKeys = [
	'back-up-sites-daily',
	'run-site-backups',
	'read-settings',
	'send-alert',
	'handle-errors',
];

/** Shipped workflows as another package would ship them: the n8n of the tests is shared. */
async function ownWorkflows(): Promise<ShippedWorkflow[]> {
	const shipped = (await loadWorkflows()).filter(({ key }) => chosenKeys.includes(key));
	const ids = new Map(shipped.map(({ workflow }) => [workflow.id, randomBytes(8).toString('hex')]));
	return shipped.map((entry) => {
		const workflow = structuredClone(withIds(entry.workflow, ids));
		for (const node of workflow.nodes) node.id = `${workflow.id}-${node.id}`;
		return { ...entry, workflow };
	});
}

let all: ShippedWorkflow[];
let imported: ImportedWorkflow[] = [];

beforeEach(async () => {
	all = await ownWorkflows();
	imported = [];
});

afterEach(async () => {
	for (const { id } of [...imported].reverse()) {
		await client.deactivate(id);
		await client.deleteWorkflow(id);
	}
});

const run = async (
	options: Parameters<typeof importWorkflows>[3] = {},
	chosen = all,
): Promise<ImportedWorkflow[]> => {
	const results = await importWorkflows(api, all, chosen, options);
	if (imported.length === 0) imported = results;
	return results;
};
const actions = (results: ImportedWorkflow[]): string[] =>
	results.map(({ name, action }) => `${name} ${action}`);
const stored = async (key: string): Promise<StoredWorkflow> => {
	const id = imported.find(({ name }) => name === key)?.id;
	const found = (await api.workflows()).find((entry) => entry.id === id);
	if (!found) throw new Error(`${key} is not in n8n`);
	return found;
};
const nodeOf = (workflow: StoredWorkflow, name: string) => {
	const node = workflow.nodes.find((entry) => entry.name === name);
	if (!node) throw new Error(`No node "${name}"`);
	return node;
};
/** What the editor does when a user saves a workflow. */
const save = async ({ id, name, nodes, connections, settings }: StoredWorkflow): Promise<void> => {
	const body = { name, nodes, connections, settings };
	await client.rest(`workflows/${id}`, z.unknown(), { method: 'PATCH', body });
};
const bumped = (entry: ShippedWorkflow): void => {
	for (const { parameters } of entry.workflow.nodes)
		if (parameters.jsCode !== undefined) parameters.jsCode = `${String(parameters.jsCode)}\n// better`;
};

test('workflows are created in the order they call each other, linked to one another, and stay inactive', async () => {
	const results = await run();
	expect(actions(results)).toEqual([
		'read-settings created',
		'send-alert created',
		'run-site-backups created',
		'back-up-sites-daily created',
		'handle-errors created',
	]);
	const [settings, send, , , errors] = results.map(({ id }) => id);
	const sending = await stored('send-alert');
	expect(nodeOf(sending, 'Read shared settings').parameters.workflowId).toMatchObject({ value: settings });
	expect(sending.settings).toMatchObject({ errorWorkflow: errors, callerPolicy: 'workflowsFromSameOwner' });
	expect(nodeOf(await stored('handle-errors'), 'Send the alert').parameters.workflowId).toMatchObject({
		value: send,
	});
	expect((await stored('read-settings')).settings?.errorWorkflow).toBe(errors);
	expect(sending.active).toBe(false);
	expect((sending.tags ?? []).map(({ name }) => name)).toEqual(['opsdesk']);
	expect(results.flatMap(({ warnings }) => warnings)).toEqual([]);
});

test('importing again changes nothing', async () => {
	await run();
	const before = await stored('send-alert');
	expect(actions(await run())).toEqual([
		'read-settings unchanged',
		'send-alert unchanged',
		'run-site-backups unchanged',
		'back-up-sites-daily unchanged',
		'handle-errors unchanged',
	]);
	expect((await stored('send-alert')).versionId).toBe(before.versionId);
});

test('choosing one brings what it needs along', async () => {
	const one = all.filter(({ key }) => key === 'send-alert');
	expect(actions(await run({}, one))).toEqual([
		'read-settings created',
		'send-alert created',
		'handle-errors created',
	]);
});

test('a new version keeps settings, credentials, switched-on channels, the name and workflow settings', async () => {
	await run();
	const credential = await client.createCredential(`slack ${all[0]?.workflow.id}`, 'slackApi', {
		accessToken: 'x',
	});
	const sending = await stored('send-alert');
	nodeOf(sending, 'Settings').parameters.assignments = {
		assignments: [{ id: 'w', name: 'dedupeWindowMinutes', type: 'number', value: 7 }],
	};
	nodeOf(sending, 'Send to Slack').credentials = { slackApi: { id: credential.id, name: credential.name } };
	delete nodeOf(sending, 'Send to Telegram').disabled;
	await save({ ...sending, name: 'Alarm', settings: { ...sending.settings, timezone: 'Europe/Moscow' } });
	expect(actions(await run())).toContain('send-alert updated');
	for (const entry of all) bumped(entry);
	const results = await run({ force: true });
	expect(actions(results)).toContain('send-alert updated');
	const updated = await stored('send-alert');
	expect(updated.name).toBe('Alarm');
	expect(updated.settings).toMatchObject({ timezone: 'Europe/Moscow', executionOrder: 'v1' });
	expect(nodeOf(updated, 'Plan deliveries').parameters.jsCode).toMatch(/better$/);
	expect(nodeOf(updated, 'Send to Slack').credentials).toMatchObject({ slackApi: { id: credential.id } });
	expect(nodeOf(updated, 'Send to Telegram').disabled).toBeFalsy();
	expect(nodeOf(updated, 'Send mail').disabled).toBe(true);
	const { assignments } = nodeOf(updated, 'Settings').parameters.assignments as {
		assignments: { name: string; value: unknown }[];
	};
	expect(assignments.find(({ name }) => name === 'dedupeWindowMinutes')?.value).toBe(7);
	expect(assignments.map(({ name }) => name)).toContain('slackApiUrl');
});

test('a workflow that a user changed otherwise is not replaced without force, and the diff shows the change', async () => {
	await run();
	const sending = await stored('send-alert');
	nodeOf(sending, 'Plan deliveries').parameters.jsCode = '// mine\nreturn [];';
	await save(sending);
	const refused = (await run()).find(({ name }) => name === 'send-alert');
	expect(refused).toMatchObject({ action: 'refused' });
	expect(refused?.warnings[0]).toMatch(/was changed in n8n and is left as it is\. Run with --force/);
	expect(refused?.diff).toMatch(/^-\s+"\/\/ mine",$/m);
	expect(nodeOf(await stored('send-alert'), 'Plan deliveries').parameters.jsCode).toContain('// mine');
	expect(actions(await run({ force: true }))).toContain('send-alert updated');
	expect(nodeOf(await stored('send-alert'), 'Plan deliveries').parameters.jsCode).not.toContain('// mine');
});

test('an import that stopped half-way is completed by the next one', async () => {
	const sending = all.find(({ key }) => key === 'send-alert')?.workflow;
	if (!sending) throw new Error('no workflow');
	// As a run leaves it that was killed after its first request: references are still those of the file.
	const { name, nodes, connections, settings } = sending;
	await api.create({ name, nodes, connections, settings });
	const results = await run();
	expect(actions(results)).toEqual([
		'read-settings created',
		'send-alert updated',
		'run-site-backups created',
		'back-up-sites-daily created',
		'handle-errors created',
	]);
	const completed = await stored('send-alert');
	const [readSettings, , , , handleErrors] = results.map(({ id }) => id);
	expect(completed.settings?.errorWorkflow).toBe(handleErrors);
	expect(nodeOf(completed, 'Read shared settings').parameters.workflowId).toMatchObject({
		value: readSettings,
	});
});

test('publishing publishes called workflows first, and an update of a published workflow goes live', async () => {
	const results = await run({ publish: true });
	expect(results.map(({ published, warnings }) => [published, warnings])).toEqual([
		[true, []],
		[true, []],
		[true, []],
		[true, []],
		[true, []],
	]);
	for (const entry of all) bumped(entry);
	await run({ force: true });
	const updated = z
		.looseObject({
			activeVersion: z.looseObject({
				nodes: z.array(z.looseObject({ name: z.string(), parameters: z.looseObject({}) })),
			}),
		})
		.parse(await stored('send-alert'));
	const live = updated.activeVersion.nodes.find(({ name }) => name === 'Plan deliveries');
	expect(String(live?.parameters.jsCode)).toMatch(/better$/);
});

test('two copies of a workflow in n8n are named instead of one being chosen', async () => {
	await run();
	const copy = await stored('read-settings');
	const second = await api.create({
		name: 'Copy',
		nodes: copy.nodes,
		connections: copy.connections,
		settings: {},
	});
	try {
		await expect(run()).rejects.toMatchObject({
			code: 'ambiguous',
			message: expect.stringContaining('"Copy"') as string,
		});
	} finally {
		await client.deleteWorkflow(second.id);
	}
});

test('a wrong key and a wrong address are told apart, and the key stands in no error', async () => {
	const key = `wrong-${randomBytes(8).toString('hex')}`;
	const failure = (url: string, apiKey: string): Promise<unknown> =>
		(async () => new N8nApi({ url, apiKey }).workflows())().then(
			() => 'no error',
			(error: unknown) => error,
		);
	const wrongKey = await failure(client.url, key);
	expect(wrongKey).toMatchObject({ code: 'unauthorised' });
	expect(await failure('http://127.0.0.1:1', key)).toMatchObject({ code: 'unreachable' });
	expect(await failure('ftp://example.com', key)).toMatchObject({ code: 'invalid_url' });
	expect(await failure(`${client.url}/elsewhere`, key)).toMatchObject({ code: 'not_an_n8n' });
	const brokenKey = await failure(client.url, `${key}\nX: y`);
	expect(brokenKey).toMatchObject({ code: 'invalid_key' });
	expect(
		JSON.stringify(
			[wrongKey, brokenKey],
			Object.getOwnPropertyNames(Error.prototype).concat('message', 'remedy', 'stack'),
		),
	).not.toContain(key);
});
