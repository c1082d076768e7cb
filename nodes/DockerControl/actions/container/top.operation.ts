import type { Operation } from '../operation';
import { simplify } from '../../../shared/fields';
import { containerLocator, containerReference, forOperations } from './common.descriptions';

export const top: Operation = {
	description: forOperations(['top'], [containerLocator, simplify]),
	async execute(context, { containers, signal }, itemIndex) {
		const { id, name, processes, raw } = await containers.top(containerReference(context, itemIndex), signal);
		if (!context.getNodeParameter('simplify', itemIndex)) return [{ id, name, ...raw }];
		return processes.map((process) => ({ container: name, ...process }));
	},
};
