import { NodeOperationError } from 'n8n-workflow';

import type { Operation } from '../operation';

export const reseal: Operation = {
	description: [],
	// It writes to every contact of the tenant.
	destructive: true,
	async execute(context, { store, chat, signal, fieldKeys }, itemIndex) {
		if (fieldKeys) return [await chat.resealContacts(store, fieldKeys, { ...(signal && { signal }) })];
		throw new NodeOperationError(context.getNode(), 'There is no key to seal with.', {
			itemIndex,
			description: 'Select a credential of the type "Chat Field Key API".',
		});
	},
};
