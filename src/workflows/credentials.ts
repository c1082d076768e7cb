import { WorkflowError } from './errors';
import type { Workflow, WorkflowNode } from './model';

/** A credential of n8n by its name, without what it holds. */
export interface NamedCredential {
	id: string;
	name: string;
	type: string;
}

const ours = 'n8n-nodes-opsdesk.';
const storeTypes = ['supabaseApi', 'postgres'];

/** Platform of the node → the kind of credential it signs in with. */
const receiving: Readonly<Record<string, string>> = {
	...{ telegram: 'telegramApi', twilio: 'twilioApi' },
	...{ whatsapp: 'metaWebhookApi', messenger: 'metaWebhookApi', instagram: 'metaWebhookApi' },
};
const sending: Readonly<Record<string, string>> = {
	...{ telegram: 'telegramApi', twilio: 'twilioApi', whatsapp: 'whatsAppApi' },
	...{ messenger: 'facebookGraphApi', instagram: 'facebookGraphApi' },
};

/** For each credential that a node of the channels and their store needs, the kinds among which its user chooses. */
function kindsOf({ type, parameters }: WorkflowNode): string[][] {
	const platform = String(parameters['platform'] ?? 'telegram');
	const resource = parameters['resource'] ?? 'message';
	const kinds = (name: string | undefined): string[][] => (name === undefined ? [] : [[name]]);
	switch (type) {
		case 'n8n-nodes-base.telegramTrigger':
			return [['telegramApi']];
		case `${ours}supabaseChatStore`:
		case `${ours}slaTimer`:
		case `${ours}slaTimerTrigger`:
		case `${ours}evaDecide`:
			return [storeTypes];
		case `${ours}channelTrigger`:
			return [...kinds(receiving[platform]), ...(parameters['storeMessages'] === true ? [storeTypes] : [])];
		case `${ours}channelSend`: {
			const isQueued = resource === 'message' && parameters['sendThrough'] === 'outbox';
			return [
				...(resource === 'outbox' ? kinds(sending[platform]) : []),
				...(isQueued || resource !== 'message' ? [storeTypes] : []),
			];
		}
		default:
			return [];
	}
}

/**
 * Selects the credentials in every node that takes one of their kinds and has none yet. What a user has selected stays.
 *
 * @param credentials at most one of each kind, and one for the store
 */
export function selectCredentials(
	workflow: Workflow,
	credentials: readonly NamedCredential[],
): { workflow: Workflow; selected: number } {
	let selected = 0;
	const nodes = workflow.nodes.map((node) => {
		const chosen = kindsOf(node)
			.filter((kinds) => !kinds.some((kind) => node.credentials?.[kind] !== undefined))
			.flatMap((kinds) => credentials.find(({ type }) => kinds.includes(type)) ?? []);
		selected += chosen.length;
		if (chosen.length === 0) return node;
		const added = chosen.map(({ id, name, type }) => [type, { id, name }] as const);
		// Which of the two kinds it signs in to the store with is a parameter beside the credential.
		const isPostgres = chosen.some(({ type }) => type === 'postgres');
		return {
			...node,
			...(isPostgres && { parameters: { ...node.parameters, authentication: 'postgres' } }),
			credentials: { ...node.credentials, ...Object.fromEntries(added) },
		};
	});
	return { workflow: { ...workflow, nodes }, selected };
}

/**
 * The named ones among those of n8n.
 * @throws WorkflowError `unknown_credential`, `ambiguous` for two that would be for the same nodes
 */
export function namedCredentials(
	all: readonly NamedCredential[],
	names: readonly string[],
): NamedCredential[] {
	const found = names.map((wanted) => {
		const [first, second] = all.filter(({ id, name }) => id === wanted || name === wanted);
		if (!first)
			throw new WorkflowError(
				'unknown_credential',
				`n8n has no credential "${wanted}".`,
				`Make it under Credentials, or give one of these names: ${all.map(({ name }) => name).join(', ') || 'there is none yet'}.`,
			);
		if (second) throw ambiguous(`Several credentials are called "${wanted}".`, 'Give the ID of one of them.');
		return first;
	});
	const slots = found.map(({ type }) => (storeTypes.includes(type) ? 'the store' : type));
	const twice = slots.find((slot, index) => slots.indexOf(slot) !== index);
	if (twice !== undefined) throw ambiguous(`Several credentials are for ${twice}.`, 'Give one of each kind.');
	return found;
}

const ambiguous = (message: string, remedy: string): WorkflowError =>
	new WorkflowError('ambiguous', message, remedy);
