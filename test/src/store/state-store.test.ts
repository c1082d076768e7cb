import { DatabaseStateStore, type Store } from '../../../src/store';
import { keepsTheContractOfState } from '../shared/state/contract';
import { openStand, transportNames, type Stand } from './stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('store-state');
});
afterAll(() => stand?.close());

describe.each(transportNames)('state over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});

	keepsTheContractOfState(() => new DatabaseStateStore(store));

	test('what JSON allows is kept as it is: order, NUL, lone surrogates, great numbers', async () => {
		const state = new DatabaseStateStore(store);
		const value = { b: 1, a: 'nul \u0000, half \ud83d, quote \' " ;--', n: 1.5e300, deep: [[[null]]] };
		await state.compareAndSet('odd', undefined, value);
		const found = await state.get('odd');
		expect(JSON.stringify(found?.value)).toBe(JSON.stringify(value));
	});

	test('a tenant does not see the state of another', async () => {
		await new DatabaseStateStore(store).compareAndSet('journal', undefined, 1);
		const other = new DatabaseStateStore(stand.open(transport, { tenant: await stand.tenant() }));
		expect(await other.get('journal')).toBeUndefined();
		expect(await other.keys('')).toEqual([]);
	});
});
