import { n8nStateFolder } from '../../../../src/shared';
import { dryRun, dryRunOf, optionsOf } from '../../../shared/fields';
import type { Operation } from '../operation';
import { asList } from '../../../shared/values';
import type { PruneRules } from '../../../../src/docker';
import { forOperations } from './common.descriptions';

export const prune: Operation = {
	description: forOperations(
		['prune'],
		[
			{
				displayName: 'Older Than (Hours)',
				name: 'olderThanHours',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 24,
				description:
					'What is younger stays: a container since it ended, an image since it came, the rest since it was made or used',
			},
			optionsOf([
				{
					displayName: 'Build Cache',
					name: 'buildCache',
					type: 'boolean',
					default: true,
					description: 'Whether to remove what builds have kept and none uses now',
				},
				dryRun,
				{
					displayName: 'Images',
					name: 'images',
					type: 'options',
					default: 'dangling',
					options: [
						{ name: 'All Unused', value: 'unused', description: 'All from which no container was made' },
						{ name: 'None', value: 'none' },
						{ name: 'Without a Name', value: 'dangling', description: 'What updates have left' },
					],
				},
				{
					displayName: 'Keep',
					name: 'keep',
					type: 'string',
					default: '',
					placeholder: 'e.g. busybox:*, shop-*',
					description:
						'Names that stay, separated by commas; * stands for any characters. So does everything with the label opsdesk.keep=true.',
				},
				{
					displayName: 'Networks',
					name: 'networks',
					type: 'boolean',
					default: true,
					description: 'Whether to remove networks that no container is connected to',
				},
				{
					displayName: 'Stopped Containers',
					name: 'containers',
					type: 'boolean',
					default: true,
					description: 'Whether to remove containers that do not run',
				},
				{
					displayName: 'Stopped Services',
					name: 'services',
					type: 'boolean',
					default: false,
					description:
						'Whether to also remove stopped containers with a restart policy, which somebody has stopped and may want again',
				},
				{
					displayName: 'Volumes',
					name: 'volumes',
					type: 'options',
					default: 'none',
					description: 'What is in a volume is lost with it',
					options: [
						{ name: 'All Unused', value: 'all', description: 'All that no container has, named ones too' },
						{ name: 'None', value: 'none' },
						{ name: 'Without a Name', value: 'anonymous', description: 'Only those nobody gave a name' },
					],
				},
			]),
		],
	),
	destructive: true,
	async execute(context, { connection, signal }, itemIndex) {
		const { prune: carryOut } = await import('../../../../src/docker/index.js');
		const { containersInUse } = await import('../../../../src/backup/index.js');
		const given = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
		const { dryRun: _onlyTell, keep, ...rules } = given;
		const report = await carryOut(
			connection,
			{
				...(rules as Partial<PruneRules>),
				keep: asList(keep),
				// What a backup has stopped is started again by it; where nobody can tell, no container goes.
				holds: (await containersInUse({ stateFolder: n8nStateFolder() })).map(({ id, reason }) => ({
					container: id,
					reason,
				})),
				olderThanHours: context.getNodeParameter('olderThanHours', itemIndex) as number,
			},
			{ dryRun: dryRunOf(given), signal },
		);
		return [{ ...report }];
	},
};
