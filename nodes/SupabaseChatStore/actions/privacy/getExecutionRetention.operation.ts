import { executionRetention } from '../../../../src/shared';
import type { StorelessOperation } from '../operation';

export const getExecutionRetention: StorelessOperation = {
	description: [],
	async executeAlone() {
		return await Promise.resolve([executionRetention()]);
	},
};
