import { NodeOperationError } from 'n8n-workflow';

import { dryRun } from '../../../shared/fields';
import { yesOrNo } from '../../../shared/store/filters';
import { storeAccess } from '../../../shared/store/stores';
import type { StorelessOperation } from '../operation';
import { forOperations } from './common.descriptions';

export const install: StorelessOperation = {
	description: forOperations(['install'], [dryRun]),
	destructive: true,
	async executeAlone(context, { records, settings }, itemIndex) {
		const access = await storeAccess(context, settings, itemIndex);
		if (!('postgres' in access)) {
			throw new NodeOperationError(
				context.getNode(),
				'The schema cannot be installed over the interface of Supabase.',
				{
					itemIndex,
					description:
						'Set "Authentication" to Postgres, with the connection that the dashboard shows under "Connect" (user postgres); or take the SQL from "Get SQL" and run it in the SQL editor.',
				},
			);
		}
		const before = await records.schemaStatus(access.postgres, settings.schema);
		if (yesOrNo(context, itemIndex, 'Dry Run', context.getNodeParameter('dryRun', itemIndex)))
			return [{ ...before, dryRun: true }];
		const after = await records.applySchema(access.postgres, settings.schema);
		return [{ ...after, installed: before.pending, notes: records.exposureNotes(settings.schema) }];
	},
};
