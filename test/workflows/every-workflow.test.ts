import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeHelpers, type INode, type INodeTypeDescription } from 'n8n-workflow';
import { runCommandLine } from '../../src/cli';
import {
	checkWorkflows,
	compareVersions,
	fingerprint,
	loadWorkflows,
	optionalNodes,
	releasedFingerprints,
	requirements,
	satisfies,
	shippedFolder,
	type ShippedWorkflow,
	type WorkflowNode,
} from '../../src/workflows';
import { executionError } from '../support/n8n/executions';
import { n8nInstallation } from '../support/n8n/install';
import { sharedN8n } from '../support/n8n/shared';
import { changelogVersions, indexRows } from './catalogue-truth';

/** Known before the files are read, so that each has its own group of tests; the first test compares the two. */
const keys = [...indexRows().keys()];

/** What each workflow does in an n8n where nothing has been set up yet: trigger to start from, how it ends. */
const firstRuns: Record<string, { trigger: string; ends: RegExp | 'well' }> = {
	'back-up-n8n-nightly': {
		trigger: 'Back up now',
		ends: /could not be told\. Nightly backup of n8n: failed: n8n: .*reached nobody/,
	},
	'back-up-sites-daily': { trigger: 'Back up now', ends: /^There is no site to back up/ },
	'back-up-volumes-weekly': { trigger: 'Back up now', ends: /^There is no site to back up/ },
	'heal-containers-on-events': { trigger: 'Heal now', ends: /redential/ },
	'check-containers-every-five-minutes': { trigger: 'Check now', ends: /redential/ },
	'check-host-resources': { trigger: 'Check now', ends: 'well' },
	'watch-workflow-runs': { trigger: 'Watch now', ends: /^Type the address of this n8n into "url"/ },
	'rehearse-restore-weekly': { trigger: 'Rehearse now', ends: /^There is no site to rehearse/ },
	'check-certificates': { trigger: 'Check now', ends: /^There is nothing to check/ },
	'check-services': { trigger: 'Check now', ends: 'well' },
	'probe-sites': { trigger: 'Probe now', ends: /^There is nothing to check/ },
	'run-site-checks': { trigger: 'When checks are asked for', ends: /^There is nothing to check/ },
	'retain-data-nightly': { trigger: 'Count now', ends: /reached nobody/ },
	'run-site-backups': { trigger: 'When a run is asked for', ends: 'well' },
	'snapshot-sqlite-every-six-hours': {
		trigger: 'Take snapshots now',
		ends: /^There is no site to back up/,
	},
	'update-containers-weekly': { trigger: 'Update now', ends: /credential/i },
	'verify-backups-hourly': { trigger: 'Verify now', ends: /^There is no site to verify/ },
	'manage-containers': { trigger: 'Try the list', ends: 'well' },
	'read-settings': { trigger: 'Check these settings', ends: 'well' },
	'send-alert': {
		trigger: 'Send a test alert',
		ends: /reached nobody\. no alert target is switched on\. Correct the targets/,
	},
	'publish-status-page': { trigger: 'Try the page', ends: 'well' },
	'expose-metrics': { trigger: 'Try the metrics', ends: 'well' },
	'watch-missed-backups': { trigger: 'Watch now', ends: /^There is no site with backups to watch/ },
	'report-uptime-monthly': { trigger: 'Report now', ends: /^There is nothing to report|reached nobody/ },
	'handle-errors': { trigger: 'When a workflow fails', ends: /reached nobody/ },
};

/** n8n publishes them, or what they bring with them, only when credentials are selected, which nobody but the user can do. */
const publishedLater = [
	'acknowledge-alerts',
	'alert-on-sla-events',
	'answer-privacy-requests',
	'check-containers-every-five-minutes',
	'expose-metrics',
	'heal-containers-on-events',
	'learn-from-feedback-nightly',
	'manage-containers',
	'receive-meta-messages',
	'receive-sms',
	'receive-telegram-messages',
	'relay-operator-replies',
	'replay-rules',
	'retain-data-nightly',
	'route-messages',
	'send-outbox',
	'start-timers-on-requests',
	'stop-timers-on-replies',
	'update-containers-weekly',
];

/** They start with a form, or n8n keeps no run of them, not even one by hand: each has a test of its own. */
const runElsewhere = [
	'acknowledge-alerts',
	'alert-on-sla-events',
	'answer-privacy-requests',
	'learn-from-feedback-nightly',
	'receive-meta-messages',
	'receive-sms',
	'receive-telegram-messages',
	'relay-operator-replies',
	'replay-rules',
	'route-messages',
	'send-outbox',
	'start-timers-on-requests',
	'stop-timers-on-replies',
];

const client = sharedN8n();
let workflows: Map<string, ShippedWorkflow>;
let types: Map<string, INodeTypeDescription[]>;
let version: string;

beforeAll(async () => {
	workflows = new Map((await loadWorkflows()).map((entry) => [entry.key, entry]));
	types = new Map();
	for (const type of await client.catalogue.nodeTypes()) {
		// n8n serves the descriptions its nodes were written with.
		const description = type as unknown as INodeTypeDescription;
		types.set(type.name, [...(types.get(type.name) ?? []), description]);
	}
	version = (JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string })
		.version;
});

const shipped = (key: string): ShippedWorkflow => {
	const found = workflows.get(key);
	if (!found) throw new Error(`workflows/${key}.json is missing`);
	return found;
};
const versionsOf = (description: INodeTypeDescription): number[] => [description.version].flat();
const descriptionOf = (node: WorkflowNode): INodeTypeDescription => {
	const found = types
		.get(node.type)
		?.find((description) => versionsOf(description).includes(node.typeVersion));
	if (!found) throw new Error(`n8n has no ${node.type} ${node.typeVersion}`);
	return found;
};

test('the index lists every workflow file and no other', () => {
	expect([...workflows.keys()].sort()).toEqual([...keys].sort());
	expect(shippedFolder).toBe(join(__dirname, '../../workflows'));
});

test('all workflows keep the rules of the package', () => {
	expect(checkWorkflows([...workflows.values()], version)).toEqual([]);
});

describe.each(keys)('%s', (key) => {
	test('index, changelog and file name the same version', () => {
		const entry = shipped(key);
		const versions = changelogVersions().get(key) ?? [];
		expect(indexRows().get(key)?.[0]).toBe(entry.version);
		expect(versions[0]).toBe(entry.version);
		expect([...versions].sort(compareVersions).reverse()).toEqual(versions);
	});

	test('a change raises the version, so that an import recognises what it finds', () => {
		const { workflow, version: current } = shipped(key);
		const now = fingerprint(workflow, { ids: new Map(), optionalNodes: optionalNodes(workflow) });
		// When this fails: raise templateVersion, add a changelog entry and record the new fingerprint beside the old ones.
		expect({ [current]: releasedFingerprints[key]?.[current] }).toEqual({ [current]: now });
	});

	test('the index names the buttons it starts with and what it calls', () => {
		const [, starts = '', , needs = ''] = indexRows().get(key) ?? [];
		const { workflow } = shipped(key);
		const buttons = workflow.nodes
			.filter(({ type }) => type === 'n8n-nodes-base.manualTrigger')
			.map(({ name }) => name);
		for (const button of buttons) expect(starts).toContain(`“${button}”`);
		for (const node of workflow.nodes.filter(({ type }) => type === 'n8n-nodes-base.executeWorkflow')) {
			const { value } = node.parameters.workflowId as { value: string };
			expect(needs).toContain(
				[...workflows.values()].find((other) => other.workflow.id === value)?.key ?? value,
			);
		}
	});

	test('it fits the n8n that it says it needs', async () => {
		const { version: n8nVersion } = await n8nInstallation();
		expect(satisfies(n8nVersion, requirements(shipped(key).workflow).n8n ?? '')).toBe(true);
	});

	test('every node is of the newest version, its parameters are complete and as the editor saves them', () => {
		for (const node of shipped(key).workflow.nodes) {
			const newest = Math.max(...(types.get(node.type) ?? []).flatMap(versionsOf));
			expect([node.name, node.typeVersion]).toEqual([node.name, newest]);
			const description = descriptionOf(node);
			const plain = node as unknown as INode;
			// With its defaults, as n8n fills them in when it loads a workflow.
			const parameters = NodeHelpers.getNodeParameters(
				...([description.properties, plain.parameters, true, false, plain, description] as const),
			);
			expect([
				node.name,
				NodeHelpers.getNodeParametersIssues(
					description.properties,
					{ ...plain, parameters: parameters ?? {} },
					description,
				),
			]).toEqual([node.name, null]);
			// Parameters that the editor would drop or add would look like a user's change after the first save.
			const saved = NodeHelpers.getNodeParameters(
				description.properties,
				plain.parameters,
				false,
				false,
				plain,
				description,
			);
			expect([node.name, saved]).toEqual([node.name, node.parameters]);
		}
	});
});

test('imported by the command line into a new n8n, every workflow runs', async () => {
	const output: string[] = [];
	const surroundings = {
		out: (text: string) => void output.push(text),
		err: (text: string) => void output.push(text),
		env: { OPSDESK_N8N_URL: client.url, OPSDESK_N8N_API_KEY: client.apiKey },
	};
	const command = (...args: string[]) => runCommandLine(['workflows', ...args, '--json'], surroundings);
	const atOnce = keys.filter((key) => !publishedLater.includes(key));
	expect([await command('import', '--publish', ...atOnce), output]).toEqual([0, output]);
	const published = JSON.parse(output.at(-1) ?? '') as { name: string; id: string }[];
	expect([await command('import', ...publishedLater), output]).toEqual([0, output]);
	const later = JSON.parse(output.at(-1) ?? '') as { name: string; id: string }[];
	const imported = [
		...new Map([...published, ...later].map((entry) => [entry.name, entry])).values(),
	].reverse();
	try {
		expect(imported.map(({ name }) => name).sort()).toEqual([...keys].sort());
		expect(await command('diff')).toBe(0);
		for (const { name, id } of imported.filter((one) => !runElsewhere.includes(one.name))) {
			const { trigger, ends } = firstRuns[name] ?? {};
			if (trigger === undefined)
				throw new Error(`Say in this test how ${name} runs where nothing is set up.`);
			const message = executionError(await client.run(id, { trigger }))?.message ?? 'well';
			expect([name, message]).toEqual([
				name,
				ends === 'well' ? 'well' : (expect.stringMatching(ends ?? '') as string),
			]);
		}
	} finally {
		for (const { id } of imported) {
			await client.deactivate(id);
			await client.deleteWorkflow(id);
		}
	}
	// One after the other: it takes longer with each workflow there is.
});
