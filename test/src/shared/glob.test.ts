import { matchesGlob } from '../../../src/shared';

test.each([
	['shop-*', 'shop-web', true],
	['shop-*', 'shop-', true],
	['shop-*', 'my-shop-web', false],
	['*-web', 'shop-web', true],
	['*-web', 'shop-web-1', false],
	['s?op', 'shop', true],
	['s?op', 'sop', false],
	['*', '', true],
	['', '', true],
	['', 'a', false],
	['a.c', 'abc', false],
	['a*b*c', 'a-b-b-c', true],
	['a**c', 'abc', true],
	['*a*b', 'aab-ab-a', false],
	['Shop', 'shop', false],
])('%j against %j: %s', (pattern, text, fits) => {
	expect(matchesGlob(pattern, text)).toBe(fits);
});

test('many stars cost no more than the length of the texts', () => {
	const startedAt = Date.now();
	expect(matchesGlob(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
	expect(Date.now() - startedAt).toBeLessThan(5000);
});
