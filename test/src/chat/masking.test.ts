import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand } from '../store/stand';
import { message } from './messages';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('chat-masking');
});
afterAll(() => stand?.close());

const club = { id: 'club', kind: 'group' } as const;
const staff = { id: 'staff', kind: 'group' } as const;
const boris = { id: '31', name: 'Boris' };

describe.each(transportNames)('masking over %s', (transport) => {
	let tenant: string;
	let store: Store;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});
	const texts = async (chatId: string) =>
		(await chat.getMessages(store, { order: 'oldest' })).items
			.filter((item) => item.chatId === chatId && item.sender?.id === boris.id)
			.map(({ text }) => text);
	/** Somebody who writes once in the club, where Boris has written that, as in another group; then is erased. */
	const erase = async (
		sender: { id: string; name: string; username?: string },
		said: string[],
		dryRun = false,
	) => {
		await chat.storeMessages(store, [
			message({ chat: club, sender, text: 'own' }),
			...[club, staff].flatMap((group) => said.map((text) => message({ chat: group, sender: boris, text }))),
		]);
		return await chat.eraseContact(store, { identity: { platform: 'telegram', id: sender.id } }, { dryRun });
	};

	test.each([
		{ name: 'the', username: 'invoice' },
		{ name: 'invoice', username: 'что' },
		{ name: 'The Of What', username: 'the' },
		{ name: 'что', username: 'this' },
	])('who calls themselves $name ($username) takes no words from others', async (names) => {
		const said = ['The invoice of what the client said', 'Что это, что за invoice?'];
		const answer = await erase({ id: '812345', ...names }, said);
		expect(answer).toMatchObject({
			status: 'erased',
			receipt: { counts: { masked: 0 } },
		});
		expect(await texts('club')).toEqual(said);
		expect(await texts('staff')).toEqual(said);
	});

	test('a single name is masked where the person took part, with its endings, and stays elsewhere', async () => {
		await erase({ id: '812345', name: 'Анна', username: 'anna' }, [
			'Анны нет, Аннушка здесь',
			'see @anna, anna',
		]);
		expect(await texts('club')).toEqual(['[…] нет, Аннушка здесь', 'see @[…], anna']);
		expect(await texts('staff')).toEqual(['Анны нет, Аннушка здесь', 'see @[…], anna']);
	});

	test('a full name, a nickname of its own, a number and an address are masked everywhere', async () => {
		const said = ['Call ANNA petrova: 812345, anna_p, t.me/anna_p', 'Anna or Petrova'];
		await erase({ id: '812345', name: 'Anna Petrova', username: 'anna_p' }, said);
		expect(await texts('staff')).toEqual(['Call […]: […], […], t.me/[…]', 'Anna or Petrova']);
		expect(await texts('club')).toEqual(['Call […]: […], […], t.me/[…]', '[…] or […]']);
	});

	test('of a name of many words no more than eight are masked', async () => {
		const name = Array.from(
			{ length: 26 },
			(_, n) => `Word${String.fromCharCode(97 + n)}${'x'.repeat(n)}`,
		).join(' ');
		const answer = await erase({ id: '812345', name }, [name.replaceAll(' ', ', ')]);
		expect(answer).toMatchObject({ receipt: { counts: { tooCommon: 18 } } });
		expect((await texts('club'))[0]?.match(/…/g)).toHaveLength(8);
	});

	test('keys of what platforms send along stay as they are, whatever a person is called', async () => {
		const entities = [{ type: 'mention', text: 'Type', user: { id: 812345 } }];
		await chat.storeMessages(store, [
			message({ chat: club, sender: { id: '812345', name: 'Type Text', username: 'type' } }),
			message({
				chat: club,
				sender: boris,
				text: 'x',
				entities,
				data: { text: 1, type: 2, user: 'Type Text' },
			}),
		]);
		await chat.eraseContact(store, { identity: { platform: 'telegram', id: '812345' } });
		const { items } = await chat.getMessages(store, {});
		expect(items[0]).toMatchObject({
			entities: [{ type: 'mention', text: '[…]', user: { id: '[…]' } }],
			data: { text: 1, type: 2, user: '[…]' },
		});
	});

	test.each(['eraseContact', 'anonymiseContact'] as const)(
		'names that a person had before are masked as well by %s, and known no more afterwards',
		async (remove) => {
			const sender = { id: '812345', username: 'zorl_7' };
			// What older messages say of a name is not news.
			const sentAt = (minutes: number) => new Date(Date.now() + minutes * 60_000);
			for (const [place, name] of ['Zorlanda Quexley', 'Anna Quexley', 'Anna Petrova'].entries())
				await chat.storeMessages(store, [
					message({ chat: club, sender: { ...sender, name }, sentAt: sentAt(place) }),
				]);
			const renamed = { ...sender, name: 'Anna Petrova', username: 'annap' };
			await chat.storeMessages(store, [
				message({ chat: club, sender: renamed, sentAt: sentAt(5) }),
				message({ chat: staff, sender: boris, text: 'Call Zorlanda Quexley (@zorl_7)' }),
				message({ chat: club, sender: boris, text: 'Zorlanda has said so' }),
			]);
			const who = { identity: { platform: 'telegram', id: '812345' } };
			const known = JSON.stringify(await chat.getContact(store, who));
			expect(known).toContain('Anna Petrova');
			await chat[remove](store, who);
			expect(await texts('staff')).toEqual(['Call […] (@[…])']);
			const left = await stand.supabase.exec(
				`select m.content from opsdesk.messages m where tenant_id = $1
				union all select i::text from opsdesk.identities i where tenant_id = $1
				union all select c::text from opsdesk.contacts c where tenant_id = $1`,
				[store.tenant],
			);
			expect(JSON.stringify(left)).not.toMatch(/zorlanda|quexley|petrova|zorl_7|annap/i);
		},
	);

	test('an id that is somebody else’s on another platform is not masked', async () => {
		await chat.storeMessages(store, [
			message({ platform: 'web', chat: { id: 'w' }, sender: { id: '812345' }, text: 'hello' }),
		]);
		await chat.storeMessages(store, [message({ chat: staff, sender: { id: '812345', name: 'Anna' } })]);
		await chat.storeMessages(store, [message({ chat: staff, sender: boris, text: 'Call 812345' })]);
		await chat.eraseContact(store, { identity: { platform: 'web', id: '812345' } });
		expect((await texts('staff')).at(-1)).toBe('Call 812345');
	});

	test('a dry run says how many messages would be masked, and the erasure then masks as many', async () => {
		const said = ['Anna Petrova', 'Petrova', 'nobody'];
		const dry = await erase({ id: '812345', name: 'Anna Petrova' }, said, true);
		expect(dry).toMatchObject({ status: 'wouldErase', counts: { messages: 1, masked: 3 } });
		expect(await texts('staff')).toEqual(said);
		const done = await chat.eraseContact(store, { identity: { platform: 'telegram', id: '812345' } });
		expect(done).toMatchObject({ receipt: { counts: 'counts' in dry ? dry.counts : {} } });
	});
});
