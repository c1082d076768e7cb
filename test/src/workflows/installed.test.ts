import {
	compare,
	fingerprint,
	installedIds,
	loadWorkflows,
	optionalNodes,
	withIds,
	type ShippedWorkflow,
	type StoredWorkflow,
} from '../../../src/workflows';

let all: ShippedWorkflow[];
let shipped: ShippedWorkflow;

beforeAll(async () => {
	all = await loadWorkflows();
	const found = all.find(({ key }) => key === 'send-alert');
	if (!found) throw new Error('send-alert is missing');
	shipped = found;
});

/** All workflows as n8n answers them after an import through its API: with ids of its own. */
function imported(change: (workflow: StoredWorkflow) => void = () => undefined): StoredWorkflow[] {
	const ids = new Map(all.map(({ key, workflow }) => [workflow.id, `own-${key}`]));
	return all.map(({ key, workflow }) => {
		const stored = { ...structuredClone(withIds(workflow, ids)), active: false, isArchived: false };
		if (key === 'send-alert') change(stored);
		return stored;
	});
}

const state = (stored: StoredWorkflow[], releases = {}): string =>
	compare(shipped, stored, installedIds(all, stored), releases).state;
const node = (workflow: StoredWorkflow, name: string) => {
	const found = workflow.nodes.find((entry) => entry.name === name);
	if (!found) throw new Error(`No node "${name}"`);
	return found;
};

/** Gives every setting another value. */
function setAll(settings: StoredWorkflow['nodes'][number], value: unknown): void {
	const { assignments } = settings.parameters.assignments as { assignments: { value: unknown }[] };
	for (const assignment of assignments) assignment.value = value;
}

test('a workflow that is not there is missing', () => {
	expect(state([])).toBe('missing');
});

test('what n8n has under its own ids is recognised and current', () => {
	expect(state(imported())).toBe('current');
});

test.each<[string, (workflow: StoredWorkflow) => void]>([
	['another name', (w) => (w.name = 'Alarm')],
	['other values in the settings node', (w) => setAll(node(w, 'Settings'), 7)],
	[
		'a selected credential',
		(w) => (node(w, 'Send to Slack').credentials = { slackApi: { id: '1', name: 'x' } }),
	],
	['a channel switched on', (w) => delete node(w, 'Send to Telegram').disabled],
	['moved nodes', (w) => w.nodes.forEach((entry) => (entry.position = [7, 7]))],
	['another order of nodes', (w) => void w.nodes.reverse()],
	['removed notes', (w) => (w.nodes = w.nodes.filter(({ type }) => !type.endsWith('stickyNote')))],
	[
		'settings that n8n adds',
		(w) => (w.settings = { ...w.settings, availableInMCP: false, binaryMode: 'separate' }),
	],
	['another error workflow', (w) => (w.settings = { ...w.settings, errorWorkflow: 'mine' })],
	[
		'a remembered name beside an id',
		(w) =>
			((node(w, 'Read shared settings').parameters.workflowId as Record<string, unknown>).cachedResultUrl =
				'/workflow/1'),
	],
])('%s is no change', (_what, change) => {
	expect(state(imported(change))).toBe('current');
});

test.each<[string, (workflow: StoredWorkflow) => void]>([
	['changed code', (w) => (node(w, 'Plan deliveries').parameters.jsCode = 'return [];')],
	['a removed node', (w) => (w.nodes = w.nodes.filter(({ name }) => name !== 'Send mail'))],
	['a renamed node', (w) => (node(w, 'Send mail').name = 'Mail')],
	['a cut connection', (w) => delete w.connections['Send mail']],
	['a node that was shipped on, switched off', (w) => (node(w, 'Send to webhook').disabled = true)],
	[
		'a call of another workflow',
		(w) => ((node(w, 'Read shared settings').parameters.workflowId as Record<string, unknown>).value = 'x'),
	],
	['another saving of executions', (w) => (w.settings = { ...w.settings, saveDataErrorExecution: 'none' })],
])('%s is a change by hand', (_what, change) => {
	const stored = imported(change);
	const { state: found, diff } = compare(shipped, stored, installedIds(all, stored), {});
	expect([found, diff]).toEqual(['edited', expect.stringMatching(/^[-+] /m)]);
});

test('a version that was released before is outdated, not changed by hand', () => {
	const stored = imported(
		(workflow) => (node(workflow, 'Plan deliveries').parameters.jsCode = '// version 0.9.0'),
	);
	const installed = stored.find(({ id }) => id === 'own-send-alert');
	if (!installed) throw new Error('not imported');
	const ids = new Map([...installedIds(all, stored)].map(([ours, theirs]) => [theirs, ours]));
	const old = fingerprint(installed, { ids, optionalNodes: optionalNodes(shipped.workflow) });
	expect(state(stored, { 'send-alert': { '0.9.0': old } })).toBe('outdated');
	expect(state(stored, { 'send-alert': { '0.9.0': 'another' } })).toBe('edited');
});

test('a setting that is missing, and a reference still as in the file, make a workflow outdated', () => {
	const without = imported(
		(workflow) => (node(workflow, 'Settings').parameters.assignments = { assignments: [] }),
	);
	expect(state(without)).toBe('outdated');
	const unlinked = imported(
		(workflow) =>
			(workflow.settings = { ...workflow.settings, errorWorkflow: shipped.workflow.settings?.errorWorkflow }),
	);
	expect(state(unlinked)).toBe('outdated');
});
