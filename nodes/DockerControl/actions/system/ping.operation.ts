import type { Operation } from '../operation';

export const ping: Operation = {
	description: [],
	async execute(_context, { system, signal }) {
		return [{ ...(await system.ping(signal)) }];
	},
};
