import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import type { ActionOptions } from '../../../../src/docker';
import { dryRun, forOperationsOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';

/** Shows the properties only for the given operations on containers. */
export const forOperations = forOperationsOf('container');

export const containerLocator: INodeProperties = {
	displayName: 'Container',
	name: 'container',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description:
		'A name goes on standing for the container when it is recreated; an ID stands for this very one',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchContainers', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. shop-web-1',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^/?[a-zA-Z0-9][a-zA-Z0-9_.-]*$',
						errorMessage: 'A name holds letters, digits, "_", "." and "-" only',
					},
				},
			],
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 1f2e3d4c5b6a',
			validation: [
				{
					type: 'regex',
					properties: { regex: '^[0-9a-f]+$', errorMessage: 'An id holds the digits 0-9 and a-f only' },
				},
			],
		},
	],
};

export const gracePeriod: INodeProperties = {
	displayName: 'Grace Period (Seconds)',
	name: 'graceSeconds',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 3600 },
	default: 10,
	description:
		'How long the container may take to end by itself before it is killed. When not set, its own stop time-out counts (10 seconds by default).',
};

const watchFor: INodeProperties = {
	displayName: 'Watch For (Seconds)',
	name: 'watchSeconds',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 600 },
	default: 10,
	description:
		'How long the container must keep running afterwards; one that ends before is an error. 0 takes the answer of the engine for it.',
};

/** For what interrupts or changes a container. */
export const overrideProtection: INodeProperties = {
	displayName: 'Override Protection',
	name: 'overrideProtection',
	type: 'string',
	default: '',
	placeholder: 'e.g. shop-db',
	description:
		"The name of a protected container, typed in full, if this must be done to it all the same. Protected are n8n's own container, its database and queue, the proxy before the engine, and what carries the label opsdesk.protected=true.",
};

/** What the user chose as container, as the name or id it stands for. */
export function containerReference(context: IExecuteFunctions, itemIndex: number): string {
	const value: unknown = context.getNodeParameter('container', itemIndex, '', { extractValue: true });
	if (typeof value === 'string') return value;
	// A name of digits only comes out of an expression as a number.
	if (typeof value === 'number') return String(value);
	const kind = value === null || value === undefined ? 'nothing' : `a value of the kind "${typeof value}"`;
	throw new NodeOperationError(context.getNode(), `"Container" is neither a name nor an ID but ${kind}.`, {
		itemIndex,
		description: 'See what the expression in that field gives for this item.',
	});
}

/** The `Options` of an operation that acts on a container, as they stand there. */
export function actionParameters<T extends object = object>(
	context: IExecuteFunctions,
	itemIndex: number,
	signal: AbortSignal | undefined,
): T & ActionOptions {
	const options = context.getNodeParameter('options', itemIndex, {}) as T & ActionOptions;
	// What the credential's owner decides is no option of a workflow.
	return { ...options, protectionChecked: undefined, signal };
}

interface ControlOperation {
	/** It takes the container away from whoever needs it. */
	interrupts: boolean;
	/** The container may take its time to end by itself. */
	ends: boolean;
	/** It runs afterwards. */
	starts?: boolean;
}

/** An operation that changes the state of one container and tells what has changed. */
export function controlOperation(
	action: 'start' | 'stop' | 'restart' | 'pause' | 'unpause',
	{ interrupts, ends, starts = false }: ControlOperation,
): Operation {
	const options = [
		dryRun,
		...(ends ? [gracePeriod] : []),
		...(interrupts ? [overrideProtection] : []),
		...(starts ? [watchFor] : []),
	];
	return {
		description: forOperations([action], [containerLocator, optionsOf(options)]),
		destructive: interrupts,
		async execute(context, { containers, signal }, itemIndex) {
			const reference = containerReference(context, itemIndex);
			const given = actionParameters(context, itemIndex, signal);
			const watchSeconds = given.watchSeconds ?? Number(watchFor.default);
			return [{ ...(await containers[action](reference, { ...given, ...(starts && { watchSeconds }) })) }];
		},
	};
}
