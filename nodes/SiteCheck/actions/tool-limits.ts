import { NodeOperationError, type INodeProperties } from 'n8n-workflow';

import type { Check } from '../../../src/shared';
import { isTool } from '../../shared/destructive';
import type { Call } from './operation';

export const allowPrivateProperty: INodeProperties = {
	displayName: 'Allow Private Addresses',
	name: 'allowPrivateAddresses',
	type: 'boolean',
	default: false,
	// Never an expression: the model must not be able to give itself this permission.
	noDataExpression: true,
	description:
		'Whether a model that uses this node as a tool may look at addresses inside your network and ask inside of containers',
	displayOptions: { show: { '@tool': [true] } },
};

/**
 * Refuses what a model may not look at.
 *
 * @param field the parameter in which the addresses stand
 * @returns whether web addresses and ports may be looked at only where they are public, which is judged when connecting
 * @throws NodeOperationError
 */
export function limitTool(call: Call, checks: readonly Check[], field: string): boolean {
	const { context, itemIndex } = call;
	if (!isTool(context)) return false;
	const node = context.getNode();
	if (checks.some((check) => check.type === 'http' && check.authenticated)) refuseOpenHeader(call, field);
	// Read from the node itself, not resolved: only a literal true counts.
	if (node.parameters['allowPrivateAddresses'] === true) return false;
	const inside = checks.find(mayLeadInside);
	if (inside === undefined) return true;
	throw new NodeOperationError(node, `As a tool, "${inside.type}" ${placeOf(inside)} is not allowed.`, {
		itemIndex,
		description: `It leads inside, or may. If the model may look there, switch on "Allow Private Addresses" in the node "${node.name}".`,
	});
}

/** A model that chooses the address would get the secret header sent to wherever it wants. */
function refuseOpenHeader({ context, itemIndex }: Call, field: string): void {
	const node = context.getNode();
	const written = node.parameters[field];
	if (typeof written === 'string' && !written.startsWith('=')) return;
	throw new NodeOperationError(node, 'As a tool, the header of a credential goes to a fixed address only.', {
		itemIndex,
		description: `Write the address into the node "${node.name}", or remove "${field === 'url' ? 'Use Header Auth' : 'authenticated'}".`,
	});
}

function mayLeadInside(check: Check): boolean {
	if (check.type === 'dns') return check.server !== undefined;
	if (check.type === 'host') return check.via === 'engine';
	return ['postgres', 'redis', 'n8n', 'backup'].includes(check.type);
}

function placeOf(check: Check): string {
	if ('container' in check && check.container !== undefined) return 'inside of a container';
	return check.type === 'host' ? 'of the container engine' : 'of a server';
}
