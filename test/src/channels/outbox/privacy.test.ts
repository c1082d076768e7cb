import { anonymiseContact, eraseContact, exportContact, storeMessages } from '../../../../src/chat';
import { enqueue, getOutbox, setSendStop } from '../../../../src/channels/outbox';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, hand, to } from './stand';

let stand: Stand;
beforeAll(async () => {
	stand = await openStand('outbox-privacy');
}, 120_000);
afterAll(() => stand?.close());

const person = { platform: 'telegram', id: '900100' };
const own = person.id;
const group = '-100900200';
/** JSON writes it with backslashes. */
const name = 'Anna "Ann" Examplewoman';

describe.each(transportNames)('what waits to be sent is personal data over %s', (transport) => {
	let store: Store;
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
		const from = (chatId: string, kind: 'private' | 'group') => ({
			...{ platform: 'telegram', account, id: `m-${chatId}`, chat: { id: chatId, kind } },
			sender: { id: person.id, name },
			...{ sentAt: new Date().toISOString(), text: 'hello' },
		});
		await storeMessages(store, [from(own, 'private'), from(group, 'group')]);
		await hand(store, own, `Your order, ${name}`);
		await hand(store, group, `Thank you, ${name}!`);
		await hand(store, '900300', `${name} will call you`);
	});
	const payloads = async () =>
		(await getOutbox(store)).items.map(({ chatId, payload }) => [chatId, (payload as { text: string }).text]);

	test.each([
		['erased', eraseContact],
		['made a pseudonym', anonymiseContact],
	])(
		'of who is %s what waits goes, and the name in what waits for others is masked',
		async (_what, forget) => {
			const done = await forget(store, { identity: person }, {});
			expect(done).toMatchObject({ receipt: { counts: { outbox: 1 } } });
			const left = await payloads();
			expect(left.map(([chatId]) => chatId)).toEqual(['900300', group]);
			expect(JSON.stringify(left)).not.toMatch(/Anna|Examplewoman/);
		},
	);

	test('a dry run counts it and takes nothing', async () => {
		expect(await eraseContact(store, { identity: person }, { dryRun: true })).toMatchObject({
			counts: { outbox: 1 },
		});
		expect(await payloads()).toHaveLength(3);
	});

	test('who was only ever written to is erased by the id alone', async () => {
		expect(await eraseContact(store, { identity: { platform: 'telegram', id: '900300' } }, {})).toMatchObject(
			{ status: 'erased' },
		);
		expect((await payloads()).map(([chatId]) => chatId)).toEqual([group, own]);
	});

	test('after an erasure nothing new is handed in, and who wanted no messages is still left alone', async () => {
		await setSendStop(store, to(own), 'opted_out');
		await eraseContact(store, { identity: person }, {});
		const message = { operation: 'message' as const, text: 'hello' };
		expect(await enqueue(store, to(own), message)).toMatchObject({ status: 'refused', reason: 'opted_out' });
		await setSendStop(store, to(own), null);
		expect(await enqueue(store, to(own), message)).toMatchObject({ status: 'refused', reason: 'erased' });
	});

	test('an export says that something waits, and not what others have written', async () => {
		let text = '';
		for await (const line of exportContact(store, { identity: person })) text += line;
		expect(text).toContain('"outbox":[{');
		expect(text).not.toContain('Your order');
	});
});
