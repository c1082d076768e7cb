import { isStickyNote, isTrigger, settingsNodeName, type Workflow, type WorkflowNode } from '../model';
import { calledWorkflow, errorWorkflow } from '../references';
import type { Rule } from './finding';

/** Removed from n8n, announced to be removed, or switched off by default since 2.0. */
const removedTypes = new Set(
	[
		...[
			'executeCommand',
			'localFileTrigger',
			'function',
			'functionItem',
			'itemLists',
			'start',
			'cron',
			'interval',
		],
		...[
			'moveBinaryData',
			'readBinaryFile',
			'readBinaryFiles',
			'writeBinaryFile',
			'spreadsheetFile',
			'readPDF',
		],
	].map((name) => `n8n-nodes-base.${name}`),
);

const defaultName =
	/^(Code|HTTP Request|If|Set|Edit Fields|Switch|Merge|Filter|Sticky Note|Webhook|Wait|No Operation.*|Loop Over Items|Execute (Sub-)?[Ww]orkflow|Respond to Webhook|Send a? ?(text )?message|Send an Email|Data [Tt]able|Stop and Error|Schedule Trigger|Error Trigger|When .*‘.*’.*)\d*$/;

const targets = (workflow: Workflow, name: string): string[] =>
	Object.values(workflow.connections[name] ?? {}).flatMap((outputs) =>
		outputs.flatMap((list) => (list ?? []).map(({ node }) => node)),
	);

const working = (workflow: Workflow): WorkflowNode[] => workflow.nodes.filter((node) => !isStickyNote(node));

export const nodeRules: Rule[] = [
	{
		name: 'unique-nodes',
		*check({ workflow: { nodes } }) {
			for (const field of ['id', 'name'] as const) {
				const values = nodes.map((node) => node[field]);
				for (const value of new Set(
					values.filter((entry, index) => entry === '' || values.indexOf(entry) !== index),
				)) {
					yield {
						message: `Several nodes have the ${field} "${value}", or none.`,
						remedy: `Give every node a ${field} of its own.`,
					};
				}
			}
		},
	},
	{
		name: 'nodes-named-by-what-they-do',
		*check({ workflow }) {
			for (const { name } of workflow.nodes.filter((node) => defaultName.test(node.name))) {
				yield {
					node: name,
					message: 'It still has the default name.',
					remedy: 'Name it by what it does here.',
				};
			}
		},
	},
	{
		name: 'no-removed-nodes',
		*check({ workflow }) {
			for (const { name, type } of workflow.nodes.filter((node) => removedTypes.has(node.type))) {
				yield {
					node: name,
					message: `${type} is not available in every n8n.`,
					remedy: 'Use the node that took its place.',
				};
			}
		},
	},
	{
		name: 'settings-first',
		*check({ workflow }) {
			const settings = working(workflow).filter(
				({ name, type }) => name === settingsNodeName && type === 'n8n-nodes-base.set',
			);
			if (settings.length !== 1) {
				yield {
					message: `There are ${settings.length} Set nodes called Settings.`,
					remedy: 'Put everything a user edits into one.',
				};
				return;
			}
			for (const node of nodesBefore(workflow, settingsNodeName)) {
				if (isTrigger(node) || node.type === 'n8n-nodes-base.set') continue;
				yield {
					node: node.name,
					message: 'It comes before the settings.',
					remedy: 'Only triggers, and Set nodes that word their data, come first.',
				};
			}
			for (const trigger of working(workflow).filter(isTrigger)) {
				if (!reaches(workflow, trigger.name, settingsNodeName)) {
					yield { node: trigger.name, message: 'It does not lead to the settings.', remedy: 'Connect it.' };
				}
			}
		},
	},
	{
		name: 'explained',
		*check({ workflow }) {
			const notes = workflow.nodes
				.filter(isStickyNote)
				.map(({ parameters }) => String(parameters.content ?? ''));
			if (!notes.some((note) => note.length > 80)) {
				yield {
					message: 'No sticky note explains the set-up.',
					remedy: 'Write one: what it does, what to fill in, what to select.',
				};
			}
		},
	},
	{
		name: 'connected',
		*check({ workflow }) {
			const names = new Set(workflow.nodes.map(({ name }) => name));
			for (const source of Object.keys(workflow.connections)) {
				for (const end of [source, ...targets(workflow, source)].filter((name) => !names.has(name))) {
					yield {
						message: `A connection names "${end}", which is not there.`,
						remedy: 'Remove the connection.',
					};
				}
			}
			const reached = new Set(Object.keys(workflow.connections).flatMap((name) => targets(workflow, name)));
			for (const node of working(workflow).filter((entry) => !isTrigger(entry) && !reached.has(entry.name))) {
				yield { node: node.name, message: 'Nothing leads to it.', remedy: 'Connect or remove it.' };
			}
		},
	},
	{
		name: 'calls-known-workflows',
		*check({ workflow, knownIds }) {
			for (const node of workflow.nodes) {
				const id = calledWorkflow(node);
				if (id !== undefined && !knownIds.has(id)) {
					yield {
						node: node.name,
						message: `It calls ${id}, which is none of these workflows.`,
						remedy: 'Select a workflow of the package.',
					};
				}
				if (node.type === 'n8n-nodes-base.executeWorkflow' && node.parameters.mode === 'each') {
					yield {
						node: node.name,
						message: 'n8n 3 no longer runs once for each item.',
						remedy: 'Put a Loop Over Items node before it.',
					};
				}
			}
		},
	},
	{
		name: 'errors-are-handled',
		*check({ workflow, knownIds }) {
			const handlesErrors = workflow.nodes.some(({ type }) => type === 'n8n-nodes-base.errorTrigger');
			const id = errorWorkflow(workflow);
			if (handlesErrors && id !== undefined)
				yield { message: 'An error workflow has one of its own.', remedy: 'Remove settings.errorWorkflow.' };
			if (!handlesErrors && (id === undefined || !knownIds.has(id))) {
				yield {
					message: 'settings.errorWorkflow is not the id of handle-errors.',
					remedy: 'Set it, so that nothing fails in silence.',
				};
			}
			if (workflow.settings?.executionOrder !== 'v1') {
				yield { message: 'settings.executionOrder is not v1.', remedy: 'Set it to "v1".' };
			}
		},
	},
];

function reaches(workflow: Workflow, from: string, to: string, seen = new Set<string>()): boolean {
	if (from === to) return true;
	if (seen.has(from)) return false;
	seen.add(from);
	return targets(workflow, from).some((name) => reaches(workflow, name, to, seen));
}

const nodesBefore = (workflow: Workflow, name: string): WorkflowNode[] =>
	working(workflow).filter((node) => node.name !== name && reaches(workflow, node.name, name));
