import { strangeLinks } from '../../../../src/decide/text/links';

test.each([
	...[
		'https://evil.example',
		'www.evil.example',
		'See evil-bank.com.',
		'evil.com?x=1',
		'EVIL.COM:8080',
		'evil.com/report.pdf',
	],
	...[
		'ftp://evil.example',
		'tg://resolve?domain=evil',
		't.me/evil',
		'Пишите на сайт.рф',
		'Ask @evil_support_bot',
	],
	...[
		'https://good.example@evil.com/',
		'https://evil.com\\@good.example/',
		'good.example.evil.com',
		'a.b.c.d.e.f.evil.com',
	],
])('%j leads elsewhere', (text) => {
	expect(strangeLinks(text, ['good.example'])).toHaveLength(1);
});

test.each([
	...[
		'See https://good.example.',
		'good.example/a?b=c',
		'www.good.example',
		'shop.good.example',
		'https://магазин.рф/',
	],
	...[
		'anna@mail.example',
		'Вот report.pdf',
		'Счёт отправлен.Ждите',
		'т.д., т.е. и 1.2.3',
		'e.g. at 9 a.m.',
		'и так далее…',
	],
])('%j does not', (text) => {
	expect(strangeLinks(text, ['good.example', 'https://магазин.рф'])).toEqual([]);
});

test('an account may be named where its host may be linked', () => {
	expect(strangeLinks('Ask @our_bot', ['t.me'])).toEqual([]);
});

test('ED-8: a long answer is looked through within a second', () => {
	const begun = performance.now();
	for (const part of ['a.', 'abc.', 'a-', '@a', 'http://', 'aaa', 'www.', 'а.б'])
		strangeLinks(part.repeat(20_000 / part.length), []);
	expect(performance.now() - begun).toBeLessThan(10_000);
});
