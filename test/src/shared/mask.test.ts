import { maskSecrets } from '../../../src/shared';

test.each([
	['postgres://shop:s3cret@db:5432/shop', 'postgres://shop:***@db:5432/shop'],
	['mysql --password "s3cret word" --user shop', 'mysql --password *** --user shop'],
	['PGPASSWORD=s3cret pg_dump', 'PGPASSWORD=*** pg_dump'],
	['{"token": "s3cret", "user": "shop"}', '{"token": ***, "user": "shop"}'],
	['Authorization: Bearer s3cret', 'Authorization: ***'],
	["api_key='s3cret';next", 'api_key=***;next'],
	['AGE-SECRET-KEY-1QQPQYRQX end', '*** end'],
	['nothing to hide at 10:30', 'nothing to hide at 10:30'],
])('%j becomes %j', (text, masked) => {
	expect(maskSecrets(text)).toBe(masked);
});

test.each(['b', 'a-', '-', 'a+', 'key ', '://', 'a:'])('a megabyte of "%s" takes no time', (part) => {
	const startedAt = performance.now();
	maskSecrets(part.repeat(1_000_000 / part.length));
	expect(performance.now() - startedAt).toBeLessThan(2000);
});
