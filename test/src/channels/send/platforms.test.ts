import { randomUUID } from 'node:crypto';

import {
	gatewayClient,
	messengerClient,
	parseContent,
	parseTarget,
	sendOnce,
	twilioClient,
	whatsAppClient,
	type ChannelClient,
	type ContentInput,
} from '../../../../src/channels/send';
import type { Platform } from '../../../../src/channels';
import { Cloud, type Reaction } from '../../../support/channels/cloud';

const token = `EAA${'x1'.repeat(20)}`;
const password = `key-${randomUUID()}`;
let cloud: Cloud;
let next: Reaction[] = [];

beforeAll(async () => {
	cloud = await Cloud.start((request) => next.shift() ?? usual(request.path));
});
afterAll(() => cloud?.stop());
beforeEach(() => {
	next = [];
});

/** As the documentation of each shows its answers: see the sources named in src/channels/send. */
function usual(path: string): Reaction {
	if (path.includes('/Messages.json')) return { status: 201, body: { sid: 'SM1', status: 'queued' } };
	if (path.startsWith('/gateway')) return { status: 200, body: { data: { id: 42 } } };
	if (path.includes('/phone1/'))
		return {
			status: 200,
			body: {
				messaging_product: 'whatsapp',
				contacts: [{ wa_id: '15005550111' }],
				messages: [{ id: 'wamid.1' }],
			},
		};
	return { status: 200, body: { recipient_id: '1', message_id: 'm_1' } };
}

const clients = (): Record<Exclude<Platform, 'telegram'>, ChannelClient> => ({
	whatsapp: whatsAppClient({ accessToken: token, baseUrl: cloud.url }),
	messenger: messengerClient({ accessToken: token, baseUrl: cloud.url }),
	instagram: messengerClient({ accessToken: token, baseUrl: cloud.url }),
	sms: twilioClient({ accountSid: 'AC1', username: 'AC1', password, baseUrl: cloud.url }),
});
const accounts = { whatsapp: 'phone1', messenger: 'page1', instagram: 'insta1', sms: '+15005550006' };
const request = (platform: keyof typeof accounts, content: ContentInput) => ({
	target: parseTarget({ platform, account: accounts[platform], chatId: '15005550111' }),
	content: parseContent(content),
});
const send = (platform: keyof typeof accounts, content: ContentInput) =>
	clients()[platform].send(request(platform, content));
const last = () => cloud.requests.at(-1);
const hello: ContentInput = { operation: 'message', text: 'hello "you" {{x}}' };

test.each<[keyof typeof accounts, ContentInput, string, object]>([
	[
		'whatsapp',
		{ ...hello, replyTo: 'wamid.0' },
		'/v23.0/phone1/messages',
		{
			to: '15005550111',
			type: 'text',
			text: { body: 'hello "you" {{x}}' },
			context: { message_id: 'wamid.0' },
		},
	],
	[
		'whatsapp',
		{ ...hello, buttons: [[{ text: 'Yes', data: 'y' }]] },
		'/v23.0/phone1/messages',
		{
			interactive: {
				type: 'button',
				action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
			},
		},
	],
	[
		'whatsapp',
		{ operation: 'template', name: 'order_ready', language: 'en_US', values: ['Anna'] },
		'/v23.0/phone1/messages',
		{
			template: {
				name: 'order_ready',
				language: { code: 'en_US' },
				components: [{ type: 'body', parameters: [{ type: 'text', text: 'Anna' }] }],
			},
		},
	],
	[
		'whatsapp',
		{ operation: 'media', media: [{ kind: 'photo', url: 'https://files.example.com/a.jpg', caption: 'c' }] },
		'/v23.0/phone1/messages',
		{ type: 'image', image: { link: 'https://files.example.com/a.jpg', caption: 'c' } },
	],
	[
		'whatsapp',
		{ operation: 'typing', messageId: 'wamid.0' },
		'/v23.0/phone1/messages',
		{ message_id: 'wamid.0', typing_indicator: { type: 'text' } },
	],
	[
		'messenger',
		{ ...hello, buttons: [[{ text: 'Yes' }]] },
		'/v23.0/page1/messages',
		{ recipient: { id: '15005550111' }, message: { quick_replies: [{ title: 'Yes', payload: 'Yes' }] } },
	],
	['instagram', hello, '/v23.0/insta1/messages', { message: { text: 'hello "you" {{x}}' } }],
	['messenger', { operation: 'typing' }, '/v23.0/page1/messages', { sender_action: 'typing_on' }],
	[
		'sms',
		hello,
		'/2010-04-01/Accounts/AC1/Messages.json',
		{ To: '15005550111', From: '+15005550006', Body: 'hello "you" {{x}}' },
	],
	[
		'sms',
		{ operation: 'media', media: [{ url: 'https://files.example.com/a.jpg' }] },
		'/2010-04-01/Accounts/AC1/Messages.json',
		{ MediaUrl: 'https://files.example.com/a.jpg' },
	],
])('on %s %j goes as the documentation says', async (platform, content, path, body) => {
	await send(platform, content);
	expect(last()).toMatchObject({ path, body });
});

test('the ids come back, and no key stands in an address', async () => {
	expect(await send('whatsapp', hello)).toEqual({ externalIds: ['wamid.1'], chatId: '15005550111' });
	expect(await send('messenger', hello)).toEqual({ externalIds: ['m_1'] });
	expect(await send('sms', hello)).toEqual({ externalIds: ['SM1'] });
	for (const { path } of cloud.requests) expect(path).not.toContain(token);
});

test.each([
	['instagram', { operation: 'edit', messageId: '1', text: 'x' }],
	['whatsapp', { operation: 'delete', messageId: '1' }],
	['sms', { operation: 'typing' }],
	['messenger', { operation: 'answerCallback', callbackId: '1' }],
] as const)('what %s cannot do is an error that names both: %j', async (platform, content) => {
	const before = cloud.requests.length;
	await expect(send(platform, content)).rejects.toMatchObject({
		code: 'unsupported',
		message: expect.stringMatching(new RegExp(`${content.operation}`)) as string,
	});
	expect(cloud.requests).toHaveLength(before);
});

const site = { text: 'See', url: 'https://example.com' };
test.each<[string, keyof typeof accounts, ContentInput]>([
	['the end of a text', 'messenger', { operation: 'message', text: 'x'.repeat(641), buttons: [[site]] }],
	[
		'a caption',
		'whatsapp',
		{
			operation: 'media',
			media: [{ kind: 'audio', url: 'https://files.example.com/a.mp3', caption: 'words' }],
		},
	],
	['a file', 'sms', { operation: 'media', media: [{ kind: 'photo', fileId: 'F1', caption: 'words' }] }],
])('%s that %s would not show is refused, and not left out', async (_, platform, content) => {
	const before = cloud.requests.length;
	await expect(send(platform, content)).rejects.toMatchObject({
		code: expect.stringMatching(/^(invalid_input|unsupported)$/) as string,
	});
	expect(cloud.requests).toHaveLength(before);
});

const graph = (code: number, message: string, subcode?: number): Reaction => ({
	status: 400,
	body: { error: { message, code, ...(subcode !== undefined && { error_subcode: subcode }) } },
});
const twilio = (status: number, code: number): Reaction => ({ status, body: { code, message: 'no' } });

test.each<[keyof typeof accounts, Reaction, string, object]>([
	['whatsapp', graph(131_047, 'Re-engagement message'), 'window_closed', {}],
	['whatsapp', graph(131_056, 'pair rate limit hit'), 'rate_limited', { retryAfterMs: 6000 }],
	['whatsapp', graph(130_429, 'Rate limit hit'), 'rate_limited', { retryAfterMs: 60_000 }],
	['whatsapp', graph(131_026, 'Undeliverable'), 'chat_not_found', { chatId: '15005550111' }],
	['whatsapp', graph(190, 'Token expired'), 'unauthorised', {}],
	['whatsapp', graph(132_000, 'Parameter count'), 'rejected', { sourceCode: '132000' }],
	['messenger', graph(10, 'outside of allowed window', 2_018_278), 'window_closed', {}],
	['messenger', graph(551, 'This person is not available'), 'blocked', {}],
	['instagram', graph(100, 'No matching user', 2_018_001), 'chat_not_found', {}],
	['instagram', { status: 502, body: 'Bad Gateway' }, 'outcome_unknown', {}],
	['sms', twilio(400, 21_610), 'opted_out', {}],
	['sms', twilio(400, 21_211), 'chat_not_found', {}],
	['sms', twilio(401, 20_003), 'unauthorised', {}],
	[
		'sms',
		{ status: 429, body: { code: 20_429 }, headers: { 'retry-after': '2' } },
		'rate_limited',
		{ retryAfterMs: 2000 },
	],
	['sms', 'cut', 'outcome_unknown', {}],
	[
		'sms',
		{ status: 301, body: '', headers: { location: 'https://other.example.com/x' } },
		'misconfigured',
		{ sourceCode: '301' },
	],
])('on %s the answer %# is the error %s', async (platform, reaction, code, details) => {
	next = [reaction];
	await expect(send(platform, hello)).rejects.toMatchObject({ code, details });
});

test('RT-22 tokens and secrets are masked in every error', async () => {
	for (const platform of ['whatsapp', 'sms'] as const) {
		next = [
			{
				status: 400,
				body: { error: { code: 100, message: `bad ${token}` }, code: 1, message: `bad ${password}` },
			},
		];
		const failure: unknown = await send(platform, hello).catch((thrown: unknown) => thrown);
		expect(String(failure)).toContain('***');
		expect(`${String(failure)}${JSON.stringify(failure)}`).not.toMatch(/EAAx1|key-\w{8}/);
	}
});

describe('RT-17 24 hours after the last message of the customer', () => {
	const late = 25 * 3_600_000;

	test('WhatsApp gets the template that the message names', async () => {
		const content: ContentInput = { ...hello, fallback: { name: 'come_back', language: 'en', values: [] } };
		const { content: said } = await sendOnce(clients().whatsapp, request('whatsapp', content), {
			sinceInboundMs: late,
		});
		expect(said).toMatchObject({ operation: 'template', name: 'come_back' });
		// Also when only the platform knows that it is late.
		next = [graph(131_047, 'Re-engagement message')];
		await sendOnce(clients().whatsapp, request('whatsapp', content));
		expect(last()?.body).toMatchObject({ type: 'template' });
	});

	test('without one it is refused with the reason, and nothing is sent', async () => {
		const before = cloud.requests.length;
		await expect(
			sendOnce(clients().whatsapp, request('whatsapp', hello), { sinceInboundMs: late }),
		).rejects.toMatchObject({
			code: 'window_closed',
			message: expect.stringContaining('24 hours') as string,
		});
		expect(cloud.requests).toHaveLength(before);
		await sendOnce(clients().whatsapp, request('whatsapp', hello), { sinceInboundMs: 3_600_000 });
		expect(cloud.requests).toHaveLength(before + 1);
	});

	test('a person answers on Messenger for seven days, with the tag where it is late', async () => {
		const client = messengerClient({ accessToken: token, baseUrl: cloud.url, humanAgent: true });
		const after = async (sinceInboundMs: number) => {
			await sendOnce(client, request('messenger', hello), { sinceInboundMs });
			return last()?.body;
		};
		expect(await after(3_600_000)).toMatchObject({ messaging_type: 'RESPONSE' });
		expect(await after(2 * late)).toMatchObject({ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' });
		const before = cloud.requests.length;
		await expect(after(8 * late)).rejects.toMatchObject({ code: 'window_closed' });
		expect(cloud.requests).toHaveLength(before);
	});

	test('a template may go at any time', async () => {
		const template: ContentInput = { operation: 'template', name: 'n' };
		await sendOnce(clients().whatsapp, request('whatsapp', template), { sinceInboundMs: late });
		expect(last()?.body).toMatchObject({ type: 'template' });
	});
});

test('RT-24 a gateway gets its JSON with the text as text', async () => {
	const client = gatewayClient({
		url: `${cloud.url}/gateway`,
		header: { name: 'x-key', value: 'gateway-key-1' },
		body: '{"to": "{{to}}", "message": {"text": "{{text}}", "from": "{{from}}"}}',
		idPath: 'data.id',
	});
	const text = `"}, {{to}} \\ 'x'`;
	const sent = await client.send(request('sms', { operation: 'message', text }));
	expect(sent).toEqual({ externalIds: ['42'] });
	expect(last()).toMatchObject({
		headers: { 'x-key': 'gateway-key-1' },
		body: { to: '15005550111', message: { text, from: '+15005550006' } },
	});
	await client.send(
		request('sms', { operation: 'message', text: 'Look', buttons: [[site], [{ text: 'Yes' }]] }),
	);
	expect(last()).toMatchObject({ body: { message: { text: 'Look\nSee: https://example.com' } } });
	const broken = gatewayClient({ url: cloud.url, body: '{"to": {{to}}' });
	await expect(broken.send(request('sms', hello))).rejects.toMatchObject({ code: 'misconfigured' });
});
