import { limit, limitParameter, returnAll } from '../../../shared/limit';
import type { Operation } from '../operation';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

export const getChanges: Operation = {
	description: forOperations(['getChanges'], [containerLocator, { ...returnAll, default: true }, limit]),
	async execute(context, { containers, signal }, itemIndex) {
		const most = limitParameter(context, itemIndex);
		const { name, changes } = await containers.changes(containerReference(context, itemIndex), signal);
		return changes.slice(0, most).map((change) => ({ container: name, ...change }));
	},
};
