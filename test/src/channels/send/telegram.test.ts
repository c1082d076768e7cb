import { LocalLimiter } from '../../../../src/channels/limits';
import {
	parseContent,
	parseTarget,
	sendWithin,
	telegramClient,
	type ContentInput,
} from '../../../../src/channels/send';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';

let cloud: TelegramCloud;
beforeAll(async () => {
	cloud = await TelegramCloud.start();
});
afterAll(() => cloud?.cloud.stop());

const client = (token = cloud.token, timeoutMs = 2000) =>
	telegramClient({ token, baseUrl: cloud.cloud.url, timeoutMs });
const request = (chatId: string, content: ContentInput) => ({
	target: parseTarget({ platform: 'telegram', chatId }),
	content: parseContent(content),
});
const text = (said: string): ContentInput => ({ operation: 'message', text: said });
const last = () => cloud.cloud.requests.at(-1);

test('a message goes with its format, its buttons and what it answers', async () => {
	const sent = await client().send(
		request('1', {
			operation: 'message',
			text: '<b>x</b>',
			format: 'html',
			replyTo: '9',
			silent: true,
			noPreview: true,
			buttons: [
				[
					{ text: 'Open', url: 'https://example.com' },
					{ text: 'Yes', data: 'yes:1' },
				],
			],
		}),
	);
	expect(sent).toMatchObject({ externalIds: [expect.any(String)], chatId: '1' });
	expect(last()?.body).toEqual({
		chat_id: '1',
		text: '<b>x</b>',
		parse_mode: 'HTML',
		disable_notification: true,
		link_preview_options: { is_disabled: true },
		reply_parameters: { message_id: 9, allow_sending_without_reply: true },
		reply_markup: {
			inline_keyboard: [
				[
					{ text: 'Open', url: 'https://example.com' },
					{ text: 'Yes', callback_data: 'yes:1' },
				],
			],
		},
	});
});

test.each<[ContentInput, string, object]>([
	[
		{ operation: 'media', media: [{ kind: 'photo', url: 'https://files.example.com/a.jpg', caption: 'c' }] },
		'sendPhoto',
		{ photo: 'https://files.example.com/a.jpg', caption: 'c' },
	],
	[{ operation: 'media', media: [{ kind: 'voice', fileId: 'F1' }] }, 'sendVoice', { voice: 'F1' }],
	[
		{
			operation: 'media',
			media: [
				{ kind: 'photo', fileId: 'F1' },
				{ kind: 'video', fileId: 'F2' },
			],
		},
		'sendMediaGroup',
		{
			media: [
				{ type: 'photo', media: 'F1' },
				{ type: 'video', media: 'F2' },
			],
		},
	],
	[
		{ operation: 'edit', messageId: '5', text: 'new', format: 'markdown' },
		'editMessageText',
		{ message_id: 5, text: 'new', parse_mode: 'MarkdownV2' },
	],
	[{ operation: 'delete', messageId: 5 }, 'deleteMessage', { message_id: 5 }],
	[
		{ operation: 'answerCallback', callbackId: '77', text: 'Done', alert: true },
		'answerCallbackQuery',
		{ callback_query_id: '77', text: 'Done', show_alert: true },
	],
	[{ operation: 'typing' }, 'sendChatAction', { action: 'typing' }],
])('%j is %s', async (content, method, body) => {
	await client().send(request('2', content));
	expect(last()?.path.endsWith(`/${method}`)).toBe(true);
	expect(last()?.body).toMatchObject(body);
});

const { error } = TelegramCloud;

test.each([
	[
		error(429, 'Too Many Requests: retry after 7', { retry_after: 7 }),
		'rate_limited',
		{ retryAfterMs: 7000 },
	],
	[error(403, 'Forbidden: bot was blocked by the user'), 'blocked', { chatId: '3' }],
	[error(400, 'Bad Request: chat not found'), 'chat_not_found', { chatId: '3' }],
	[
		error(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: -1003 }),
		'chat_migrated',
		{ migratedTo: '-1003' },
	],
	[error(400, "Bad Request: can't parse entities"), 'rejected', {}],
	[error(401, 'Unauthorized'), 'unauthorised', {}],
	[error(503, 'Service Unavailable'), 'unavailable', {}],
	[error(502, 'Bad Gateway'), 'outcome_unknown', {}],
	['cut' as const, 'outcome_unknown', {}],
])('answer %# is the error %s', async (reaction, code, details) => {
	cloud.script('3', reaction);
	await expect(client().send(request('3', text('x')))).rejects.toMatchObject({ code, details });
});

test('a platform that does not answer in time is an unknown outcome; one that is not there has sent nothing', async () => {
	cloud.script('4', 'silence');
	await expect(client(cloud.token, 200).send(request('4', text('x')))).rejects.toMatchObject({
		code: 'outcome_unknown',
	});
	const nobody = telegramClient({ token: cloud.token, baseUrl: 'http://127.0.0.1:9' });
	await expect(nobody.send(request('4', text('x')))).rejects.toMatchObject({ code: 'unavailable' });
});

test('RT-22 no token stands in an error, whatever the platform or the way to it says', async () => {
	const wrong = '987654321:BBAnotherTokenOfNobodyAtAll-6543210';
	cloud.script('5', error(400, `Bad Request: https://api.example.com/bot${cloud.token}/x ${cloud.token}`));
	const failures = await Promise.all([
		client()
			.send(request('5', text('x')))
			.catch((thrown: unknown) => thrown),
		client(wrong)
			.send(request('6', text('x')))
			.catch((thrown: unknown) => thrown),
		telegramClient({ token: wrong, baseUrl: 'http://127.0.0.1:9' })
			.send(request('6', text('x')))
			.catch((thrown: unknown) => thrown),
	]);
	for (const failure of failures) {
		const said = `${String(failure)} ${JSON.stringify(failure)} ${(failure as Error).stack}`;
		expect(failure).toBeInstanceOf(Error);
		expect(said).not.toContain('ExampleToken');
		expect(said).not.toContain('AnotherToken');
	}
});

describe('sent directly, within the limits of this process', () => {
	const rules = { limit: 1, periodMs: 150 };
	const limiter = () => new LocalLimiter({ telegram: { account: [], chat: [rules], group: [rules] } });

	test('RT-11 429 with retry_after is waited for, and the message is sent once', async () => {
		cloud.script('10', error(429, 'Too Many Requests: retry after 3', { retry_after: 3 }));
		const startedAt = performance.now();
		await sendWithin(client(), limiter(), request('10', text('once')));
		expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3000);
		expect(cloud.taken.filter(({ chatId }) => chatId === '10')).toHaveLength(1);
	});

	test('RT-12 messages to one chat are paced, also when they are sent at the same time', async () => {
		const shared = limiter();
		const sends = Array.from({ length: 5 }, (_, index) =>
			sendWithin(client(), shared, request('11', text(String(index)))),
		);
		await Promise.all(sends);
		const times = cloud.cloud.requests.filter(({ body }) => body['chat_id'] === '11').map(({ atMs }) => atMs);
		const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(150);
	});

	test('who would wait longer than allowed is told how long', async () => {
		cloud.script('12', error(429, 'Too Many Requests', { retry_after: 30 }));
		await expect(
			sendWithin(client(), limiter(), request('12', text('x')), { mostWaitMs: 1000 }),
		).rejects.toMatchObject({ code: 'rate_limited', details: { retryAfterMs: 30_000 } });
	});

	test('RT-14 a group that has a new id is written to there', async () => {
		cloud.script('-13', error(400, 'Bad Request: upgraded', { migrate_to_chat_id: -10013 }));
		expect(await sendWithin(client(), limiter(), request('-13', text('x')))).toMatchObject({
			formerChatId: '-13',
			target: { chatId: '-10013' },
		});
	});

	test('RT-13 403 is not sent again, and a fault before anything was sent is', async () => {
		cloud.script('14', error(403, 'Forbidden'));
		await expect(sendWithin(client(), limiter(), request('14', text('x')))).rejects.toMatchObject({
			code: 'blocked',
		});
		cloud.script('14', error(503, 'Service Unavailable'));
		await sendWithin(client(), limiter(), request('14', text('y')));
		expect(cloud.taken.filter(({ chatId }) => chatId === '14').map(({ text: said }) => said)).toEqual(['y']);
	});
});
