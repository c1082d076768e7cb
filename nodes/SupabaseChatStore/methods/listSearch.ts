import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { most, search } from '../../shared/store/search';

/** The contacts of the tenant, for the resource locator. */
export async function searchContacts(
	this: ILoadOptionsFunctions,
	filter = '',
	cursor?: string,
): Promise<INodeListSearchResult> {
	return await search(this, async (chat, store) => {
		const query = filter.trim() === '' ? {} : { name: filter.trim() };
		const page = await chat.getContacts(store, query, { limit: most, cursor });
		return {
			results: page.items.map(({ id, name, identities }) => ({
				name: [name ?? `Contact ${id}`, ...identities.slice(0, 1).map((known) => `(${known.platform})`)].join(
					' ',
				),
				value: id,
			})),
			...(page.cursor !== undefined && { paginationToken: page.cursor }),
		};
	});
}
