import { partsOf, requestsOfText, visible } from './helpers';

const emoji = '👩‍👩‍👧‍👦';

describe('RT-15 a text that is too long is split validly', () => {
	test('4,097 characters become two parts that say the same', () => {
		const text = `${'word '.repeat(819)}ab`;
		expect(text).toHaveLength(4097);
		const parts = partsOf('telegram', text, 'plain');
		expect(parts.map((part) => part.length <= 4096)).toEqual([true, true]);
		expect(parts.join(' ')).toBe(text);
		expect(partsOf('telegram', text.slice(0, 4096), 'plain')).toHaveLength(1);
	});

	test('an emoji of several characters at the cut stays whole', () => {
		for (let before = 4080; before <= 4097; before += 1) {
			const parts = partsOf('telegram', `${'a'.repeat(before)}${emoji}${'b'.repeat(20)}`, 'plain');
			expect(parts.join('')).toBe(`${'a'.repeat(before)}${emoji}${'b'.repeat(20)}`);
			expect(parts.filter((part) => part.includes(emoji))).toHaveLength(1);
			for (const part of parts) {
				expect(part.length).toBeLessThanOrEqual(4096);
				expect(part).not.toMatch(/\p{Surrogate}/u);
			}
		}
	});

	test('a letter keeps its accent, and a character without an end is cut all the same', () => {
		const accented = `e\u0301`;
		const [first = '', second = ''] = partsOf('telegram', `${'x'.repeat(4095)}${accented}`, 'plain');
		expect([first, second]).toEqual(['x'.repeat(4095), accented]);
		const endless = `a${'\u0301'.repeat(10_000)}`;
		expect(partsOf('telegram', endless, 'plain').every((part) => part.length <= 4096)).toBe(true);
	});

	test('it is cut at the end of a paragraph, a line, a sentence or a word where there is one', () => {
		expect(partsOf('telegram', `${'a'.repeat(3000)}\n\n${'b c '.repeat(400)}`, 'plain')[0]).toBe(
			'a'.repeat(3000),
		);
		expect(partsOf('telegram', `${'a'.repeat(3000)}. ${'b'.repeat(3000)}`, 'plain')[1]).toBe(
			'b'.repeat(3000),
		);
	});

	test('tags that are open at the cut are closed there and opened again', () => {
		const text = `<b>bold <a href="https://example.com/?a=1&amp;b=2">${'link '.repeat(1000)}</a></b> end`;
		const parts = partsOf('telegram', text, 'html');
		expect(parts).toHaveLength(2);
		expect(parts[0]).toMatch(/^<b>bold <a href="[^"]+">[\s\S]*<\/a><\/b>$/);
		expect(parts[1]).toMatch(/^<b><a href="https:\/\/example.com\/\?a=1&amp;b=2">link /);
		for (const part of parts) expect(visible(part).length).toBeLessThanOrEqual(4096);
		expect(parts.map(visible).join('')).toBe(`bold ${'link '.repeat(1000)} end`);
	});

	test('entities count as the one character that is seen, and are never cut', () => {
		const text = '&amp;'.repeat(4097);
		const parts = partsOf('telegram', text, 'html');
		expect(parts.map((part) => part.replaceAll('&amp;', '').length)).toEqual([0, 0]);
		expect(parts.join('')).toBe(text);
	});

	test('marks of MarkdownV2 that are open at the cut are closed there and opened again', () => {
		const parts = partsOf('telegram', `*bold _${'word\\. '.repeat(900)}_*`, 'markdown');
		expect(parts).toHaveLength(2);
		expect(parts[0]?.startsWith('*bold _')).toBe(true);
		expect(parts[0]?.endsWith('_*')).toBe(true);
		expect(parts[1]?.startsWith('*_word')).toBe(true);
		for (const part of parts) expect(part.replace(/[\\*_]/g, '').length).toBeLessThanOrEqual(4096);
	});

	test('a sign that is escaped opens nothing, and a link stays in one piece', () => {
		const link = `[${'a'.repeat(20)}](https://example.com/\\)x)`;
		const parts = partsOf('telegram', `\\*${'b'.repeat(4085)}${link}${'c'.repeat(50)}`, 'markdown');
		expect(parts.filter((part) => part.includes(link))).toHaveLength(1);
	});

	test.each([
		['html', '<b>open'],
		['html', '<b><i>crossed</b></i>'],
		['html', '<script>x</script>'],
		['markdown', '*open'],
		['markdown', '[no address'],
	] as const)('%s that the platform would refuse as a whole is refused before: %s', (format, text) => {
		expect(() => partsOf('telegram', text, format)).toThrow(
			expect.objectContaining({ code: 'invalid_input' }) as Error,
		);
	});

	test('each platform has a length of its own; that of Instagram is counted in bytes', () => {
		expect(partsOf('whatsapp', 'a'.repeat(4097), 'plain')).toHaveLength(2);
		expect(partsOf('messenger', 'a'.repeat(2001), 'plain')).toHaveLength(2);
		expect(partsOf('sms', 'a'.repeat(1601), 'plain')).toHaveLength(2);
		expect(partsOf('whatsapp', 'a'.repeat(1601), 'plain')).toHaveLength(1);
		expect(partsOf('whatsapp', 'a'.repeat(1601), 'plain', 'twilio')).toHaveLength(2);
		for (const part of partsOf('instagram', 'ж'.repeat(3000), 'plain'))
			expect(Buffer.byteLength(part)).toBeLessThanOrEqual(1000);
	});

	test('the answer is marked at the first part, and the buttons stand below the last', () => {
		const requests = requestsOfText('telegram', {
			text: `${'a'.repeat(4096)} b`,
			replyTo: '5',
			buttons: [[{ text: 'Yes' }]],
		});
		expect(requests).toEqual([
			expect.objectContaining({ replyTo: '5' }),
			expect.objectContaining({ buttons: [[{ text: 'Yes' }]] }),
		]);
		expect(requests[0]).not.toHaveProperty('buttons');
		expect(requests[1]).not.toHaveProperty('replyTo');
	});
});
