import type { Operation } from '../operation';

export const getHolds: Operation = {
	description: [],
	async execute(_context, { store, chat }) {
		return await chat.getHolds(store);
	},
};
