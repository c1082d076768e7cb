import type { Operation } from '../operation';

export const getReceipts: Operation = {
	description: [],
	async execute(_context, { store, chat }) {
		return await chat.getReceipts(store);
	},
};
