import { forOperations, type Operation } from './operation';
import { items, saidParameters, sayings } from './said';
import { setParameter } from './set';

export const acknowledge: Operation = {
	description: forOperations(['acknowledge'], sayings),
	destructive: true,
	async execute(call) {
		const checks = await import('../../../src/check/index.js');
		return items(await checks.acknowledge(call.store(), setParameter(call), saidParameters(call)));
	},
};
