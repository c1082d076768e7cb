import type { IDataObject } from 'n8n-workflow';

import { limit, limitParameter, returnAll } from '../../../shared/limit';
import { simplify } from '../../../shared/fields';
import type { Operation } from '../operation';
import { forOperations } from './common.descriptions';
import { containerFilters, filterParameters } from './filters';

export const getMany: Operation = {
	description: forOperations(
		['getMany'],
		[{ ...returnAll, default: true }, limit, simplify, containerFilters],
	),
	async execute(context, { containers, signal }, itemIndex) {
		const filter = filterParameters(context, itemIndex);
		const most = limitParameter(context, itemIndex);
		const found: object[] = context.getNodeParameter('simplify', itemIndex)
			? await containers.list(filter, signal)
			: await containers.listRaw(filter, signal);
		return found.slice(0, most) as IDataObject[];
	},
};
