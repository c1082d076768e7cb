import type { IDataObject } from 'n8n-workflow';

import { Cloud } from '../../support/channels/cloud';
import { TelegramCloud } from '../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../src/store/stand';
import { storeMessages } from '../../../src/chat';
import type { MessageInput } from '../../../src/shared';
import { storeCredentials } from '../store-node';
import { sendNode } from './channel-send';

let stand: Stand;
let cloud: TelegramCloud;
let node: ReturnType<typeof sendNode>;
beforeAll(async () => {
	stand = await openStand('channel-send');
	cloud = await TelegramCloud.start();
	node = sendNode(cloud, stand);
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

const inbound = (chatId: string, text: string, platform = 'telegram') => ({
	...{
		event: 'message',
		platform,
		account: platform === 'telegram' ? '123456789' : '+15005550006',
		id: `in ${text}`,
	},
	...{
		chat: { id: chatId, kind: 'private' },
		sender: { id: chatId },
		sentAt: new Date().toISOString(),
		text,
	},
});
const message = { resource: 'message', operation: 'send', platform: 'telegram', to: 'reply' };
const due = { resource: 'outbox', operation: 'sendDue', platform: 'telegram', options: { forSeconds: 60 } };

describe.each(transportNames)('Channel Send with the store over %s', (through) => {
	let tenant: string;
	let chats = through === 'supabase' ? 30_000 : 40_000;
	let chat: string;
	const run = (parameters: IDataObject, ...all: object[]) =>
		node.items(parameters, {
			...{ tenant, through },
			...(all.length > 0 && { input: all.map((json) => ({ json: json as IDataObject })) }),
		});
	beforeEach(async () => {
		tenant = await stand.tenant();
		chats += 1;
		chat = String(chats);
	});

	test('answers wait in the outbox and are sent once; the run says how many, without a word of them', async () => {
		const answer = {
			...message,
			sendThrough: 'outbox',
			text: 'secret words',
			options: { key: '=a {{ $json.id }}' },
		};
		for (const status of ['queued', 'known'])
			expect(await run(answer, inbound(chat, 'one'), inbound(chat, 'two'))).toMatchObject([
				{ status, chatId: chat },
				{ status, chatId: chat },
			]);
		expect(
			await run({ resource: 'outbox', operation: 'getMany', returnAll: true, filters: { state: 'queued' } }),
		).toHaveLength(2);
		const [first] = await run(due);
		expect(first).toMatchObject({ sent: 2, failed: 0, uncertain: 0, toLookInto: [] });
		expect(JSON.stringify(first)).not.toContain('secret words');
		expect(await run(due)).toMatchObject([{ sent: 0 }]);
		expect(cloud.taken.filter(({ chatId }) => chatId === chat)).toHaveLength(2);
	});

	test("an answer to WhatsApp over Twilio is Twilio's to send, and never asked of WhatsApp itself", async () => {
		const twilio = await Cloud.start(() => ({ status: 201, body: { sid: `SM${chat}` } }));
		const options = { forSeconds: 60, apiUrl: twilio.url };
		try {
			const account = 'twilio:+15005550001';
			const answer = {
				...message,
				sendThrough: 'outbox',
				text: 'answer',
				options: { key: '={{ $json.id }}' },
			};
			const written = [
				{ ...inbound(chat, 'one', 'whatsapp'), account },
				{ ...inbound(chat, 'two', 'sms'), account: '+15005550001' },
			];
			await run(answer, ...written);
			expect(await run({ ...due, platform: 'whatsapp', options })).toMatchObject([{ sent: 0 }]);
			const ofNumber = { ...due, platform: 'twilio', options: { ...options, dueAccount: '+15005550002' } };
			expect(await run(ofNumber)).toMatchObject([{ sent: 0 }]);
			expect(await run({ ...due, platform: 'twilio', options })).toMatchObject([{ sent: 2, toLookInto: [] }]);
			expect(twilio.requests.map(({ body }) => [body['From'], body['To']]).sort()).toEqual([
				['+15005550001', chat],
				['whatsapp:+15005550001', `whatsapp:+${chat}`],
			]);
		} finally {
			await twilio.stop();
		}
	});

	test("what names no bot, such as an update of n8n's own Telegram Trigger, is sent by that of the credential", async () => {
		const update = { update_id: 1, message: { message_id: 7, chat: { id: Number(chat), type: 'private' } } };
		await run({ ...message, sendThrough: 'outbox', text: 'one' }, update);
		await run({ ...message, sendThrough: 'outbox', to: 'chat', chatId: chat, text: 'two' });
		const other = { ...due, options: { forSeconds: 60, dueAccount: '987654321' } };
		expect(await run(other)).toMatchObject([{ sent: 0 }]);
		expect(await run(due)).toMatchObject([{ sent: 2 }]);
		const texts = cloud.taken.filter(({ chatId }) => chatId === chat).map(({ text }) => text);
		expect(texts).toEqual(['one', 'two']);
	});

	describe('with several bots in the store', () => {
		const update = () => ({
			update_id: 1,
			message: { message_id: 7, chat: { id: Number(chat), type: 'private' } },
		});
		const answer = { ...message, sendThrough: 'outbox', text: 'one' };
		const sent = () => cloud.taken.filter(({ chatId }) => chatId === chat);

		test('what names no bot is sent by none of them, but by the one that is told to take it', async () => {
			await store(inbound(`${chat}9`, 'to another bot'), '987654321');
			await run(answer, update());
			await run({ ...answer, text: 'two' }, inbound(chat, 'named'));
			expect(await run(due)).toMatchObject([{ sent: 1, failed: 0 }]);
			expect(sent().map(({ text }) => text)).toEqual(['two']);
			const options = { forSeconds: 60, takesUnnamed: true };
			expect(await run({ ...due, options })).toMatchObject([{ sent: 1 }]);
			expect(sent().map(({ text }) => text)).toEqual(['two', 'one']);
		});

		test('a bot that has only ever sent is known, and one that is not active any more counts no more', async () => {
			const second = { telegramApi: { accessToken: '987654321:AAExampleOfAnother-0123456789abcdefghij' } };
			await node.items(due, {
				tenant,
				through,
				credentials: { ...storeCredentials(stand.supabase), ...second },
			});
			await run(answer, update());
			expect(await run(due)).toMatchObject([{ sent: 0 }]);
			await stand.supabase.exec(
				`update opsdesk.channel_accounts set active = false where tenant_id = $1 and external_id = '987654321'`,
				[tenant],
			);
			expect(await run(due)).toMatchObject([{ sent: 1 }]);
		});

		test('what nobody takes for a quarter of an hour is told once, and sent after a replay', async () => {
			await store(inbound(`${chat}9`, 'to another bot'), '987654321');
			await run(answer, update());
			await stand.supabase.exec(
				`update opsdesk.outbox set due_at = now() - interval '16 minutes' where tenant_id = $1`,
				[tenant],
			);
			expect(await run(due)).toMatchObject([
				{ sent: 0, failed: 1, toLookInto: [{ state: 'failed', errorCode: 'unnamed_bot', chatId: chat }] },
			]);
			expect(await run(due)).toMatchObject([{ failed: 0, toLookInto: [] }]);
			await run({ resource: 'outbox', operation: 'replay', options: { errorCode: 'unnamed_bot' } });
			const options = { forSeconds: 60, takesUnnamed: true };
			expect(await run({ ...due, options })).toMatchObject([{ sent: 1 }]);
		});

		async function store(told: object, account: string): Promise<void> {
			await storeMessages(stand.open(through, { tenant }), [{ ...told, account } as MessageInput]);
		}
	});

	test('one that does not say from which platform it came is refused, for the outbox has none of its own', async () => {
		const { platform: _, ...silent } = inbound(chat, 'one');
		const input = [{ json: silent as IDataObject }];
		const answer = { ...message, platform: 'whatsapp', sendThrough: 'outbox', text: 'x' };
		expect(await node.refusal(answer, { tenant, through, input })).toMatch(
			/does not say from which platform/,
		);
	});

	test('one that is uncertain is named, and a person settles it', async () => {
		cloud.script(chat, 'cut');
		await run({ ...message, sendThrough: 'outbox', text: 'x' }, inbound(chat, 'one'));
		const [report] = await run(due);
		expect(report).toMatchObject({
			sent: 0,
			uncertain: 1,
			toLookInto: [{ state: 'uncertain', chatId: chat }],
		});
		const [entry] = report?.['toLookInto'] as IDataObject[];
		const settle = { resource: 'outbox', operation: 'settle', entryId: entry?.['id'] ?? 0 };
		expect(await run({ ...settle, decision: 'resend' })).toMatchObject([
			{ state: 'queued', was: 'uncertain' },
		]);
		expect(await run(due)).toMatchObject([{ sent: 1 }]);
	});

	test('what has failed is replayed', async () => {
		cloud.script(chat, TelegramCloud.error(401, 'Unauthorized'));
		await run({ ...message, sendThrough: 'outbox', text: 'x' }, inbound(chat, 'one'));
		expect(await run(due)).toMatchObject([{ failed: 1, toLookInto: [{ errorCode: 'unauthorised' }] }]);
		expect(
			await run({ resource: 'outbox', operation: 'replay', options: { errorCode: 'unauthorised' } }),
		).toMatchObject([{ state: 'queued' }]);
		expect(await run(due)).toMatchObject([{ sent: 1 }]);
	});

	test('directly with the store, what was sent is stored and found by its conversation', async () => {
		const [sent] = await run({ ...message, sendThrough: 'store', text: 'kept' }, inbound(chat, 'one'));
		expect(sent).toMatchObject({ status: 'sent', stored: [{ status: 'created' }] });
		const [row] = await stand.supabase.exec<{ id: string; direction: string; content: string }>(
			`select conversation_id as id, direction, content from opsdesk.messages where tenant_id = $1`,
			[tenant],
		);
		expect(row).toMatchObject({ direction: 'outbound', content: 'kept' });
		await run({
			...message,
			sendThrough: 'store',
			text: 'again',
			to: 'conversation',
			conversationId: Number(row?.id),
		});
		expect(cloud.taken.at(-1)).toMatchObject({ chatId: chat, text: 'again' });
	});

	test('RT-19 who says STOP gets nothing more until START', async () => {
		const judge = { resource: 'recipient', operation: 'judge', incoming: '={{ $json }}' };
		const number = `+1500${chat}`;
		const answer = { ...message, sendThrough: 'outbox', text: 'offer' };
		expect(await run(judge, inbound(number, 'STOP', 'sms'))).toMatchObject([
			{ isOptOutWord: true, stopped: true },
		]);
		expect(await run(answer, inbound(number, 'a', 'sms'))).toMatchObject([
			{ status: 'refused', reason: 'opted_out' },
		]);
		expect(await run(judge, inbound(number, 'START', 'sms'))).toMatchObject([{ stopped: false }]);
		expect(await run(answer, inbound(number, 'b', 'sms'))).toMatchObject([{ status: 'queued' }]);
	});

	test('a person may stop what is sent to a chat, which is refused directly as well', async () => {
		const chosen = { platform: 'telegram', to: 'chat', chatId: chat, account: '123456789' };
		await run({ resource: 'recipient', operation: 'set', allowed: false, ...chosen });
		const refusal = await node.refusal(
			{ ...message, ...chosen, sendThrough: 'store', text: 'x' },
			{ tenant, through },
		);
		expect(refusal).toMatch(/wants no messages/);
		await run({ resource: 'recipient', operation: 'set', allowed: true, ...chosen });
		expect(await run({ ...message, ...chosen, sendThrough: 'store', text: 'x' })).toMatchObject([
			{ status: 'sent' },
		]);
	});

	test.each(['replay', 'settle', 'sendDue', 'getMany'])(
		'as a tool Outbox: %s is for people',
		async (operation) => {
			expect(
				await node.asTool({ resource: 'outbox', operation, platform: 'telegram' }, { tenant, through }),
			).toContain('not allowed');
		},
	);
});
