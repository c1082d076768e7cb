import { setTimeout as sleep } from 'node:timers/promises';

import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';
import { aged } from './retention-stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-former-names');
});
afterAll(() => stand?.close());

const club = { id: 'club', kind: 'group' } as const;
const staff = { id: 'staff', kind: 'group' } as const;
const who = { identity: { platform: 'telegram', id: '812345' } };
const boris = { id: '31', name: 'Boris' };

describe.each(transportNames)('names that messages say, over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
	});
	const by = (name: string | undefined, minutesAgo: number, username?: string) =>
		aged(minutesAgo / 1440, {
			chat: club,
			sender: {
				id: '812345',
				...(name !== undefined && { name }),
				...(username !== undefined && { username }),
			},
		});
	const names = async () => (await chat.getContact(store, who)).identities[0];
	/** What Boris has written of them elsewhere, after they were erased. */
	const left = async (said: string): Promise<string | undefined> => {
		await chat.storeMessages(store, [message({ chat: staff, sender: boris, text: said })]);
		await chat.eraseContact(store, who);
		const { items } = await chat.getMessages(store, {});
		return items.find(({ chatId }) => chatId === staff.id)?.text;
	};

	test.each([false, true])(
		'a name that was seen only in the middle of one batch is masked by an erasure (known before: %s)',
		async (isKnown) => {
			if (isKnown) await chat.storeMessages(store, [by('Anna Petrova', 90)]);
			// Between the others in time, and in the call.
			await chat.storeMessages(store, [
				by('Anna Petrova', 30),
				by('Zorlanda Quexley', 20, 'zorl_7'),
				by('Clara Novak', 10, 'clara_n'),
			]);
			expect(await left('Zorlanda Quexley, Anna Petrova, Clara Novak: zorl_7')).toBe('[…], […], […]: […]');
			const rows = await stand.supabase.exec(
				`select i::text from opsdesk.identities i where tenant_id = $1
				union all select c::text from opsdesk.contacts c where tenant_id = $1`,
				[store.tenant],
			);
			expect(JSON.stringify(rows)).not.toMatch(/quexley|petrova|novak|zorl_7/i);
		},
	);

	test('a name of history that comes late is no news, and masked all the same', async () => {
		await chat.storeMessages(store, [by('Anna Petrova', 10)]);
		await chat.storeMessages(store, [by('Zorlanda Quexley', 100_000)]);
		expect(await names()).toMatchObject({ name: 'Anna Petrova', formerNames: ['Zorlanda Quexley'] });
		expect(await left('Zorlanda Quexley was Anna Petrova')).toBe('[…] was […]');
	});

	test('a late name does not keep a newer one from being the person’s', async () => {
		await chat.storeMessages(store, [by('Anna Petrova', 10)]);
		await sleep(5);
		const sentAt = new Date().toISOString();
		await chat.storeMessages(store, [by('Zorlanda Quexley', 100_000)]);
		await chat.storeMessages(store, [{ ...by('Clara Novak', 0), sentAt }]);
		expect(await names()).toMatchObject({
			name: 'Clara Novak',
			formerNames: ['Anna Petrova', 'Zorlanda Quexley'],
		});
	});

	test('each name is kept once, none, an empty or an endless one is no name, and fifty are the most', async () => {
		const calls = Array.from({ length: 60 }, (_, n) => by(`Name No${n}`, 60 - n));
		await chat.storeMessages(store, [
			...calls,
			by(undefined, 3),
			by('', 2),
			by('x'.repeat(201), 2),
			by('Name No59', 1),
		]);
		await chat.storeMessages(store, calls.slice(-5));
		const { name, formerNames = [] } = (await names()) ?? {};
		expect(name).toBe('Name No59');
		expect(formerNames).toHaveLength(50);
		expect(new Set(formerNames).size).toBe(50);
		expect(formerNames).toEqual(expect.arrayContaining(['Name No58', 'Name No9']));
		expect(formerNames.every((each) => each.startsWith('Name No'))).toBe(true);
	});

	test('CS-23 signs in a name are signs and nothing more, also where no index looks for it', async () => {
		const name = 'Zorl*anda "Zo" (Q%) |_.\\Quexley';
		const spoken = [`with ${name}, too`, 'with Zorlanda "Zo" (Q) Quexley'];
		await chat.storeMessages(store, [by(name, 20), by('Clara Novak', 10)]);
		await chat.storeMessages(store, [
			...spoken.map((said) => message({ chat: staff, sender: boris, text: 'x', metadata: { said } })),
			message({ chat: staff, sender: boris, text: 'y', data: { said: 'with Clara Novak' } }),
		]);
		await chat.eraseContact(store, who);
		const { items } = await chat.getMessages(store, { order: 'oldest' });
		expect(items.map(({ metadata, data }) => metadata ?? data)).toEqual(
			['with […], too', spoken[1], 'with […]'].map((said) => ({ said })),
		);
	});

	test('CS-15 what was refused has told no name', async () => {
		await chat.storeMessages(store, [by('Anna Petrova', 10)]);
		await chat.setConsent(store, who, { purpose: 'chat_storage', granted: false, source: 'test' });
		await chat.storeMessages(store, [by('Zorlanda Quexley', 100_000)]);
		expect(await names()).not.toHaveProperty('formerNames');
	});
});
