import {
	escapeFor,
	escapeHtml,
	escapeMarkdown,
	fillTemplate,
	optOutWord,
	seenText,
	smsSize,
	written,
} from '../../../../src/channels/render';

const hostile = `<b>&"'_*[]()~\`>#+-=|{}.!\\ {{name}} {{ $json.x }}`;

describe('RT-16 text of somebody else stays text', () => {
	test('in HTML', () => {
		expect(escapeHtml('<a href="x">&amp;</a>')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;');
		expect(seenText(`<b>${escapeHtml(hostile)}</b>`, 'html')).toBe(hostile);
	});

	test('in MarkdownV2: every sign that has a meaning there is escaped', () => {
		for (const sign of '_*[]()~`>#+-=|{}.!\\') expect(escapeMarkdown(sign)).toBe(`\\${sign}`);
		expect(seenText(`*${escapeMarkdown(hostile)}*`, 'markdown')).toBe(hostile);
	});

	test('a plain text is left as it is', () => expect(escapeFor('plain', hostile)).toBe(hostile));
});

describe('RT-24 a value in a template', () => {
	test('with {{ }} and quotes stays text and is not filled in again', () => {
		const { text, missing } = fillTemplate('Hello {{name}}, {{what}}!', {
			name: '{{what}}',
			what: `"quoted" 'and' {{name}}`,
		});
		expect(text).toBe(`Hello {{what}}, "quoted" 'and' {{name}}!`);
		expect(missing).toEqual([]);
	});

	test('is escaped for the format, and what has no value is named', () => {
		expect(fillTemplate('<b>{{name}}</b>{{x}}', { name: '<i>' }, 'html')).toEqual({
			text: '<b>&lt;i&gt;</b>',
			missing: ['x'],
		});
		expect(fillTemplate('*{{name}}*', { name: 'a.b' }, 'markdown').text).toBe('*a\\.b*');
	});
});

test.each([
	['', 'GSM-7', 0, 0],
	['a'.repeat(160), 'GSM-7', 160, 1],
	['a'.repeat(161), 'GSM-7', 161, 2],
	['a'.repeat(306), 'GSM-7', 306, 2],
	['a'.repeat(307), 'GSM-7', 307, 3],
	['€'.repeat(80), 'GSM-7', 160, 1],
	[`${'a'.repeat(152)}€${'a'.repeat(152)}`, 'GSM-7', 306, 3],
	['ж'.repeat(70), 'UCS-2', 70, 1],
	['ж'.repeat(71), 'UCS-2', 71, 2],
	[`${'ж'.repeat(66)}😀${'ж'.repeat(66)}`, 'UCS-2', 134, 3],
])('an SMS %# is %s with %i places in %i segments', (text, encoding, units, segments) => {
	expect(smsSize(text)).toEqual({ encoding, units, segments });
});

test.each([
	['STOP', 'stop'],
	[' stop. ', 'stop'],
	['Opt out', 'stop'],
	['Стоп!', 'stop'],
	['START', 'start'],
	['unstop', 'start'],
	['Do not stop', undefined],
	['stopping', undefined],
	['', undefined],
])('RT-19 %j says %s', (text, said) => expect(optOutWord(text)).toBe(said));

test('other platforms get the formats that they have', () => {
	const html = '<b>bold</b> <i>it</i> <u>u</u> <a href="https://example.com">link</a> &lt;';
	expect(written('whatsapp', html, 'html')).toEqual({ text: '*bold* _it_ u link <', format: 'plain' });
	expect(written('sms', html, 'html')).toEqual({ text: 'bold it u link <', format: 'plain' });
	expect(written('telegram', html, 'html')).toEqual({ text: html, format: 'html' });
	expect(written('whatsapp', '*b* ~s~', 'markdown').text).toBe('*b* ~s~');
});
