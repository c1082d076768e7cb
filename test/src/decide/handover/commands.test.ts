import { operatorMessageOf } from '../../../../src/decide';
import { parseTelegramUpdate } from '../../../../src/channels';
import { parseMessage } from '../../../../src/chat';
import { readWish } from '../../../../src/decide/handover/commands';

test.each([
	['We are on it', { intent: 'answer', text: 'We are on it' }],
	['  We are on it \n', { intent: 'answer', text: 'We are on it' }],
	['/take', { intent: 'take', text: '' }],
	['/TAKE@example_bot', { intent: 'take', text: '' }],
	['/take 12', { intent: 'take', number: 12, text: '' }],
	['/take #12', { intent: 'take', number: 12, text: '' }],
	['/back', { intent: 'handBack', text: '' }],
	['/close', { intent: 'close', text: '' }],
	['/help', { intent: 'help', text: '' }],
	[
		'/answer 12 Good morning,\nall is well',
		{
			intent: 'answer',
			number: 12,
			text: 'Good morning,\nall is well',
			numberedText: '12 Good morning,\nall is well',
		},
	],
	['/answer Good morning', { intent: 'answer', text: 'Good morning' }],
	['/answer 12', { intent: 'empty', number: 12, text: '', numberedText: '12' }],
	['/answer', { intent: 'empty', text: '' }],
	['// he is angry', { intent: 'note', text: 'he is angry' }],
	['NOTE: he is angry', { intent: 'note', text: 'he is angry' }],
	['Заметка: перезвонить', { intent: 'note', text: 'перезвонить' }],
	['/spam', { intent: 'feedback', text: '', feedback: { isSpam: true } }],
	['/notspam 12', { intent: 'feedback', number: 12, text: '', feedback: { isSpam: false } }],
	['/category Gratitude', { intent: 'feedback', text: '', feedback: { category: 'GRATITUDE' } }],
	['/category whatever', { intent: 'unknown', text: '' }],
	['/frobnicate it', { intent: 'unknown', text: '' }],
	// A path or a fraction is no command; it is the client's.
	['/var/log is full', { intent: 'answer', text: '/var/log is full' }],
	['#12 is angry', { intent: 'answer', text: '#12 is angry' }],
	['', { intent: 'empty', text: '' }],
])('ED-33 what an operator wants with %j', (text, wish) => {
	expect(readWish(text, false)).toEqual(wish);
});

test('a file without words is an answer, also behind a number', () => {
	expect(readWish('', true)).toEqual({ intent: 'answer', text: '' });
	expect(readWish('/answer 12', true)).toEqual({
		intent: 'answer',
		number: 12,
		text: '',
		numberedText: '12',
	});
});

test.each([
	['/close@our_bot', 'close'],
	['/close@Our_Bot', 'close'],
	['/close', 'close'],
	['/close@another_bot', 'forOthers'],
	['/answer@another_bot 12 hello', 'forOthers'],
])('where our bot is called our_bot, %s is %s', (text, intent) => {
	expect(readWish(text, false, 'our_bot').intent).toBe(intent);
});

test('a command names any bot where nobody knows how ours is called', () => {
	expect(readWish('/close@some_bot', false).intent).toBe('close');
});

test.each([
	['is called as the message that is answered says', { id: 123, is_bot: true }, '123', 'our_bot'],
	['is not the other bot whose message is answered', { id: 456, is_bot: true }, '123', undefined],
	['is no person', { id: 123, is_bot: false }, '123', undefined],
	['may be any where an update does not say whose it is', { id: 456, is_bot: true }, 'default', 'our_bot'],
])('our bot %s', (_what, from, account, expected) => {
	const message = {
		...{ message_id: 9, date: 1_780_000_000, text: '/close', chat: { id: -5, type: 'supergroup' } },
		from: { id: 71, is_bot: false, first_name: 'Boris' },
		reply_to_message: { message_id: 8, chat: { id: -5 }, from: { ...from, username: 'our_bot' } },
	};
	const [event] = parseTelegramUpdate({ update_id: 1, message }, account).events;
	const parsed = parseMessage(event?.kind === 'message' ? event.message : {}, 0);
	expect(operatorMessageOf(parsed)?.botName).toBe(expected);
});
