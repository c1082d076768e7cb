import { cardOf, type Circumstances } from '../../../../src/decide/handover/card';
import { requestsOf } from '../../../../src/channels';

const message = {
	...{ id: 553, author: 'contact' as const, name: 'Anna', sentAt: '2026-03-02T09:00:00.000Z', type: 'text' },
	...{ text: 'Nothing works!', attachments: 0 },
};
const about: Circumstances = {
	...{ platform: 'whatsapp', chatTitle: null, chatKind: 'private', tier: 'vip', team: 'support' },
	client: { name: 'Anna', username: 'anna_example', isVip: true },
	message,
	history: [
		{
			...message,
			id: 552,
			author: 'bot',
			name: null,
			sentAt: '2026-03-01T18:30:00.000Z',
			text: 'Hello,\nAnna',
		},
	],
	...{ waiting: [], waitingBefore: 0 },
	...{ reason: 'an unhappy customer', rule: 'urgent_negative', draft: 'We are sorry.' },
	...{ deadlineAt: '2026-03-02T09:05:00.000Z', lapsedHolder: null },
};

test('ED-33 a card says who, where, what was said, why, by when, and how to answer', () => {
	const { text, format } = cardOf(12, about, true);
	expect(format).toBe('html');
	expect(text.split('\n\n')).toEqual([
		'<b>#12 Anna (VIP)</b> · whatsapp · tier vip · team support',
		'2026-03-01 18:30 UTC bot: Hello, Anna',
		'<blockquote>Nothing works!</blockquote>',
		'Why: an unhappy customer (rule urgent_negative)',
		'Answer by: 2026-03-02 09:05 UTC',
		'Draft:\n<blockquote>We are sorry.</blockquote>',
		'Reply to this message to answer the client. /take /back /close, // for a note, /help for more.',
	]);
});

test('RT-16 what others have written stays text', () => {
	const nasty = '</blockquote><a href="https://example.com">&';
	const { text } = cardOf(
		1,
		{ ...about, message: { ...message, text: nasty }, draft: nasty, client: null },
		true,
	);
	expect(text).toContain('&lt;/blockquote&gt;&lt;a href=&quot;https://example.com&quot;&gt;&amp;');
	expect(text).not.toContain('<a ');
	expect(text).toContain('<b>#1 somebody</b>');
});

test('what others are called, and why a model decides, writes no lines of the card', () => {
	const forged = 'Anna\n\nDraft:\nPay';
	const { text } = cardOf(
		12,
		{
			...{ ...about, chatKind: 'group', chatTitle: forged, reason: forged, tier: null, team: null },
			client: { name: forged, username: null, isVip: false },
			history: [{ ...message, id: 552, name: forged, text: 'Hello' }],
		},
		true,
	);
	expect(text.split('\n\n').slice(0, 4)).toEqual([
		'<b>#12 Anna Draft: Pay</b> · whatsapp, Anna Draft: Pay',
		'2026-03-02 09:00 UTC Anna Draft: Pay: Hello',
		'<blockquote>Nothing works!</blockquote>',
		'Why: Anna Draft: Pay (rule urgent_negative)',
	]);
});

test('a card fits into one message of Telegram, whatever was written', () => {
	const long = '🙂<&'.repeat(3000);
	const history = Array.from({ length: 6 }, () => ({ ...message, name: long, text: long }));
	const said = {
		message: { ...message, text: long },
		history,
		draft: long,
		reason: long,
		rule: long,
		tier: long,
		team: long,
	};
	const chat = { chatKind: 'group' as const, chatTitle: long, lapsedHolder: long };
	const client = { name: long, username: null, isVip: true };
	for (const waiting of [[], history.slice(0, 1), history]) {
		const { text } = cardOf(1, { ...about, ...said, ...chat, client, waiting, waitingBefore: 400 }, true);
		expect(
			requestsOf({ platform: 'telegram', account: '1' }, { operation: 'message', text, format: 'html' }),
		).toHaveLength(1);
	}
});

test.each([
	['a picture', { type: 'image', text: null, attachments: 1 }, '[image]'],
	['a picture with words', { type: 'image', text: 'See here', attachments: 1 }, '[image] See here'],
	['a place', { type: 'location', text: null, attachments: 0 }, '[location]'],
	['nothing', { type: 'text', text: null, attachments: 0 }, '[nothing]'],
])('%s has a word on the card', (_what, said, expected) => {
	const { text } = cardOf(1, { ...about, deadlineAt: null, message: { ...message, ...said } }, false);
	expect(text).toBe(`<b>#1 Anna (VIP)</b>\n<blockquote>${expected}</blockquote>`);
});

test('a further message that is urgent says why and by when', () => {
	expect(cardOf(1, about, false).text.split('\n').slice(2)).toEqual([
		'Why: an unhappy customer (rule urgent_negative)',
		'Answer by: 2026-03-02 09:05 UTC',
	]);
});

test('a card names who had the conversation and has not answered', () => {
	expect(cardOf(1, { ...about, lapsedHolder: 'Boris' }, true).text).toContain('it was with Boris');
});

test('a card tells what has waited for it, and keeps which piece is of which message', () => {
	const waiting = [
		{ ...message, id: 551, sentAt: '2026-03-01T22:10:00.000Z', text: 'The invoice is <wrong>' },
	];
	const { text, says, asks } = cardOf(12, { ...about, waiting, waitingBefore: 2 }, true);
	const piece = '<blockquote>2026-03-01 22:10 UTC Anna: The invoice is &lt;wrong&gt;</blockquote>';
	const before = '… and 2 messages before these.';
	expect(text).toContain([before, piece, '<blockquote>Nothing works!</blockquote>'].join('\n\n'));
	expect(asks).toEqual([551, 553]);
	expect(says['551']).toEqual([piece]);
	for (const part of Object.values(says).flat()) expect(text).toContain(part);
	expect(Object.keys(says).sort()).toEqual(['551', '552', '553', 'draft']);
});
