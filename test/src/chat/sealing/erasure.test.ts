import * as chat from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { message } from '../messages';
import { everythingOf } from '../privacy-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-sealed-erasure');
});
afterAll(() => stand?.close());

const keys = { fieldKeys: chat.fieldKeys({ current: chat.generateFieldKey() }) };
const wrong = { fieldKeys: chat.fieldKeys({ current: chat.generateFieldKey() }) };
const who = { identity: { platform: 'telegram', id: '4242' } };
const secrets = { realName: 'Zorlanda Quexley', email: 'zq@example.com', phone: '+49 170 5550017' };
const said = 'Zorlanda Quexley has zq@example.com and +49 170 5550017';

describe.each(transportNames)('erasing whose fields are sealed, over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
		await chat.storeMessages(store, [
			message({ sender: { id: '4242', name: 'Anna' }, text: 'mine' }),
			message({ chat: { id: 'staff', kind: 'group' }, sender: { id: '9' }, text: said }),
		]);
		await chat.updateContact(store, who, secrets, keys);
	});

	const everything = async (): Promise<string> => (await everythingOf(stand.supabase, tenant)).join('\n');
	const texts = async (): Promise<unknown[]> => (await chat.getMessages(store)).items.map(({ text }) => text);
	const signs = /quexley|zq@example|5550017/i;

	test.each(['eraseContact', 'anonymiseContact'] as const)(
		'%s masks what the fields say in what others wrote, and leaves nothing of it',
		async (action) => {
			const done = await chat[action](store, who, keys);
			expect(done).toMatchObject({ receipt: { counts: { masked: 1 } } });
			expect(await texts()).toContain('[…] has […] and […]');
			expect(await everything()).not.toMatch(signs);
			expect(await everything()).not.toMatch(/sealed:v1/);
			expect(done).not.toMatchObject({
				receipt: { counts: { sealedUnmasked: expect.anything() as number } },
			});
		},
	);

	test.each(['eraseContact', 'anonymiseContact'] as const)(
		'%s without the key, or with another one, changes nothing and says what to do',
		async (action) => {
			const before = await everything();
			await expect(chat[action](store, who)).rejects.toMatchObject({
				code: 'sealed',
				message: expect.stringContaining('Nothing was changed: fields of contact') as string,
				remedy: expect.stringContaining('Chat Field Key API') as string,
			});
			await expect(chat[action](store, who, wrong)).rejects.toMatchObject({
				code: 'sealed',
				message: expect.stringContaining('The real name of contact') as string,
			});
			expect(await everything()).toBe(before);
		},
	);

	test('a dry run asks for the key too, and counts what the erasure does', async () => {
		await expect(chat.eraseContact(store, who, { dryRun: true })).rejects.toMatchObject({ code: 'sealed' });
		const before = await everything();
		const dry = await chat.eraseContact(store, who, { ...keys, dryRun: true });
		expect(await everything()).toBe(before);
		const done = await chat.eraseContact(store, who, keys);
		expect(dry).toEqual({ status: 'wouldErase', counts: done.status === 'erased' && done.receipt.counts });
	});

	test('allowed without the key, it erases all but what the fields say, and the receipt counts that', async () => {
		const done = await chat.eraseContact(store, who, { ...wrong, withoutSealed: true });
		expect(done).toMatchObject({ status: 'erased', receipt: { counts: { sealedUnmasked: 3, masked: 0 } } });
		expect(await texts()).toEqual([said]);
		expect(await everything()).not.toMatch(/sealed:v1/);
	});

	test('a receipt carried out again after a restore masks what the fields say', async () => {
		const erased = await chat.eraseContact(store, who, { ...keys, dryRun: true });
		expect(erased.status).toBe('wouldErase');
		// A receipt from another life of this database: what it knows is the hash of the person.
		const [row] = await stand.supabase.exec<{ hash: string; key: string }>(
			`select opsdesk.identity_hash($1, 'telegram', '', '4242') as hash, opsdesk.key_name($1) as key`,
			[tenant],
		);
		const receipt = {
			id: crypto.randomUUID(),
			kind: 'erase' as const,
			tenant,
			key: row?.key ?? '',
			hashes: [row?.hash ?? ''],
			counts: {},
			erasedAt: new Date().toISOString(),
		};
		const own = await everything();
		for (const others of [{}, wrong])
			expect(await chat.applyReceipts(store, [receipt], others)).toMatchObject({
				...{ applied: 0, complete: false },
				notApplied: [
					{
						...{ id: receipt.id, reason: 'sealed' },
						problem: expect.stringMatching(/fields of contact \d+ are sealed/) as string,
						remedy: expect.stringContaining('Chat Field Key API') as string,
					},
				],
			});
		expect(await everything()).toBe(own);
		expect(await chat.applyReceipts(store, [receipt], keys)).toMatchObject({
			...{ applied: 1, matched: 1, complete: true, notApplied: [] },
		});
		expect(await everything()).not.toMatch(signs);
	});

	test('CS-35 one receipt whose sealed fields nobody can open does not keep the others from being carried out', async () => {
		const others = [5, 6].map((n) => ({ identity: { platform: 'telegram', id: `50${n}` } }));
		const writing = async () => {
			for (const { identity } of others)
				await chat.storeMessages(store, [
					message({ chat: { id: identity.id }, sender: { id: identity.id } }),
				]);
		};
		await writing();
		const [before, after] = others;
		if (before) await chat.eraseContact(store, before);
		await chat.eraseContact(store, who, keys);
		if (after) await chat.eraseContact(store, after);
		const receipts = await chat.getReceipts(store);
		for (const table of ['tombstones', 'erasures'])
			await stand.supabase.exec(`delete from opsdesk.${table} where tenant_id = $1`, [tenant]);
		await writing();
		await chat.storeMessages(store, [message({ sender: { id: '4242', name: 'Anna' }, text: 'mine' })]);
		await chat.updateContact(store, who, secrets, wrong);
		const lost = await chat.applyReceipts(store, receipts, keys);
		expect(lost).toMatchObject({ applied: 2, matched: 2, complete: false });
		expect(lost.notApplied.map(({ id }) => id)).toEqual([receipts[1]?.id]);
		expect((await chat.getContacts(store)).items.map(({ identities }) => identities[0]?.id)).not.toContain(
			'505',
		);
		expect(await chat.applyReceipts(store, receipts, { withoutSealed: true })).toMatchObject({
			...{ applied: 1, known: 2, complete: true },
		});
	});

	test('what a hold keeps is not masked by sealed fields later, so that they are never noted in clear', async () => {
		await chat.placeHold(store, { platform: 'telegram', account: 'helpbot', chatId: 'staff' }, 'court');
		const done = await chat.eraseContact(store, who, keys);
		expect(done).toMatchObject({ receipt: { counts: { maskingHeld: 1, sealedUnmasked: 3 } } });
		const notes = await stand.supabase.exec('select * from opsdesk.deferred_masks where tenant_id = $1', [
			tenant,
		]);
		expect(notes).toHaveLength(1);
		expect(JSON.stringify(notes)).not.toMatch(signs);
		expect(await texts()).toEqual([said]);
	});

	test('somebody who writes to the contact meanwhile does not make it fail or leave their words', async () => {
		const [done] = await Promise.all([
			chat.eraseContact(store, who, keys),
			chat.updateContact(store, who, { phone: '+49 170 5550017' }, keys).catch(() => undefined),
		]);
		expect(done.status).toBe('erased');
		expect(await everything()).not.toMatch(signs);
	});
});
