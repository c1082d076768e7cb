import { errorMessage, OpsdeskError } from '../shared';
import type { ShippedWorkflow } from './catalogue';
import { namedCredentials, selectCredentials, type NamedCredential } from './credentials';
import { compare, desired, installedIds, type Comparison } from './installed';
import type { Workflow } from './model';
import type { N8nApi, StoredWorkflow } from './n8n-api';
import { calledWorkflows, errorWorkflow, inCallOrder, withIds } from './references';

export interface ImportOptions {
	/** Replace workflows that a person has changed. Default false. */
	force?: boolean;
	/** Publish what was imported. Default false: workflows arrive inactive. */
	publish?: boolean;
	/** Names of credentials that are selected in every node that takes one of their kind and has none. */
	credentials?: readonly string[];
}

export interface ImportedWorkflow {
	name: string;
	version: string;
	/** Id in this n8n; empty when it was not created. */
	id: string;
	action: 'created' | 'updated' | 'unchanged' | 'refused';
	published: boolean;
	/** How many credentials were selected in its nodes. */
	selected: number;
	/** Set when the workflow in n8n differed from the shipped one. */
	diff: string;
	/** What was left undone, and how to do it. */
	warnings: string[];
}

/**
 * Brings workflows into n8n, called ones before their callers; running it again changes nothing. What users are
 * meant to choose is kept, and a workflow they changed otherwise is left alone unless `force` is set.
 * Stopping half-way leaves workflows that the next run completes.
 * @param all every workflow of the package, to recognise those that are installed already
 * @param chosen those to import; what they call comes along
 */
export async function importWorkflows(
	api: N8nApi,
	all: ShippedWorkflow[],
	chosen: ShippedWorkflow[],
	options: ImportOptions = {},
): Promise<ImportedWorkflow[]> {
	const { credentials: names = [] } = options;
	const credentials = names.length > 0 ? namedCredentials(await api.credentials(), names) : [];
	const stored = await api.workflows();
	const ids = installedIds(all, stored);
	const wanted = inCallOrder(withCalled(all, chosen));
	const missing = wanted.filter(({ workflow }) => !ids.has(workflow.id));
	const created = await createMissing(api, missing, ids);
	// Compared only now: whether references are right can be told when every workflow has its id.
	const results: ImportedWorkflow[] = [];
	for (const shipped of wanted) {
		const comparison = compare(shipped, stored, ids);
		results.push(await bringUpToDate(api, comparison, created.get(shipped.key), ids, credentials, options));
	}
	return results;
}

/** The chosen workflows with all they call and the workflows that handle their errors. */
function withCalled(all: ShippedWorkflow[], chosen: ShippedWorkflow[]): ShippedWorkflow[] {
	const found = new Set(chosen);
	for (const { workflow } of found) {
		const needed = [...calledWorkflows(workflow), errorWorkflow(workflow)];
		for (const entry of all) if (needed.includes(entry.workflow.id)) found.add(entry);
	}
	return all.filter((entry) => found.has(entry));
}

/** Creates first, so that every reference has an id to point to; the references are set by the update. */
async function createMissing(
	api: N8nApi,
	missing: ShippedWorkflow[],
	ids: Map<string, string>,
): Promise<Map<string, StoredWorkflow>> {
	const created = new Map<string, StoredWorkflow>();
	for (const { key, workflow } of missing) {
		// A description is taken by the update only.
		const { description: _later, ...fields } = writableFields(withIds(workflow, ids));
		const stored = await api.create(fields);
		ids.set(workflow.id, stored.id);
		created.set(key, stored);
	}
	return created;
}

async function bringUpToDate(
	api: N8nApi,
	comparison: Comparison,
	created: StoredWorkflow | undefined,
	ids: Map<string, string>,
	credentials: readonly NamedCredential[],
	{ force = false, publish = false }: ImportOptions,
): Promise<ImportedWorkflow> {
	const { shipped, state, diff } = comparison;
	const target = created ?? comparison.installed;
	const base = {
		name: shipped.key,
		version: shipped.version,
		id: target?.id ?? '',
		published: target?.active ?? false,
		diff,
		selected: 0,
	};
	if (!target) throw new Error(`${shipped.key} is neither installed nor created`);
	if (state === 'edited' && !force) {
		const warning =
			`"${target.name}" was changed in n8n and is left as it is. ` +
			`Run with --force to replace it (credentials and the Settings node are kept), or rename a copy first.`;
		return { ...base, action: 'refused', warnings: [warning] };
	}
	const warnings: string[] = [];
	const { workflow, selected } = selectCredentials(
		desired(created ? { ...comparison, installed: created } : comparison, ids),
		credentials,
	);
	if (state !== 'current' || selected > 0) await api.update(target.id, writableFields(workflow));
	await warned(warnings, `Tags of ${shipped.key}`, () =>
		api.addTags(
			target,
			(shipped.workflow.tags ?? []).map(({ name }) => name),
		),
	);
	let published = base.published;
	if (publish && !published) {
		published = await warned(warnings, `Publishing ${shipped.key}`, () => api.publish(target.id));
	}
	const action = created ? 'created' : state === 'current' && selected === 0 ? 'unchanged' : 'updated';
	return { ...base, action, published, selected, warnings };
}

/** Does what an import can do without; a failure becomes a warning. */
async function warned(warnings: string[], what: string, work: () => Promise<void>): Promise<boolean> {
	try {
		await work();
		return true;
	} catch (error) {
		const remedy = error instanceof OpsdeskError ? ` ${error.remedy}` : '';
		warnings.push(`${what}: ${errorMessage(error)}${remedy}`);
		return false;
	}
}

/** What n8n's public API takes of a workflow; it refuses unknown fields. */
function writableFields({
	name,
	description,
	nodes,
	connections,
	settings,
}: Workflow): Record<string, unknown> {
	return { name, nodes, connections, settings: settings ?? {}, ...(description ? { description } : {}) };
}
