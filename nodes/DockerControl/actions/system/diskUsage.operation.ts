import type { Operation } from '../operation';

export const diskUsage: Operation = {
	description: [],
	async execute(_context, { system, signal }) {
		return [{ ...(await system.diskUsage(signal)) }];
	},
};
