import { forOperations, type Operation } from './operation';
import { checkParameter, items, whichCheck } from './said';
import { setParameter } from './set';

export const withdraw: Operation = {
	description: forOperations(['withdraw'], whichCheck),
	destructive: true,
	async execute(call) {
		const { unmark } = await import('../../../src/check/index.js');
		return items(await unmark(call.store(), setParameter(call), checkParameter(call)));
	},
};
