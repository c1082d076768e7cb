import type { Operation } from '../operation';

export const getFileRemovals: Operation = {
	description: [],
	async execute(_context, { store, chat }) {
		return await chat.getObjectRemovals(store);
	},
};
