import { forOperations, type Operation } from './operation';
import { items, saidParameters, sayings } from './said';
import { setParameter } from './set';

export const silence: Operation = {
	description: forOperations(['silence'], sayings),
	destructive: true,
	async execute(call) {
		const checks = await import('../../../src/check/index.js');
		return items(await checks.silence(call.store(), setParameter(call), saidParameters(call)));
	},
};
