import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import type { TenantRetention } from '../../../../src/chat';
import { OpsdeskError, wholeNumber } from '../../../../src/shared';
import { dryRun, optionsOf } from '../../../shared/fields';
import { yesOrNo } from '../../../shared/store/filters';
import { asList } from '../../../shared/values';
import { Failed, type Operation } from '../operation';
import { forOperations, kinds } from './common.descriptions';

/** Timers stay as long as messages do. */
const removable = [...kinds, { name: 'SLA Timers', value: 'timers' }] as const;

export const run: Operation = {
	description: forOperations(
		['run'],
		[
			{ ...dryRun, default: true, description: 'Whether to only count what would be removed' },
			optionsOf([
				{
					displayName: 'All Tenants',
					name: 'allTenants',
					type: 'boolean',
					default: false,
					description:
						'Whether to go through all tenants of the store, each by its own policy, and not only the one under Store Options',
				},
				{
					displayName: 'Batch Size',
					name: 'batchSize',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 1000 },
					default: 500,
					description: 'How many rows one transaction removes',
				},
				{
					displayName: 'Kinds',
					name: 'kinds',
					type: 'multiOptions',
					options: [...removable],
					default: ['archive', 'errorLogs', 'messages', 'timers'],
					description: 'What to remove from; the rest stays as it is',
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { store, chat, signal }, itemIndex) {
		const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const how = {
			dryRun: yesOrNo(context, itemIndex, 'Dry Run', context.getNodeParameter('dryRun', itemIndex)),
			...('kinds' in options && { kinds: kindsOf(context, itemIndex, options['kinds'], removable) }),
			...('batchSize' in options && {
				batchSize: batchSizeOf(context, itemIndex, options['batchSize']),
			}),
			signal,
		};
		const isForAll =
			'allTenants' in options && yesOrNo(context, itemIndex, 'All Tenants', options['allTenants']);
		if (isForAll) return (await chat.runRetentionOfAll(store, how)).map(shown);
		return [await chat.runRetention(store, how)];
	},
};

/** A tenant that failed keeps none of the others from theirs. */
function shown(result: TenantRetention): object {
	if (!('error' in result)) return result;
	const { code, message, remedy } = result.error;
	return new Failed(new OpsdeskError(code, `Tenant "${result.tenant}": ${message}`, remedy));
}

function batchSizeOf(context: IExecuteFunctions, itemIndex: number, value: unknown): number {
	try {
		return wholeNumber('Batch Size', value, 1, 1000);
	} catch (thrown) {
		throw new NodeOperationError(context.getNode(), thrown as Error, { itemIndex });
	}
}

/** @throws NodeOperationError naming the field */
export function kindsOf<Kind extends string>(
	context: IExecuteFunctions,
	itemIndex: number,
	value: unknown,
	known: ReadonlyArray<{ value: Kind }>,
): Kind[] {
	const given = asList(value);
	const found = known.map((kind) => kind.value).filter((kind) => given.includes(kind));
	if (found.length > 0 && found.length === new Set(given).size) return found;
	throw new NodeOperationError(context.getNode(), '"Kinds" names none, or one that is not known.', {
		itemIndex,
		description: `Choose of ${known.map((kind) => kind.value).join(', ')}.`,
	});
}
