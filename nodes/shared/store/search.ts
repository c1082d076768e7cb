import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type * as Chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { toNodeError } from '../node-error';
import { settingsOfEditor, storeAccess } from './stores';

/** Entries of a page. */
export const most = 100;

/** The conversations of the tenant, the one with the newest message first. */
export async function searchConversations(
	this: ILoadOptionsFunctions,
	filter = '',
	cursor?: string,
): Promise<INodeListSearchResult> {
	return await search(this, async (chat, store) => {
		const wanted = filter.trim().toLowerCase();
		const page = await chat.getConversations(store, {}, { limit: most, cursor });
		const found = page.items.map(({ id, title, chats }) => ({
			name: `${title ?? `Conversation ${id}`} (${chats[0]?.platform ?? 'no platform'})`,
			value: id,
		}));
		return {
			results: found.filter(({ name }) => name.toLowerCase().includes(wanted)),
			...(page.cursor !== undefined && { paginationToken: page.cursor }),
		};
	});
}

/** What a list of the editor shows of the store. */
export async function search(
	context: ILoadOptionsFunctions,
	list: (chat: typeof Chat, store: Store) => Promise<INodeListSearchResult>,
): Promise<INodeListSearchResult> {
	const chat = await import('../../../src/chat/index.js');
	const { openStore } = await import('../../../src/store/index.js');
	try {
		const settings = settingsOfEditor(context);
		const store = openStore(await storeAccess(context, settings), settings);
		try {
			return await list(chat, store);
		} finally {
			await store.close();
		}
	} catch (thrown) {
		throw toNodeError(context.getNode(), thrown, 0);
	}
}
