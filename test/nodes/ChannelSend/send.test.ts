import type { IDataObject } from 'n8n-workflow';

import { itemOf } from '../../../nodes/ChannelTrigger/item';
import * as channels from '../../../src/channels';
import { parseTwilio } from '../../../src/channels/receive/twilio/parse';
import { fixture } from '../../src/channels/receive/channels';
import { Cloud } from '../../support/channels/cloud';
import { TelegramCloud } from '../../support/channels/telegram-cloud';
import { sendNode } from './channel-send';

let cloud: TelegramCloud;
let node: ReturnType<typeof sendNode>;
beforeAll(async () => {
	cloud = await TelegramCloud.start();
	node = sendNode(cloud);
});
afterAll(() => cloud?.cloud.stop());

const last = () => cloud.cloud.requests.at(-1);
const items = (...all: object[]) => ({ input: all.map((json) => ({ json: json as IDataObject })) });
const message = { resource: 'message', operation: 'send', sendThrough: 'directly', platform: 'telegram' };
const toChat = { to: 'chat', chatId: '501' };

/** As Channel Trigger gives what Twilio has posted. */
function itemOfRequest(body: Record<string, string>): object {
	const [event] = parseTwilio(body, new Date()).events;
	if (!event) throw new Error('Nothing was read.');
	return itemOf({ event, attempt: 1 }, { includesRaw: true }, channels).json;
}

const hostile = `{{ $json.secret }} "quoted" 'x' <b>&</b> {{name}}`;

describe('an answer goes where its message came from', () => {
	const normal = {
		...{ event: 'message', platform: 'telegram', account: '123456789', id: '7' },
		...{
			chat: { id: '-100502', kind: 'group' },
			sender: { id: '9' },
			sentAt: '2026-01-01T00:00:00Z',
			text: 'hi',
		},
	};

	test.each<[string, object, string]>([
		['a message in its normal form', normal, '-100502'],
		[
			'an event of Channel Trigger',
			{ kind: 'message', platform: 'telegram', account: '123456789', message: normal },
			'-100502',
		],
		[
			"an update of n8n's own Telegram Trigger",
			{ update_id: 1, message: { message_id: 7, chat: { id: 503, type: 'private' }, text: 'hi' } },
			'503',
		],
		[
			'a pressed button',
			{
				kind: 'callback',
				platform: 'telegram',
				account: '123456789',
				callback: { id: '1', chatId: '504', sender: { id: '9' } },
			},
			'504',
		],
		[
			'a decision of Eva Decide, whose message may have come from elsewhere',
			{
				target: { platform: 'telegram', account: '123456789', chatId: '505', chatKind: 'private' },
				message: normal,
			},
			'505',
		],
	])('of %s', async (_what, json, chatId) => {
		const [out] = await node.items({ ...message, to: 'reply', text: 'answer' }, items(json));
		expect(out).toMatchObject({
			chatId,
			account: '123456789',
			status: 'sent',
			messageIds: [expect.any(String)],
		});
		expect(last()?.body).toEqual({ chat_id: chatId, text: 'answer' });
	});

	test('marked as an answer to it, where that is wanted', async () => {
		await node.items({ ...message, to: 'reply', text: 'x', options: { quote: true } }, items(normal));
		expect(last()?.body['reply_parameters']).toMatchObject({ message_id: 7 });
	});

	test('and never by the way of another platform', async () => {
		const refusal = await node.refusal(
			{ ...message, to: 'reply', text: 'x' },
			items({ ...normal, platform: 'whatsapp' }),
		);
		expect(refusal).toMatch(/came from whatsapp.*sends to telegram.*outbox/i);
	});

	describe('of another platform over Twilio', () => {
		let twilio: Cloud;
		beforeAll(async () => {
			twilio = await Cloud.start(() => ({ status: 201, body: { sid: 'SM9' } }));
		});
		afterAll(() => twilio?.stop());

		const came = (fixtureName: string) => {
			const { body } = fixture('twilio', fixtureName);
			return items(itemOfRequest(body as Record<string, string>));
		};
		const overTwilio = () => ({
			...message,
			platform: 'twilio',
			text: 'answer',
			options: { apiUrl: twilio.url },
		});

		test.each([
			['over-whatsapp', { To: 'whatsapp:+15005550006', From: 'whatsapp:+15005550001' }, 'whatsapp'],
			['over-messenger', { To: 'messenger:9000', From: 'messenger:1100' }, 'messenger'],
			['text', { To: '+15005550006', From: '+15005550001' }, 'sms'],
		])('%s is answered by Twilio, from the number it came to', async (name, body, platform) => {
			const [out] = await node.items({ ...overTwilio(), to: 'reply' }, came(name));
			expect(out).toMatchObject({ platform, status: 'sent', messageIds: ['SM9'] });
			expect(twilio.requests.at(-1)?.body).toEqual({ ...body, Body: 'answer' });
		});

		test('a number can be written to as Twilio writes it', async () => {
			const to = { to: 'chat', chatId: 'whatsapp:+15005550111', account: '+15005550001' };
			await node.items({ ...overTwilio(), ...to });
			const addresses = { To: 'whatsapp:+15005550111', From: 'whatsapp:+15005550001' };
			expect(twilio.requests.at(-1)?.body).toMatchObject(addresses);
		});

		test("and never by the platform's own interface", async () => {
			const refusal = await node.refusal(
				{ ...message, platform: 'whatsapp', to: 'reply', text: 'x' },
				came('over-whatsapp'),
			);
			expect(refusal).toMatch(/came from whatsapp over Twilio.*sends to whatsapp.*outbox/i);
		});
	});

	test('a conversation of the store is refused where no store is asked', async () => {
		const answer = { ...message, to: 'conversation', conversationId: 1, text: 'x' };
		expect(await node.refusal(answer)).toMatch(/"Directly" knows no store/);
	});

	test('one that says no chat is refused with the field', async () => {
		expect(await node.refusal({ ...message, to: 'reply', text: 'x' }, items({ text: 'hi' }))).toContain(
			'"Message to Answer"',
		);
	});
});

test('RT-24 text with {{ }} and quotes arrives as it stands', async () => {
	await node.items({ ...message, ...toChat, text: '={{ $json.text }}' }, items({ text: hostile }));
	expect(last()?.body['text']).toBe(hostile);
});

test('RT-16 RT-24 values are escaped for the format and not filled again; one that is missing is named', async () => {
	const values = { value: [{ name: 'who', value: hostile }] };
	await node.items({ ...message, ...toChat, format: 'html', text: '<b>{{who}}</b>', options: { values } });
	expect(last()?.body).toMatchObject({
		parse_mode: 'HTML',
		text: `<b>{{ $json.secret }} &quot;quoted&quot; 'x' &lt;b&gt;&amp;&lt;/b&gt; {{name}}</b>`,
	});
	expect(
		await node.refusal({ ...message, ...toChat, text: '{{who}} {{why}}', options: { values } }),
	).toContain('why');
});

test('RT-15 a long text goes in several messages, in their order, with the buttons below the last', async () => {
	const buttons = {
		button: [
			{ text: 'Yes', data: 'y' },
			{ text: 'Site', url: 'https://example.com' },
		],
	};
	const [out] = await node.items({
		...message,
		...{ to: 'chat', chatId: '510', text: `${'a'.repeat(4096)} end` },
		options: { buttons, buttonsPerRow: 2 },
	});
	expect(out?.['messageIds']).toHaveLength(2);
	expect(cloud.taken.slice(-2).map(({ text }) => text)).toEqual(['a'.repeat(4096), 'end']);
	expect(last()?.body['reply_markup']).toEqual({
		inline_keyboard: [
			[
				{ text: 'Yes', callback_data: 'y' },
				{ text: 'Site', url: 'https://example.com' },
			],
		],
	});
});

test.each<[string, IDataObject, string, object]>([
	[
		'sendMedia',
		{ files: { file: [{ kind: 'photo', source: 'https://files.example.com/a.jpg', caption: 'c' }] } },
		'sendPhoto',
		{ photo: 'https://files.example.com/a.jpg', caption: 'c' },
	],
	['edit', { messageId: '5', newText: 'new' }, 'editMessageText', { message_id: 5, text: 'new' }],
	['delete', { messageId: '5' }, 'deleteMessage', { message_id: 5 }],
	[
		'answerCallback',
		{ callbackId: '8', notice: 'ok' },
		'answerCallbackQuery',
		{ callback_query_id: '8', text: 'ok' },
	],
	['sendTyping', {}, 'sendChatAction', { action: 'typing' }],
])('%s is done', async (operation, parameters, method, body) => {
	await node.items({ ...message, operation, to: 'chat', chatId: '520', ...parameters });
	expect(last()?.path.endsWith(`/${method}`)).toBe(true);
	expect(last()?.body).toMatchObject(body);
});

test('what a platform has not is refused with its name and the operation', async () => {
	const refusal = await node.refusal({
		...message,
		...{
			operation: 'delete',
			platform: 'whatsapp',
			to: 'chat',
			chatId: '15005550111',
			account: 'phone1',
			messageId: '1',
		},
	});
	expect(refusal).toMatch(/WhatsApp has no operation "delete"/);
});

test('RT-22 an item that fails says the chat and the way out, and no token', async () => {
	cloud.script('530', TelegramCloud.error(403, `Forbidden: bot ${cloud.token} was blocked by the user`));
	const run = await node.run(
		{ ...message, to: 'chat', chatId: '={{ $json.to }}', text: 'x' },
		{ ...items({ to: '530' }, { to: '531' }), extra: { onError: 'continueRegularOutput' } },
	);
	const [failed, sent] = run.json('Store');
	expect(failed?.['error']).toMatch(/blocked.*530/);
	expect(sent).toMatchObject({ status: 'sent' });
	expect(JSON.stringify(run.raw)).not.toContain('ExampleToken');
});

test("SMS goes through a gateway of one's own, with the text as text", async () => {
	const gateway = await Cloud.start(() => ({ status: 200, body: { id: 'g1' } }));
	try {
		const [out] = await node.items({
			...{ ...message, platform: 'gateway', gatewayUrl: gateway.url, to: 'chat', chatId: '+15005550111' },
			...{ account: '+15005550006', text: hostile, gatewayBody: '{"n": "{{to}}", "t": "{{text}}"}' },
		});
		expect(out).toMatchObject({ platform: 'sms', messageIds: ['g1'] });
		expect(gateway.requests[0]?.body).toEqual({ n: '+15005550111', t: hostile });
	} finally {
		await gateway.stop();
	}
});

test('as a tool it sends, and takes no message back unless a person has allowed that', async () => {
	expect(await node.asTool({ ...message, to: 'chat', chatId: '540', text: 'from the model' })).toContain(
		'sent',
	);
	expect(cloud.taken.at(-1)).toMatchObject({ chatId: '540', text: 'from the model' });
	const before = cloud.cloud.requests.length;
	expect(
		await node.asTool({ ...message, operation: 'delete', to: 'chat', chatId: '540', messageId: '1' }),
	).toContain('not allowed');
	expect(cloud.cloud.requests).toHaveLength(before);
});
