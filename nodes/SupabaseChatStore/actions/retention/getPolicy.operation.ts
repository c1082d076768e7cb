import type { Operation } from '../operation';

export const getPolicy: Operation = {
	description: [],
	async execute(_context, { store, chat }) {
		return [await chat.getRetentionPolicy(store)];
	},
};
