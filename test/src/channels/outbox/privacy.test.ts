import {
	anonymiseContact,
	eraseContact,
	exportContact,
	parseMessage,
	storeMessages,
} from '../../../../src/chat';
import { enqueue, getOutbox, noteOptOut, permitted, setSendStop } from '../../../../src/channels/outbox';
import { parseTarget } from '../../../../src/channels/send';
import type { Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { account, hand, to } from './stand';

let stand: Stand;
beforeAll(async () => {
	stand = await openStand('outbox-privacy');
});
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

	test.each([
		['whatsapp', '15005550111', '+1 (500) 555-0111'],
		['sms', '+15005550111', '15005550111'],
		['sms', '+15005550111', '001 500 555 0111'],
	] as const)(
		'RT-19 on %s %s and %s are one number: for STOP, for erasures and after them',
		async (platform, id, other) => {
			const to = { platform, account: '1', chatId: other };
			const message = { operation: 'message' as const, text: 'offer' };
			const written = {
				...{ event: 'message' as const, platform, account: '1', id: 'm', chat: { id } },
				...{ sender: { id }, sentAt: new Date(Date.now() - 3_600_000).toISOString() },
			};
			await storeMessages(store, [{ ...written, text: 'hello' }]);
			expect((await permitted(store, parseTarget(to))).sinceInboundMs).toBeGreaterThanOrEqual(3_600_000);
			await noteOptOut(store, parseMessage({ ...written, text: 'STOP' }, 0));
			expect(await enqueue(store, to, message)).toMatchObject({ status: 'refused', reason: 'opted_out' });
			await setSendStop(store, to, null);
			expect(await enqueue(store, to, message)).toMatchObject({ status: 'queued' });
			expect(await eraseContact(store, { identity: { platform, id } }, {})).toMatchObject({
				receipt: { counts: { outbox: 1 } },
			});
			expect(await enqueue(store, to, message)).toMatchObject({ status: 'refused', reason: 'erased' });
		},
	);
});
