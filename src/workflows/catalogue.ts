import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { describeFaults, errorMessage, parseInput } from '../shared';
import { WorkflowError } from './errors';
import { templateVersion, workflowSchema, type Workflow } from './model';

/** A workflow of the product, as shipped. */
export interface ShippedWorkflow {
	/** File name without `.json`, e.g. `send-alert`: the name the command line uses. */
	key: string;
	file: string;
	version: string;
	workflow: Workflow;
}

/** The workflows of this package: beside `src` in the repository, and beside it in `dist` too. */
export const shippedFolder = resolve(__dirname, '../../workflows');

/**
 * Reads one workflow file.
 * @throws WorkflowError `unreadable_file` or `invalid_workflow`, naming the file and the field
 */
export async function readWorkflow(file: string): Promise<Workflow> {
	let content: unknown;
	try {
		content = JSON.parse(await readFile(file, 'utf8'));
	} catch (error) {
		throw new WorkflowError(
			'unreadable_file',
			`${file} cannot be read as JSON: ${errorMessage(error)}`,
			'Name a workflow file as n8n exports it ("Download" in the editor).',
			{ cause: error },
		);
	}
	const parsed = parseInput(workflowSchema, content);
	if (parsed.ok) return parsed.value;
	throw new WorkflowError(
		'invalid_workflow',
		`${file} is not a workflow: ${describeFaults(parsed.faults)}`,
		'Name a workflow file as n8n exports it ("Download" in the editor).',
	);
}

/** All workflows of a folder, sorted by name. */
export async function loadWorkflows(folder = shippedFolder): Promise<ShippedWorkflow[]> {
	const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
	return await Promise.all(
		files.map(async (name) => {
			const file = join(folder, name);
			const workflow = await readWorkflow(file);
			return { key: basename(name, '.json'), file, version: templateVersion(workflow) ?? '', workflow };
		}),
	);
}

/**
 * Those of `all` that `names` chooses, by file name or id; all of them when `names` is empty.
 * @throws WorkflowError `unknown_workflow`
 */
export function chooseWorkflows(all: ShippedWorkflow[], names: string[]): ShippedWorkflow[] {
	if (names.length === 0) return all;
	const known = (name: string): ShippedWorkflow => {
		const found = all.find(({ key, workflow }) => key === name || workflow.id === name);
		if (found) return found;
		throw new WorkflowError(
			'unknown_workflow',
			`There is no workflow "${name}" in this package.`,
			`Choose from: ${all.map(({ key }) => key).join(', ')}.`,
		);
	};
	return [...new Set(names.map(known))];
}
