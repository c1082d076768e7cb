import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { openStateFolder, type StateStore } from '../../../../src/shared';
import { openStore, readSiteDefinitions, saveWebsite, type Store } from '../../../../src/store';
import { Scope } from '../../../support/scope';
import { openStand, type Stand } from '../stand';

let scope: Scope;
let stand: Stand;
beforeAll(async () => {
	scope = await Scope.open('kept-sites');
	stand = await openStand('store-kept-sites');
});
afterAll(async () => {
	await stand?.close();
	await scope?.close();
});

const place = 'https://db.example.com opsdesk';
let store: Store;
let down: Store;
let openState: () => StateStore;
beforeEach(async () => {
	const tenant = await stand.tenant();
	store = stand.open('postgres', { tenant });
	// Nobody listens there.
	down = openStore({ supabase: { url: 'http://127.0.0.1:9', key: 'sb_secret_x' } }, { tenant, attempts: 1 });
	const folder = join(scope.folder, randomBytes(6).toString('hex'));
	openState = () => openStateFolder(folder, {});
	await saveWebsite(store, { clientName: 'Shop' }, { domain: 'shop.example.com' });
	await saveWebsite(store, { clientName: 'Typo' }, { domain: 'typo.example.com', definition: { nmae: 'x' } });
});
afterEach(() => down.close());

test('a store that is down is answered by the last copy, which says so and why', async () => {
	const read = await readSiteDefinitions(store, openState, place);
	expect(read).toMatchObject({ isCopy: false, sites: [{ name: 'shop' }], schedules: { shop: 'never' } });
	const copy = await readSiteDefinitions(down, openState, place);
	expect(copy).toEqual({
		...read,
		isCopy: true,
		problems: [
			expect.stringMatching(`could not be read, these are its sites as of ${read.readAt}: .`),
			expect.stringContaining('"Typo"'),
		],
	});
	expect(JSON.stringify(copy)).not.toContain('sb_secret_x');
	await saveWebsite(store, { clientName: 'Blog' }, { domain: 'blog.example.com' });
	await readSiteDefinitions(store, openState, place);
	expect((await readSiteDefinitions(down, openState, place)).sites).toHaveLength(2);
});

test('without a copy of this very database and tenant it fails', async () => {
	await readSiteDefinitions(store, openState, place);
	await expect(readSiteDefinitions(down, openState, 'another place')).rejects.toMatchObject({
		code: 'unavailable',
	});
	await expect(readSiteDefinitions(down.ofTenant('other'), openState, place)).rejects.toMatchObject({
		code: 'unavailable',
	});
});

test('where no copy can be kept the sites are told all the same, and that there is none', async () => {
	const queue = () => openStateFolder(scope.folder, { EXECUTIONS_MODE: 'queue' });
	const read = await readSiteDefinitions(store, queue, place);
	expect(read.sites).toHaveLength(1);
	expect(read.problems.at(-1)).toMatch(/copy of the websites table could not be kept: .*queue mode/);
	await expect(readSiteDefinitions(down, queue, place)).rejects.toMatchObject({ code: 'unavailable' });
});
