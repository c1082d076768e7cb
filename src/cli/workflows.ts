import { basename } from 'node:path';
import { count, packageVersion } from '../shared';
import {
	checkWorkflows,
	chooseWorkflows,
	compare,
	importWorkflows,
	installedIds,
	loadWorkflows,
	readWorkflow,
	templateVersion,
	type Comparison,
	type Finding,
	type ImportedWorkflow,
	type ImportOptions,
	type N8nApi,
} from '../workflows';
import { exitCodes, table, type Report } from './output';

/** The workflows of this package. */
export async function listWorkflows(): Promise<Report> {
	const entries = (await loadWorkflows()).map(({ key, version, workflow }) => ({
		name: key,
		version,
		id: workflow.id,
		description: workflow.description ?? '',
	}));
	const text = table(entries.map(({ name, version, id, description }) => [name, version, id, description]));
	return { exitCode: exitCodes.ok, json: entries, text };
}

/** Checks workflow files, or all of this package, by the rules its own workflows keep. */
export async function checkFiles(files: string[]): Promise<Report> {
	const shipped = await loadWorkflows();
	const given = await Promise.all(
		files.map(async (file) => {
			const workflow = await readWorkflow(file);
			return { key: basename(file, '.json'), file, version: templateVersion(workflow) ?? '', workflow };
		}),
	);
	const checked = given.length > 0 ? given : shipped;
	const findings = checkWorkflows(checked, packageVersion(), shipped);
	const summary = `${count(checked.length, 'workflow')} checked, ${count(findings.length, 'finding')}`;
	return {
		exitCode: findings.length === 0 ? exitCodes.ok : exitCodes.failed,
		json: { checked: checked.map(({ key }) => key), findings },
		text: [...findings.map(findingText), summary].join('\n'),
	};
}

/** How the workflows in n8n differ from those of this package. */
export async function diffWorkflows(api: N8nApi, names: string[]): Promise<Report> {
	const all = await loadWorkflows();
	const chosen = chooseWorkflows(all, names);
	const stored = await api.workflows();
	const ids = installedIds(all, stored);
	const comparisons = chosen.map((shipped) => compare(shipped, stored, ids));
	const same = comparisons.every(({ state }) => state === 'current');
	return {
		exitCode: same ? exitCodes.ok : exitCodes.warnings,
		json: comparisons.map(({ shipped, installed, state, diff }) => ({
			...{ name: shipped.key, version: shipped.version, id: installed?.id ?? '', state, diff },
		})),
		text: comparisons.map(comparisonText).join('\n'),
	};
}

/** Brings workflows into n8n; see importWorkflows. */
export async function importInto(api: N8nApi, names: string[], options: ImportOptions): Promise<Report> {
	const all = await loadWorkflows();
	const results = await importWorkflows(api, all, chooseWorkflows(all, names), options);
	const complete = results.every(({ warnings }) => warnings.length === 0);
	return {
		exitCode: complete ? exitCodes.ok : exitCodes.warnings,
		json: results,
		text: [...results.map(importText), ...nextStep(results)].join('\n'),
	};
}

const findingText = ({ workflow, node, rule, message, remedy }: Finding): string =>
	`${workflow}${node === undefined ? '' : ` › ${node}`}: ${message} ${remedy} (${rule})`;

const stateText = {
	missing: 'is not in n8n',
	current: 'is as shipped',
	outdated: 'is of another version, unchanged by hand',
	edited: 'was changed in n8n',
};

const comparisonText = ({ shipped, state, diff }: Comparison): string =>
	`${shipped.key} ${shipped.version} ${stateText[state]}${diff === '' ? '' : `\n${diff}`}`;

function importText({
	name,
	version,
	id,
	action,
	published,
	selected,
	diff,
	warnings,
}: ImportedWorkflow): string {
	const state = published ? 'published' : 'not published';
	const changes = action === 'unchanged' || diff === '' ? [] : [diff.trimEnd()];
	return [
		`${name} ${version}: ${action} (${id}, ${state}${selected > 0 ? `, ${count(selected, 'credential')} selected` : ''})`,
		...changes,
		...warnings.map((text) => `  warning: ${text}`),
	].join('\n');
}

function nextStep(results: ImportedWorkflow[]): string[] {
	const waiting = results.filter(({ published }) => !published).map(({ name }) => name);
	if (waiting.length === 0) return [];
	return [
		`Next: fill in the Settings nodes, select credentials, and publish in this order: ${waiting.join(', ')}.`,
	];
}
