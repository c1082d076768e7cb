import type { INodeProperties } from 'n8n-workflow';

import type { PruneRules } from '../../../src/docker';
import { asList } from '../../shared/values';
import { dryRun, forOperationsOf, dryRunOf, optionsOf } from '../../shared/fields';
import type { Operation } from './operation';

const nothing: Partial<PruneRules> = {
	containers: false,
	images: 'none',
	networks: false,
	volumes: 'none',
	buildCache: false,
};

export const olderThan: INodeProperties = {
	displayName: 'Older Than (Hours)',
	name: 'olderThanHours',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 24,
	description: 'What is younger stays: an image since it came, the rest since it was made or used',
};

export const keepNames: INodeProperties = {
	displayName: 'Keep',
	name: 'keep',
	type: 'string',
	default: '',
	placeholder: 'e.g. busybox:*, shop-*',
	description:
		'Names that stay, separated by commas; * stands for any characters. So does everything with the label opsdesk.keep=true.',
};

/** Prune of one kind of things alone. @param rules what to go by, from whether all are asked for */
export function pruneOf(
	resource: string,
	all: INodeProperties | undefined,
	rules: (all: boolean) => Partial<PruneRules>,
): Operation {
	return {
		description: forOperationsOf(resource)(
			['prune'],
			[olderThan, optionsOf([...(all ? [all] : []), dryRun, keepNames])],
		),
		destructive: true,
		async execute(context, { connection, signal }, itemIndex) {
			const { prune } = await import('../../../src/docker/index.js');
			const options = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
			const given = {
				...nothing,
				...rules(options['all'] === true),
				keep: asList(options['keep']),
				olderThanHours: context.getNodeParameter('olderThanHours', itemIndex) as number,
			};
			return [{ ...(await prune(connection, given, { dryRun: dryRunOf(options), signal })) }];
		},
	};
}
