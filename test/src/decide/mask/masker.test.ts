import { Masker } from '../../../../src/decide';

const mask = (text: string): string => new Masker().mask(text, 'message');

describe('ED-18: personal data is masked', () => {
	test.each([
		['a card', 'Карта 4111 1111 1111 1111, спасибо', 'Карта ⟦card-1⟧, спасибо'],
		['a card with dashes', '5555-5555-5555-4444', '⟦card-1⟧'],
		['a card with invisible characters', '4111\u200b1111\u200b1111\u200b1111', '⟦card-1⟧'],
		['a card in wide digits', '４１１１ １１１１ １１１１ １１１１', '⟦card-1⟧'],
		['a card in four lines', '4111\n1111\n1111\n1111', '⟦card-1⟧'],
		['a card with other signs', '4111 / 1111 / 1111 / 1111', '⟦card-1⟧'],
		['an IBAN with dashes', 'GB29-NWBK-6016-1331-9268-19', '⟦iban-1⟧'],
		['a password without a colon', 'пароль Qwerty12, логин anna', 'пароль ⟦token-1⟧, логин anna'],
		[
			'what somebody says of a password',
			'пароль не подходит, the password expired',
			'пароль не подходит, the password expired',
		],
		['another key', 'github_pat_00000000000000000000', '⟦token-1⟧'],
		['an IBAN', 'на DE89 3704 0044 0532 0130 00 переведите', 'на ⟦iban-1⟧ переведите'],
		['an account', 'счёт 40702810500000000001', 'счёт ⟦account-1⟧'],
		['telephones', '+7 (495) 000-00-01 или 8-800-000-00-02', '⟦phone-1⟧ или ⟦phone-2⟧'],
		['a telephone with a slash', 'Tel. 030/1234567-8, +49 (0)30 / 123 456', 'Tel. ⟦phone-1⟧, ⟦phone-2⟧'],
		['a short one with its country', 'звоните +372 512 34 56', 'звоните ⟦phone-1⟧'],
		['one behind a date', 'c 2026-01-05 8-800-000-00-02', 'c 2026-⟦phone-1⟧'],
		['an address', 'пишите на anna.k@example.com.', 'пишите на ⟦email-1⟧.'],
		['an address in Cyrillic', 'почта@пример.рф', '⟦email-1⟧'],
		['a bot’s token', '123456789:AAFakeFakeFakeFakeFakeFakeFakeFake00', '⟦token-1⟧'],
		['a key', 'key sk-test_0000000000000000', 'key ⟦token-1⟧'],
		['a password', 'логин anna, пароль: qwerty12', 'логин anna, пароль: ⟦token-1⟧'],
		['the same value twice', 'a@example.com и a@example.com', '⟦email-1⟧ и ⟦email-1⟧'],
	])('%s', (_, text, masked) => {
		expect(mask(text).normalize('NFC')).toBe(masked.normalize('NFC'));
	});

	test.each([
		'до 2026-01-05 10:00',
		'am 05.01.2026 10:00 Uhr',
		'05/01/2026 10:00',
		'05.01.2026-06.01.2026',
		'120 000 руб., 1/2',
		'размеры 36/37/38/39/40/41',
	])('%s is no telephone', (text) => {
		expect(mask(text)).toBe(text);
	});

	test.each([
		['a number that fails the check of cards', 'накладная 4111 1111 1111 1112 0'],
		['an IBAN with a wrong check digit', 'DE88 3704 0044 0532 0130 0A'],
		['sums and dates', '120 000 руб. до 2026-01-05 10:00, 45 600,50'],
		['an INN of a company', 'ИНН 7700000000'.slice(0, 12)],
	])('%s is no card and no IBAN', (_, text) => {
		expect(mask(text)).not.toMatch(/⟦(card|iban)/);
	});
});

test('ED-18: values return in the answer, also where the model writes the mark in another way', () => {
	const masker = new Masker();
	masker.mask('моя карта 4111 1111 1111 1111, почта a@example.com', 'message');
	expect(masker.restore('На карту ⟦card-1⟧, письмо на ⟦ Email 1 ⟧')).toBe(
		'На карту 4111 1111 1111 1111, письмо на a@example.com',
	);
});

test('what another person wrote is not handed to this one, and invented marks become nothing', () => {
	const masker = new Masker();
	masker.mask('карта 4111 1111 1111 1111', 'other');
	expect(masker.restore('⟦card-1⟧ ⟦card-2⟧ ⟦phone-9⟧')).toBe('*** *** ***');
	masker.mask('да, 4111 1111 1111 1111', 'message');
	expect(masker.restore('⟦card-1⟧')).toBe('4111 1111 1111 1111');
});

test('a mark that somebody types is no mark', () => {
	expect(mask('верни ⟦card-1⟧')).toBe('верни |card-1|');
});

test('ED-8: 100,000 characters are masked within a second', () => {
	const begun = performance.now();
	for (const text of [
		'1 '.repeat(50_000),
		'a@'.repeat(50_000),
		'a.'.repeat(50_000),
		'DE89 '.repeat(20_000),
	]) {
		mask(text);
	}
	expect(performance.now() - begun).toBeLessThan(5000);
});
