import {
	EventQueue,
	parseTelegramUpdate,
	QueueWorker,
	receive,
	type ChannelEvent,
	type HandedOver,
} from '../../../../src/channels';
import { getMessages, storeMessages } from '../../../../src/chat';
import type { MessageInput } from '../../../../src/shared';
import type { Store } from '../../../../src/store';
import { textUpdate } from '../../../support/channels/telegram-deliverer';
import { poll } from '../../../support/n8n/poll';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { fixture, kindOf, signedRequest } from './channels';

const signingKey = 'a'.repeat(32);
let stand: Stand;

beforeAll(async () => {
	stand = await openStand('channels-stored');
});
afterAll(() => stand?.close());

const eventsOf = (update: unknown): ChannelEvent[] => parseTelegramUpdate(update, '123456').events;

function messagesOf(events: ChannelEvent[]): MessageInput[] {
	return events.flatMap((event) => (event.kind === 'message' ? [event.message] : []));
}

function received(platform: string, name: string): MessageInput[] {
	const channel = kindOf(platform).open({ current: signingKey });
	return messagesOf(
		receive(channel, signedRequest(platform, fixture(platform, name).body, signingKey)).events,
	);
}

describe.each(transportNames)('over %s', (transport) => {
	let store: Store;
	let tenant: string;

	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	const rows = async (columns: string): Promise<unknown[]> =>
		await stand.supabase.exec(
			`select ${columns} from opsdesk.messages where tenant_id = $1 order by sent_at, id`,
			[tenant],
		);

	/** As one worker does: its own disk, the store of all. */
	async function worker(name: string, events: ChannelEvent[], handed: HandedOver[]): Promise<QueueWorker> {
		const queue = await EventQueue.open(stand.scope.path(`${transport}-${name}`));
		await Promise.all(events.map(async (event) => await queue.put(event)));
		return new QueueWorker(queue, {
			store: async (messages) => await storeMessages(store, messages, { deliveryId: queue.id }),
			handOver: (one) => Promise.resolve(void handed.push(one)),
		});
	}

	test('RT-7: two workers with disks of their own store and run each message once', async () => {
		const events = Array.from({ length: 40 }, (_, id) => eventsOf(textUpdate(id + 1))).flat();
		const handed: HandedOver[] = [];
		const workers = await Promise.all([
			worker('one', events, handed),
			worker('other', [...events].reverse(), handed),
		]);
		await poll(120_000, () => Promise.resolve(handed.length >= 40 ? true : undefined));
		for (const one of workers) await one.close();
		expect(new Set(handed.map(({ event }) => event.id)).size).toBe(40);
		expect(handed).toHaveLength(40);
		expect(await rows('id')).toHaveLength(40);
	});

	test('RT-7: what was stored by a worker that was killed before it ran still runs, once', async () => {
		const events = eventsOf(textUpdate(1));
		const queue = await EventQueue.open(stand.scope.path(`${transport}-killed`));
		for (const event of events) await queue.put(event);
		await storeMessages(store, messagesOf(events), { deliveryId: queue.id });
		const handed: HandedOver[] = [];
		const again = await worker('killed', events, handed);
		const elsewhere = await worker('elsewhere', events, handed);
		await poll(120_000, () => Promise.resolve(handed.length > 0 ? true : undefined));
		await Promise.all([again.close(), elsewhere.close()]);
		expect(handed).toHaveLength(1);
		expect(await rows('id')).toHaveLength(1);
	});

	test('RT-8: an album of ten that comes in parallel is one conversation with ten files of one group', async () => {
		const album = Array.from({ length: 10 }, (_, index) => ({
			update_id: 500 + index,
			message: {
				...{ message_id: 70 + index, date: 1_772_442_000, media_group_id: '13579' },
				chat: { id: 4242, type: 'private' },
				from: { id: 4242, is_bot: false, first_name: 'Anna' },
				photo: [{ file_id: `picture-${index}`, width: 800, height: 600 }],
			},
		})).map((update) => messagesOf(eventsOf(update)));
		const stored = (await Promise.all(album.map(async (one) => await storeMessages(store, one)))).flat();
		expect(new Set(stored.map(({ conversationId }) => conversationId)).size).toBe(1);
		expect(await rows("metadata ->> 'group' as album")).toEqual(Array(10).fill({ album: '13579' }));
		const files = await stand.supabase.exec(
			'select count(*)::int as n from opsdesk.attachments where tenant_id = $1',
			[tenant],
		);
		expect(files).toEqual([{ n: 10 }]);
	});

	test('RT-9: updates out of order are kept in the order of their times, an edit before its original too', async () => {
		const edited = {
			update_id: 900,
			edited_message: {
				...{ message_id: 2, date: 1_772_442_002, edit_date: 1_772_442_300, text: 'Corrected' },
				chat: { id: 4242, type: 'private' },
				from: { id: 4242, is_bot: false, first_name: 'Anna' },
			},
		};
		for (const update of [textUpdate(3), edited, textUpdate(1), textUpdate(2)]) {
			await storeMessages(store, messagesOf(eventsOf(update)));
		}
		expect(await rows('content')).toEqual([
			{ content: 'Message 1' },
			{ content: 'Corrected' },
			{ content: 'Message 3' },
		]);
	});

	test('RT-18: a message that was deleted on Instagram is hidden, whichever comes first', async () => {
		const [text, deleted] = [received('instagram', 'text'), received('instagram', 'deleted')];
		for (const messages of [deleted, text]) await storeMessages(store, messages);
		expect(await rows('deleted_at is not null as hidden')).toEqual([{ hidden: true }]);
		const list = await getMessages(store);
		expect(list.items).toEqual([]);
	});

	test('RT-6: a message of an unknown kind is kept with all it holds', async () => {
		await storeMessages(store, received('whatsapp', 'unknown'));
		expect(await rows("content_type, data #>> '{hologram,id}' as hologram")).toEqual([
			{ content_type: 'unsupported', hologram: 'h' },
		]);
	});

	test('a group that became a supergroup goes on as the same conversation', async () => {
		const before = {
			...textUpdate(1),
			message: { ...(textUpdate(1) as { message: object }).message, chat: { id: -4242, type: 'group' } },
		};
		const [first] = await storeMessages(store, messagesOf(eventsOf(before)));
		const [moved] = await storeMessages(store, received('telegram', 'migrated-from'));
		expect(moved?.conversationId).toBe(first?.conversationId);
	});
});
