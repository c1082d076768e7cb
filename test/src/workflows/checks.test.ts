import {
	checkWorkflow,
	checkWorkflows,
	loadWorkflows,
	type ShippedWorkflow,
	type Workflow,
} from '../../../src/workflows';

let all: ShippedWorkflow[];

beforeAll(async () => {
	all = await loadWorkflows();
});

/** Rules that a change to read-settings breaks. */
function broken(
	change: (workflow: Workflow) => void,
	{ key = 'read-settings', version = '0.1.0' } = {},
): string[] {
	const shipped = all.find((entry) => entry.key === 'read-settings');
	if (!shipped) throw new Error('read-settings is missing');
	const workflow = structuredClone(shipped.workflow);
	change(workflow);
	const knownIds = new Set(all.map((entry) => entry.workflow.id));
	return [
		...new Set(checkWorkflow({ key, workflow, knownIds, packageVersion: version }).map(({ rule }) => rule)),
	];
}

const node = (workflow: Workflow, name: string) => {
	const found = workflow.nodes.find((entry) => entry.name === name);
	if (!found) throw new Error(`No node "${name}"`);
	return found;
};
const parameter = (text: string) => (workflow: Workflow) => {
	node(workflow, 'Name the mistakes').parameters.errorMessage = text;
};

test('the workflows of the package break no rule', () => {
	expect(checkWorkflows(all, '0.1.0')).toEqual([]);
});

test.each<[string, string, (workflow: Workflow) => void]>([
	['another name than its file', 'named-by-what-it-does', (w) => (w.name = 'My workflow 3')],
	['an id of another length', 'fixed-id', (w) => (w.id = 'short')],
	['no version', 'version', (w) => (w.meta = {})],
	[
		'a range that is none',
		'version',
		(w) => (w.meta = { ...w.meta, requires: { n8n: '2.x', 'n8n-nodes-opsdesk': '>=0.1.0' } }),
	],
	['no description', 'described', (w) => delete w.description],
	['no tag', 'described', (w) => (w.tags = [])],
	['being active', 'inactive', (w) => (w.active = true)],
	['a version of one n8n', 'no-instance-data', (w) => (w.versionId = 'abc')],
	['pinned data', 'no-instance-data', (w) => (w.pinData = { Settings: [{}] })],
	['an instance id', 'no-instance-data', (w) => (w.meta = { ...w.meta, instanceId: 'f00' })],
	[
		'two nodes of one id',
		'unique-nodes',
		(w) => (node(w, 'Settings').id = node(w, 'Check what was typed').id),
	],
	[
		'a removed node',
		'no-removed-nodes',
		(w) => (node(w, 'Check what was typed').type = 'n8n-nodes-base.executeCommand'),
	],
	['no settings node', 'settings-first', (w) => (node(w, 'Settings').type = 'n8n-nodes-base.noOp')],
	['a trigger that leads nowhere', 'settings-first', (w) => delete w.connections['Check these settings']],
	[
		'no sticky note',
		'explained',
		(w) => (w.nodes = w.nodes.filter(({ type }) => !type.endsWith('stickyNote'))),
	],
	[
		'a node over the edge of a note',
		'drawn-apart',
		(w) =>
			(node(w, 'Settings').position = node(w, 'About this workflow').position.map((at) => at - 20) as [
				number,
				number,
			]),
	],
	[
		'a connection to nowhere',
		'connected',
		(w) => (w.connections.Ghost = { main: [[{ node: 'Gone', type: 'main', index: 0 }]] }),
	],
	['a node nothing leads to', 'connected', (w) => delete w.connections['Check what was typed']],
	['no error workflow', 'errors-are-handled', (w) => (w.settings = { executionOrder: 'v1' })],
	[
		'a foreign error workflow',
		'errors-are-handled',
		(w) => (w.settings = { ...w.settings, errorWorkflow: 'abc' }),
	],
	['the old execution order', 'errors-are-handled', (w) => delete w.settings?.executionOrder],
	[
		'a credential',
		'no-credentials',
		(w) => (node(w, 'Settings').credentials = { smtp: { id: '1', name: 'mine' } }),
	],
	[
		'CS-34 keeping what people have written',
		'keeps-no-messages',
		(w) => (node(w, 'Check what was typed').type = 'n8n-nodes-opsdesk.supabaseChatStore'),
	],
	['a bot token', 'no-secrets', parameter(`bot 123456789:${'A'.repeat(35)}`)],
	['a password in an address', 'no-secrets', parameter('postgres://shop:hunter2@db.example.com')],
	['a host of somebody', 'no-foreign-hosts', parameter('see https://intranet.acme.test/page')],
	['environment variables', 'no-environment', parameter('={{ $env.HOME }}')],
	[
		'code that does not parse',
		'code-parses',
		(w) => (node(w, 'Check what was typed').parameters.jsCode = 'return {;'),
	],
])('%s breaks the rule %s', (_what, rule, change) => {
	expect(broken(change)).toEqual([rule]);
});

test('a node with its default name and a call of an unknown workflow are found', () => {
	const rules = broken((workflow) => {
		const called = node(workflow, 'Check what was typed');
		for (const kinds of Object.values(workflow.connections)) {
			for (const target of kinds.main?.flat() ?? [])
				if (target?.node === called.name) target.node = 'Execute Workflow1';
		}
		workflow.connections['Execute Workflow1'] = workflow.connections[called.name] ?? {};
		Reflect.deleteProperty(workflow.connections, called.name);
		Object.assign(called, { name: 'Execute Workflow1', type: 'n8n-nodes-base.executeWorkflow' });
		called.parameters = { workflowId: { value: 'unknownUnknown01' }, mode: 'each' };
	});
	expect(rules).toEqual(['nodes-named-by-what-they-do', 'calls-known-workflows']);
});

test('a package of another version than the range is named', () => {
	expect(broken(() => undefined, { version: '1.0.0' })).toEqual(['version']);
	expect(broken(() => undefined, { version: '0.2.0-beta.1' })).toEqual([]);
});

test('a file whose name is no verb and object is named', () => {
	expect(broken((workflow) => (workflow.name = 'Settings'), { key: 'settings' })).toEqual([
		'named-by-what-it-does',
	]);
});

test('two workflows of one id are named', () => {
	const copy = all.slice(0, 1).map((entry) => ({ ...entry }));
	expect(checkWorkflows([...all, ...copy], '0.1.0').map(({ rule }) => rule)).toEqual(['fixed-id']);
});
