import { harmless } from '../../../../src/decide/text/harmless';
import { templateValues } from '../../../../src/decide/text/template-values';

test.each([
	['Refund: https://evil.example/pay?id=1 now', 'Refund: [link] now'],
	['see www.evil.example.', 'see [link]'],
	['tg://resolve?domain=evil', '[link]'],
	['mailto:a@evil.example', '[link]'],
	['t.me/evil', 't. me/evil'],
	['evil.example', 'evil. example'],
	['зайди на пример.рф', 'зайди на пример. рф'],
	['anna@shop.example', 'anna@shop. example'],
	['ask @everyone and @admin_bot', 'ask everyone and admin_bot'],
	['\u202Eelpmaxe.live', 'elpmaxe. live'],
])('in "%s" no link is left that a chat would make, and nobody is called', (said, expected) => {
	expect(harmless(said)).toBe(expected);
});

test.each([
	'Анна Петрова',
	'Что с заказом 12.5 и т.д.? 3,5 кг.',
	"O'Neil & Sons 👨‍👩‍👧 :-)",
	'Done. Thanks!',
	'1.2.3',
])('"%s" stays as it was written', (said) => {
	expect(harmless(said)).toBe(said);
});

test('a name is one line of at most a hundred characters, and what is nothing but a sign is no name', () => {
	const about = { platform: 'telegram', text: 'Hi' };
	const { name } = templateValues({ ...about, sender: { name: `Anna\n\n${'A'.repeat(300)}` } });
	expect(name).toMatch(/^Anna A+…$/);
	expect(String(name).length).toBeLessThanOrEqual(100);
	expect(templateValues({ ...about, sender: { name: ' \u202E ', username: 'anna_1' } })).toMatchObject({
		...{ name: 'anna_1', username: 'anna_1' },
	});
});
