import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type * as StoreArea from '../../../src/store';
import type { Page, PageOptions, Store } from '../../../src/store';
import { most, search } from '../../shared/store/search';

type Read = (
	records: typeof StoreArea,
	store: Store,
	page: PageOptions,
) => Promise<Page<{ name: string; value: number | string }>>;
type ListSearch = (
	this: ILoadOptionsFunctions,
	filter?: string,
	cursor?: string,
) => Promise<INodeListSearchResult>;

/** Records for a resource locator, a page at a time. */
const listed = (read: Read): ListSearch =>
	async function (this: ILoadOptionsFunctions, filter = '', cursor?: string) {
		const wanted = filter.trim().toLowerCase();
		return await search(this, async (_chat, store) => {
			const records = await import('../../../src/store/index.js');
			const page = await read(records, store, { limit: most, cursor });
			return {
				results: page.items.filter(({ name }) => name.toLowerCase().includes(wanted)),
				...(page.cursor !== undefined && { paginationToken: page.cursor }),
			};
		});
	};

function shown<Item>(
	page: Page<Item>,
	nameOf: (item: Item) => string,
	valueOf: (item: Item) => number | string,
) {
	return { ...page, items: page.items.map((item) => ({ name: nameOf(item), value: valueOf(item) })) };
}

const idOf = ({ id }: { id: number }): number => id;

export const recordSearch = {
	searchMembers: listed(async (records, store, page) =>
		shown(await records.getMembers(store, {}, page), ({ name, role }) => `${name} (${role})`, idOf),
	),
	searchTeams: listed(async (records, store, page) =>
		shown(await records.getTeams(store, page), ({ name }) => name, idOf),
	),
	searchChannelAccounts: listed(async (records, store, page) =>
		shown(
			await records.getChannelAccounts(store, {}, page),
			({ name, platform, externalId }) => `${name ?? externalId} (${platform})`,
			idOf,
		),
	),
	searchTenants: listed(async (records, store, page) =>
		shown(
			await records.getTenants(store, page),
			({ name }) => name,
			({ id }) => id,
		),
	),
	searchTemplates: listed(async (records, store, page) =>
		shown(await records.getTemplates(store, {}, page), ({ title }) => title, idOf),
	),
	searchFaqItems: listed(async (records, store, page) =>
		shown(await records.getFaqItems(store, {}, page), ({ question }) => question, idOf),
	),
	searchWebsites: listed(async (records, store, page) =>
		shown(await records.getWebsites(store, {}, page), ({ clientName }) => clientName, idOf),
	),
};
