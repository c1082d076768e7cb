import { createHash } from 'node:crypto';
import { settingsNodeName, type Workflow, type WorkflowNode } from './model';
import { rewriteIds, type IdMap } from './references';

/** What a user may set in an imported workflow without it counting as changed. */
const userSettings = ['errorWorkflow', 'timezone', 'executionTimeout'];

/** Of the workflow settings only these are ours; n8n adds others of its own when it stores a workflow. */
const ownSettings = ['executionOrder', 'callerPolicy', 'saveDataSuccessExecution', 'saveDataErrorExecution'];

/** Parameters by which a user chooses the kinds of credentials of a node; they belong to the credentials. */
export const signInParameters: Readonly<Record<string, string>> = {
	'n8n-nodes-opsdesk.siteCheck': 'signInWith',
	'n8n-nodes-opsdesk.supabaseChatStore': 'authentication',
	'n8n-nodes-opsdesk.slaTimer': 'authentication',
	'n8n-nodes-opsdesk.slaTimerTrigger': 'authentication',
	'n8n-nodes-opsdesk.channelTrigger': 'authentication',
	'n8n-nodes-opsdesk.channelSend': 'authentication',
	'n8n-nodes-opsdesk.evaDecide': 'authentication',
};

interface Options {
	/** Ids of this n8n → ids as shipped. */
	ids: IdMap;
	/** Ids of the nodes about which a user decides: whether they are on, or who may call them. */
	optionalNodes: ReadonlySet<string>;
}

/** Whether a node of a shipped workflow answers everybody, unless the user chooses a way to sign in. */
export const isOpen = ({ type, parameters }: WorkflowNode): boolean =>
	type === 'n8n-nodes-base.webhook' && (parameters.authentication ?? 'none') === 'none';

/**
 * Ids of the nodes of a shipped workflow that wait for a credential before they are switched on, and of those that
 * answer everybody.
 */
export const optionalNodes = (workflow: Workflow): Set<string> =>
	new Set(workflow.nodes.filter((node) => node.disabled === true || isOpen(node)).map(({ id }) => id));

/**
 * What makes a workflow this workflow: nodes, parameters, connections, behaviour. Left out is what users are
 * meant to choose (values in the settings node, credentials, name, tags, optional nodes), what only concerns
 * looks (positions, notes) and what n8n adds when it stores a workflow.
 */
export function canonical(
	workflow: Workflow,
	{ ids, optionalNodes: optional }: Options,
): Record<string, unknown> {
	const nodes = workflow.nodes
		.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote')
		.sort((a, b) => (a.id < b.id ? -1 : 1));
	return sorted({
		nodes: Object.fromEntries(nodes.map((node) => [node.name, canonicalNode(node, ids, optional)])),
		connections: connectionsOf(workflow),
		settings: Object.fromEntries(
			ownSettings.flatMap((key) =>
				workflow.settings?.[key] === undefined ? [] : [[key, workflow.settings[key]]],
			),
		),
	}) as Record<string, unknown>;
}

/** SHA-256 of the canonical form. */
export function fingerprint(workflow: Workflow, options: Options): string {
	return createHash('sha256')
		.update(JSON.stringify(canonical(workflow, options)))
		.digest('hex');
}

function canonicalNode(
	node: WorkflowNode,
	ids: IdMap,
	optional: ReadonlySet<string>,
): Record<string, unknown> {
	const { id, type, typeVersion, disabled } = node;
	const parameters = withoutCaches(rewriteIds(node.parameters, ids)) as Record<string, unknown>;
	if (node.name === settingsNodeName) delete parameters.assignments;
	const isDoor = type === 'n8n-nodes-base.webhook' && optional.has(id);
	const behavioural = Object.entries(parameters).filter(
		([name]) => name !== signInParameters[type] && !(isDoor && name === 'authentication'),
	);
	const behaviour = [
		'onError',
		'retryOnFail',
		'maxTries',
		'waitBetweenTries',
		'executeOnce',
		'alwaysOutputData',
	];
	return {
		id,
		type,
		typeVersion,
		parameters: Object.fromEntries(behavioural),
		...Object.fromEntries(behaviour.flatMap((key) => (node[key] ? [[key, node[key]]] : []))),
		...(disabled === true && (isDoor || !optional.has(id)) ? { disabled } : {}),
	};
}

/** Without empty outputs at the end, which the editor drops and adds at will. */
function connectionsOf(workflow: Workflow): Record<string, unknown> {
	const trimmed = Object.entries(workflow.connections).map(([name, kinds]) => [
		name,
		Object.fromEntries(
			Object.entries(kinds).map(([kind, outputs]) => {
				const last = outputs.findLastIndex((targets) => (targets ?? []).length > 0);
				return [kind, outputs.slice(0, last + 1).map((targets) => targets ?? [])];
			}),
		),
	]);
	return Object.fromEntries(trimmed);
}

/** Without the names and links that the editor remembers beside an id. */
function withoutCaches(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutCaches);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).filter(
		([key]) => !['cachedResultName', 'cachedResultUrl'].includes(key),
	);
	return Object.fromEntries(entries.map(([key, entry]) => [key, withoutCaches(entry)]));
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, entry]) => [key, sorted(entry)]),
	);
}

export { ownSettings, userSettings };
