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
