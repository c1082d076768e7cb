import {
	enqueue,
	getOutbox,
	sendDue,
	telegramChannel,
	telegramClient,
	receive,
} from '../../../../src/channels';
import { getMessages } from '../../../../src/chat';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, type Stand } from '../../store/stand';

let stand: Stand;
let cloud: TelegramCloud;
beforeAll(async () => {
	stand = await openStand('topics');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

const client = () => telegramClient({ token: cloud.token, baseUrl: cloud.cloud.url, timeoutMs: 5000 });
const group = {
	platform: 'telegram' as const,
	account: '123456789',
	chatId: '-100700',
	chatKind: 'group' as const,
};
const text = { operation: 'message' as const, text: 'To the topic', format: 'plain' as const };
const file = {
	operation: 'media' as const,
	format: 'plain' as const,
	media: [{ kind: 'photo' as const, fileId: 'f' }],
};
const asked = () => cloud.cloud.requests.map(({ body }) => body['message_thread_id']);

test.each([
	['a text', text, '7', 7],
	['a file', file, '7', 7],
	['an album', { ...file, media: [...file.media, ...file.media] }, '7', 7],
	['the sign of typing', { operation: 'typing' as const }, '7', 7],
	['a text for the topic "General"', text, '1', undefined],
	['a text for no topic', text, undefined, undefined],
])('%s goes into the topic', async (_what, content, threadId, expected) => {
	await client().send({ target: { ...group, threadId }, content });
	expect(asked().at(-1)).toBe(expected);
});

test('what goes through the outbox keeps its topic, and is stored with it', async () => {
	const store = stand.open('postgres', { tenant: await stand.tenant() });
	await enqueue(store, { ...group, threadId: '7' }, text, { key: 'k' });
	// The same key for another topic is another message.
	await expect(enqueue(store, { ...group, threadId: '8' }, text, { key: 'k' })).rejects.toThrow(
		/another message/,
	);
	expect((await getOutbox(store)).items[0]).toMatchObject({ threadId: '7' });
	await sendDue(store, client(), { platform: 'telegram' });
	expect(asked().at(-1)).toBe(7);
	const { items } = await getMessages(store, {});
	expect(items[0]).toMatchObject({ text: 'To the topic', metadata: { threadId: '7' } });
});

test.each([
	[true, 5],
	[undefined, undefined],
])('a received message has a topic when it is of one (%s)', (isTopic, threadId) => {
	const message = {
		...{ message_id: 7, date: 1_772_442_000, text: 'Hi', message_thread_id: 5, is_topic_message: isTopic },
		...{ chat: { id: -100700, type: 'supergroup' }, from: { id: 1, is_bot: false, first_name: 'A' } },
	};
	const secret = 'a-secret-token-of-some-length';
	const channel = telegramChannel({ secrets: { current: secret }, account: '123456789' });
	const { events } = receive(channel, {
		...{ method: 'POST', query: {}, publicUrl: 'https://hooks.example.com/t' },
		headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
		body: Buffer.from(JSON.stringify({ update_id: 1, message })),
	});
	expect(events[0]).toMatchObject({ kind: 'message' });
	const [event] = events;
	const metadata =
		event?.kind === 'message' && event.message.event !== 'delete' ? event.message.metadata : undefined;
	expect((metadata as { threadId?: number } | undefined)?.threadId).toBe(threadId);
});
