import { isOpen, signInParameters, userSettings } from './canonical';
import { isStickyNote, settingsNode, type Workflow, type WorkflowNode } from './model';

/** One value of a settings node. */
interface Assignment {
	name: string;
	[other: string]: unknown;
}

/**
 * The shipped workflow with what the user chose in the installed one: values of the settings node, credentials,
 * optional nodes switched on, webhook addresses, name, time zone and error workflow. Both speak of the same ids.
 */
export function mergeChoices(shipped: Workflow, installed: Workflow): Workflow {
	const settings = settingsNode(shipped)?.id;
	const nodes = shipped.nodes.map((node) => {
		const former =
			installed.nodes.find(({ id }) => id === node.id) ??
			installed.nodes.find(({ name, type }) => name === node.name && type === node.type);
		if (!former || isStickyNote(node)) return node;
		const merged = mergeNode(node, former);
		return node.id === settings ? mergeSettings(merged, former) : merged;
	});
	const kept = userSettings.flatMap((key) => {
		const value = installed.settings?.[key];
		return value === undefined || value === '' ? [] : [[key, value]];
	});
	return {
		...shipped,
		id: installed.id,
		name: installed.name,
		nodes,
		settings: { ...shipped.settings, ...Object.fromEntries(kept) },
	};
}

function mergeNode(shipped: WorkflowNode, installed: WorkflowNode): WorkflowNode {
	const { disabled: shippedOff, ...node } = shipped;
	// Whether an optional node is on is the user's choice; any other is as shipped.
	const off = shippedOff === true && installed.disabled === true;
	const signIn = isOpen(node) ? 'authentication' : signInParameters[node.type];
	const chosen = signIn === undefined ? undefined : installed.parameters[signIn];
	return {
		...node,
		...(signIn !== undefined &&
			chosen !== undefined && { parameters: { ...node.parameters, [signIn]: chosen } }),
		...(off ? { disabled: true } : {}),
		...(installed.credentials === undefined ? {} : { credentials: installed.credentials }),
		...(installed.webhookId === undefined ? {} : { webhookId: installed.webhookId }),
	};
}

/** The user's values, then values that are new in the shipped version; ones the user added stay. */
function mergeSettings(shipped: WorkflowNode, installed: WorkflowNode): WorkflowNode {
	const theirs = assignments(installed);
	const added = assignments(shipped).filter(({ name }) => !theirs.some((own) => own.name === name));
	return {
		...shipped,
		parameters: { ...shipped.parameters, assignments: { assignments: [...theirs, ...added] } },
	};
}

export function assignments(node: WorkflowNode): Assignment[] {
	const outer = node.parameters.assignments;
	const list = typeof outer === 'object' && outer !== null && 'assignments' in outer ? outer.assignments : [];
	return Array.isArray(list) ? list.filter(isAssignment) : [];
}

const isAssignment = (value: unknown): value is Assignment =>
	typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
