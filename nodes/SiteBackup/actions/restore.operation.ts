import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { artefactNames } from './artefact-names';
import { textOf } from '../../shared/values';
import {
	destination,
	destinationOf,
	forOperation,
	options,
	optionsOf,
	restorePoint,
	restorePointOf,
} from './common.descriptions';
import { destinationNeeds, sourceNeeds } from './engine-needs';
import type { Operation } from './operation';
import {
	allowErrors,
	dryRun,
	healthTimeout,
	paths,
	pathsOf,
	stopContainers,
	tables,
	tablesOf,
} from './restore.descriptions';
import { wholeNumber } from '../../../src/shared';

export const restore: Operation = {
	destructive: true,
	oneSite: true,
	description: forOperation('restore', [
		restorePoint,
		{
			displayName: 'Artefacts',
			name: 'artefacts',
			type: 'string',
			default: '',
			placeholder: 'e.g. files-www, volume-media, db-shop',
			description: 'Names of what to restore, separated by commas. When empty, everything is.',
		},
		options([
			allowErrors,
			destination,
			dryRun,
			healthTimeout,
			{
				displayName: 'Overwrite',
				name: 'overwrite',
				type: 'boolean',
				default: false,
				description: 'Whether to replace what is there; it is kept beside the restored content',
			},
			paths,
			stopContainers,
			tables,
			{
				displayName: 'Targets',
				name: 'targets',
				type: 'fixedCollection',
				typeOptions: { multipleValues: true },
				placeholder: 'Add Target',
				default: {},
				description: 'Other places than those the artefacts were made from',
				options: [
					{
						displayName: 'Target',
						name: 'target',
						values: [
							{
								displayName: 'Artefact',
								name: 'artefact',
								type: 'string',
								default: '',
								required: true,
								placeholder: 'e.g. volume-media',
							},
							{
								displayName: 'Restore To',
								name: 'to',
								type: 'string',
								default: '',
								required: true,
								placeholder: 'e.g. shop_media_check',
								description: 'A path, the name of a volume or the name of a database, as the artefact is one',
							},
						],
					},
				],
			},
		]),
	]),
	engineNeeds(context, itemIndex, site) {
		const wanted = artefactNames(context, itemIndex, context.getNodeParameter('artefacts', itemIndex, ''));
		const sources = sourceNeeds(site).filter(({ artefact }) => isWanted(wanted, artefact));
		return [...sources, ...destinationNeeds(site, destinationOf(context, itemIndex))];
	},
	async execute({ context, itemIndex, site, backup }) {
		const artefacts = artefactNames(context, itemIndex, context.getNodeParameter('artefacts', itemIndex, ''));
		const only = destinationOf(context, itemIndex);
		const { inOwnThread } = await import('../../../src/backup/index.js');
		const given = optionsOf(context, itemIndex);
		const parts = pathsOf(context, itemIndex);
		const chosenTables = tablesOf(context, itemIndex);
		const healthTimeoutSeconds = wholeNumber(
			'Health Timeout (Seconds)',
			given['healthTimeoutSeconds'] ?? 300,
			1,
			3600,
		);
		const wanted = {
			restorePoint: restorePointOf(context, itemIndex),
			to: targetsOf(context, itemIndex),
			// Read strictly: what an expression gives in place of a switch is no consent.
			overwrite: given['overwrite'] === true,
			allowErrors: given['allowErrors'] === true,
			stopContainers: given['stopContainers'] === true,
			containers: { healthTimeoutMs: healthTimeoutSeconds * 1000 },
			...(artefacts.length > 0 && { artefacts }),
			...(parts && { paths: parts }),
			...(chosenTables && { tables: chosenTables }),
			...(only !== undefined && { destination: only }),
		};
		// Anything but a clear "no" is no wish to change something.
		if ((given['dryRun'] ?? false) !== false) {
			return [{ ...(await inOwnThread.planRestore(site, backup, wanted)), dryRun: true }];
		}
		return [{ ...(await inOwnThread.restoreSite(site, backup, wanted)) }];
	},
};

const isWanted = (wanted: string[], artefact: string | undefined): boolean =>
	wanted.length === 0 || (artefact !== undefined && wanted.includes(artefact));

/** Artefact → the place it is restored to. */
function targetsOf(context: IExecuteFunctions, itemIndex: number): Record<string, string> {
	const { targets } = optionsOf(context, itemIndex) as {
		targets?: { target?: { artefact?: unknown; to?: unknown }[] };
	};
	const to = new Map<string, string>();
	for (const entry of targets?.target ?? []) {
		const artefact = textOf(entry.artefact);
		const place = textOf(entry.to);
		if (artefact === undefined || place === undefined || to.has(artefact)) {
			const fault =
				artefact !== undefined && to.has(artefact) ? `names "${artefact}" twice` : 'is incomplete';
			throw new NodeOperationError(context.getNode(), `An entry of "Targets" ${fault}.`, {
				itemIndex,
				description: 'Give each artefact and where to restore it to once, or remove the entry.',
			});
		}
		to.set(artefact, place);
	}
	return Object.fromEntries(to);
}
