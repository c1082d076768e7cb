import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { most, search } from '../../shared/store/search';

/** The schedules of the tenant, for the resource locator. */
export async function searchSchedules(
	this: ILoadOptionsFunctions,
	filter = '',
	cursor?: string,
): Promise<INodeListSearchResult> {
	const { getSchedules } = await import('../../../src/sla/index.js');
	const wanted = filter.trim().toLowerCase();
	return await search(this, async (_chat, store) => {
		const page = await getSchedules(store, { limit: most, cursor });
		const found = page.items.map(({ id, name, timezone }) => ({ name: `${name} (${timezone})`, value: id }));
		return {
			results: found.filter(({ name }) => name.toLowerCase().includes(wanted)),
			...(page.cursor !== undefined && { paginationToken: page.cursor }),
		};
	});
}
