import { canonical, fingerprint, optionalNodes } from './canonical';
import type { ShippedWorkflow } from './catalogue';
import { unifiedDiff } from './difference';
import { WorkflowError } from './errors';
import { mergeChoices, assignments } from './merge';
import { settingsNode, type Workflow } from './model';
import type { StoredWorkflow } from './n8n-api';
import { rewriteIds, withIds, type IdMap } from './references';
import { releasedFingerprints, type ReleasedFingerprints } from './released-versions';

/** How an installed workflow stands to the shipped one. */
export type InstalledState =
	/** n8n does not have it. */
	| 'missing'
	/** As shipped, apart from what users are meant to choose. */
	| 'current'
	/** As some released version was shipped: can be replaced. */
	| 'outdated'
	/** Changed by a person: not replaced without being told to. */
	| 'edited';

export interface Comparison {
	shipped: ShippedWorkflow;
	installed?: StoredWorkflow;
	state: InstalledState;
	/** Unified diff from the installed to the shipped one; empty when there is nothing to tell. */
	diff: string;
}

/**
 * The installed copy of a shipped workflow: the one with its id, else the one that holds its settings node,
 * because n8n's API gives new workflows ids of their own but keeps those of nodes.
 * @throws WorkflowError `ambiguous`
 */
function findInstalled(shipped: ShippedWorkflow, stored: StoredWorkflow[]): StoredWorkflow | undefined {
	const sameId = stored.find(({ id }) => id === shipped.workflow.id);
	if (sameId) return sameId;
	const marker = settingsNode(shipped.workflow)?.id;
	const copies = stored.filter(({ nodes }) => nodes.some(({ id }) => id === marker));
	if (copies.length <= 1) return copies[0];
	const names = copies.map(({ id, name }) => `"${name}" (${id})`).join(', ');
	throw new WorkflowError(
		'ambiguous',
		`n8n has several copies of ${shipped.key}: ${names}.`,
		'Archive or delete those that are not in use, then try again.',
	);
}

/** Ids as shipped → ids in this n8n, of the workflows that are there. */
export function installedIds(shipped: ShippedWorkflow[], stored: StoredWorkflow[]): Map<string, string> {
	return new Map(
		shipped.flatMap((entry) => {
			const found = findInstalled(entry, stored);
			return found ? [[entry.workflow.id, found.id] as const] : [];
		}),
	);
}

const reversed = (ids: IdMap): Map<string, string> => new Map([...ids].map(([from, to]) => [to, from]));

/** Compares one shipped workflow with what n8n has. `ids`: ids as shipped → ids in this n8n. */
export function compare(
	shipped: ShippedWorkflow,
	stored: StoredWorkflow[],
	ids: IdMap,
	releases: ReleasedFingerprints = releasedFingerprints,
): Comparison {
	const installed = findInstalled(shipped, stored);
	if (!installed) return { shipped, state: 'missing', diff: '' };
	const options = { ids: reversed(ids), optionalNodes: optionalNodes(shipped.workflow) };
	const [theirs, ours] = [canonical(installed, options), canonical(shipped.workflow, options)];
	const diff = unifiedDiff(theirs, ours, {
		installed: `${shipped.key} in n8n (${installed.id})`,
		shipped: `${shipped.key} ${shipped.version}`,
	});
	if (diff === '') {
		const complete = hasAllSettings(shipped.workflow, installed) && isLinked(installed, ids);
		return { shipped, installed, state: complete ? 'current' : 'outdated', diff };
	}
	const released = Object.values(releases[shipped.key] ?? {});
	const state = released.includes(fingerprint(installed, options)) ? 'outdated' : 'edited';
	return { shipped, installed, state, diff };
}

/** The workflow to store in n8n: as shipped, with this n8n's ids and the user's choices. */
export function desired({ shipped, installed }: Comparison, ids: IdMap): Workflow {
	const translated = withIds(shipped.workflow, ids);
	return installed ? mergeChoices(translated, withIds(installed, ids)) : translated;
}

/** Whether all references are ids of this n8n: an import that stopped half-way leaves ids as shipped. */
function isLinked({ nodes, settings }: Workflow, ids: IdMap): boolean {
	const references = [nodes.map(({ parameters }) => parameters), settings];
	return JSON.stringify(rewriteIds(references, ids)) === JSON.stringify(references);
}

function hasAllSettings(shipped: Workflow, installed: Workflow): boolean {
	const node = settingsNode(shipped);
	const theirs = installed.nodes.find(({ id }) => id === node?.id);
	if (!node || !theirs) return true;
	const names = assignments(theirs).map(({ name }) => name);
	return assignments(node).every(({ name }) => names.includes(name));
}
