import type { Operation } from '../operation';

export const check: Operation = {
	description: [],
	async execute(_context, { store, records }) {
		return [await records.checkStore(store)];
	},
};
