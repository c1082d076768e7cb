import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-reseal');
});
afterAll(() => stand?.close());

const [old, next] = [chat.generateFieldKey(), chat.generateFieldKey()];
const oldKeys = chat.fieldKeys({ current: old });
const both = chat.fieldKeys({ current: next, former: old });
const nextKeys = chat.fieldKeys({ current: next });

describe.each(transportNames)('a change of keys over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	const phoneOf = (id: number): string => `+49170${String(id).padStart(7, '0')}`;

	/** Every second one sealed with the old key, the others plain, and some without a phone. */
	async function fill(amount: number): Promise<number[]> {
		const rows = await stand.supabase.exec<{ id: string }>(
			`insert into opsdesk.contacts (tenant_id, name) select $1, 'c' || n from generate_series(1, $2::int) n returning id`,
			[tenant, amount],
		);
		const ids = rows.map(({ id }) => Number(id)).sort((a, b) => a - b);
		await stand.supabase.exec(
			`update opsdesk.contacts set phone = '+49170' || lpad(id::text, 7, '0') where tenant_id = $1 and id % 3 > 0`,
			[tenant],
		);
		for (const id of ids.filter((each) => each % 3 === 1))
			await chat.updateContact(
				store,
				{ contactId: id },
				{ phone: phoneOf(id), realName: `N ${id}` },
				{ fieldKeys: oldKeys },
			);
		return ids;
	}

	async function everybody(fieldKeys: chat.FieldKeys): Promise<chat.Contact[]> {
		return (await chat.getContacts(store, {}, { limit: 1000, fieldKeys })).items;
	}

	test('all is sealed anew, what was plain too, and then the old key can go', async () => {
		const ids = await fill(60);
		const seen: number[] = [];
		expect(await chat.resealContacts(store, both, { batch: 7, onProgress: (n) => seen.push(n) })).toEqual({
			resealed: 40,
			unreadable: [],
			left: 0,
			leftElsewhere: expect.any(Number) as number,
		});
		expect(seen.length).toBe(6);
		const now = await everybody(nextKeys);
		for (const { id, phone, realName, sealedFields } of now) {
			expect([id, phone]).toEqual([id, id % 3 > 0 ? phoneOf(id) : undefined]);
			expect([id, realName, sealedFields]).toEqual([id, id % 3 === 1 ? `N ${id}` : undefined, undefined]);
		}
		expect(now.map(({ id }) => id)).toEqual(ids);
		const one = ids.find((id) => id % 3 === 2) ?? 0;
		expect(await chat.findContacts(store, { phone: phoneOf(one) }, { fieldKeys: nextKeys })).toMatchObject({
			items: [{ id: one }],
			unsearched: false,
		});
		expect(await chat.resealContacts(store, nextKeys)).toMatchObject({
			resealed: 0,
			unreadable: [],
			left: 0,
		});
	});

	test('stopped in the middle, everything stays readable with both keys, and the next call ends it', async () => {
		await fill(60);
		const stop = new AbortController();
		await expect(
			chat.resealContacts(store, both, {
				batch: 5,
				signal: stop.signal,
				onProgress: (done) => done >= 15 && stop.abort(new Error('killed')),
			}),
		).rejects.toThrow('killed');
		for (const { id, phone } of await everybody(both))
			expect([id, phone]).toEqual([id, id % 3 > 0 ? phoneOf(id) : undefined]);
		const rest = await chat.resealContacts(store, both);
		expect(rest).toMatchObject({ unreadable: [], left: 0 });
		expect(rest.resealed).toBeLessThanOrEqual(25);
		expect((await everybody(nextKeys)).filter(({ phone }) => phone !== undefined)).toHaveLength(40);
	});

	test('what people write meanwhile is not overwritten, by whichever key they write', async () => {
		const ids = (await fill(40)).filter((id) => id % 3 > 0);
		let written = 0;
		const write = async (): Promise<void> => {
			for (const id of ids) {
				const fieldKeys = id % 2 === 0 ? oldKeys : both;
				await chat.updateContact(store, { contactId: id }, { phone: `+1${id}` }, { fieldKeys });
				written += 1;
			}
		};
		const [done] = await Promise.all([chat.resealContacts(store, both, { batch: 3 }), write()]);
		expect([written, done.unreadable]).toEqual([ids.length, []]);
		expect((await chat.resealContacts(store, both)).left).toBe(0);
		for (const { id, phone } of await everybody(nextKeys))
			expect([id, phone]).toEqual([id, id % 3 > 0 ? `+1${id}` : undefined]);
	});

	test('two at once end it together', async () => {
		await fill(30);
		const both2 = await Promise.all([1, 2].map(() => chat.resealContacts(store, both, { batch: 4 })));
		expect(both2.map(({ left }) => left)).toContain(0);
		expect(both2.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(20);
	});

	test('what no key opens is listed, left as it is, and counted as left', async () => {
		const ids = await fill(12);
		const stranger = { fieldKeys: chat.fieldKeys({ current: chat.generateFieldKey() }) };
		const lost = ids.find((id) => id % 3 === 0) ?? 0;
		await chat.updateContact(store, { contactId: lost }, { email: 'x@example.com' }, stranger);
		expect(await chat.resealContacts(store, both)).toMatchObject({
			resealed: 8,
			left: 1,
			unreadable: [
				{ contactId: lost, field: 'email', remedy: 'Add that key to the former keys of the credential.' },
			],
		});
		expect(await chat.getContact(store, { contactId: lost }, stranger)).toMatchObject({
			email: 'x@example.com',
		});
	});

	test('what other tenants have sealed with another key is counted, and what is plain or of this key is not', async () => {
		await fill(6);
		const { leftElsewhere: before } = await chat.resealContacts(store, both);
		const beside = stand.open(transport, { tenant: await stand.tenant() });
		const people = await Promise.all(
			[1, 2, 3, 4].map((n) => chat.findOrCreateContact(beside, { platform: 'sms', id: String(n) })),
		);
		const keys = [oldKeys, oldKeys, nextKeys, undefined];
		for (const [place, { id }] of people.entries())
			await chat.updateContact(beside, { contactId: id }, { phone: '+1' }, { fieldKeys: keys[place] });
		expect(await chat.resealContacts(store, nextKeys)).toMatchObject({ left: 0, leftElsewhere: before + 2 });
		expect(await chat.resealContacts(beside, both)).toMatchObject({ left: 0, leftElsewhere: before });
	});
});
