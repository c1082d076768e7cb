import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

import { describeFieldKeys, fieldKeys, generateFieldKey } from '../../../../src/chat';
import { indexOf, open, seal, type SealedPlace } from '../../../../src/chat/sealing/seal';

const text = generateFieldKey();
const keys = fieldKeys({ current: text });
const place: SealedPlace = { tenant: 'default', contactId: 7, field: 'email' };
const value = 'anna@example.com';
const sealedText = seal(value, place, keys.current);
const opening = (
	over: Partial<SealedPlace & { formerIds: number[] }> = {},
	sealed = sealedText,
	ring = keys,
) => open(sealed, { ...place, formerIds: [], ...over }, ring);

test('a value opens where it was sealed and for who took it over by a merge', () => {
	expect(opening()).toEqual({ ok: true, value });
	expect(opening({ contactId: 9, formerIds: [3, 7] })).toEqual({ ok: true, value });
});

test.each([
	['another contact', { contactId: 8 }, 'was sealed for another contact'],
	[
		'another field',
		{ field: 'phone' },
		'was changed after it was sealed, or belongs to another field or tenant',
	],
	[
		'another tenant',
		{ tenant: 'x' },
		'was changed after it was sealed, or belongs to another field or tenant',
	],
] as const)('moved to %s, a value is refused', (_what, over, problem) => {
	expect(opening(over)).toMatchObject({ ok: false, problem });
});

test('a value of which any character was changed is refused, whichever', () => {
	for (let at = 0; at < sealedText.length; at += 1) {
		const letter = sealedText[at] === 'A' ? 'B' : 'A';
		const changed = `${sealedText.slice(0, at)}${letter}${sealedText.slice(at + 1)}`;
		const found = opening({}, changed);
		// Of the last character of base64 some bits mean nothing.
		if (found.ok) expect([at, found.value]).toEqual([sealedText.length - 1, value]);
	}
	for (const cut of [1, 5, 20, 40]) expect(opening({}, sealedText.slice(0, -cut)).ok).toBe(false);
	// The id within it is part of what is sealed.
	expect(opening({ contactId: 8 }, sealedText.replace(':7:', ':8:')).ok).toBe(false);
});

test('the same value is never sealed twice alike, and no text of it shows', () => {
	const all = new Set(Array.from({ length: 100 }, () => seal(value, place, keys.current)));
	expect(all.size).toBe(100);
	for (const one of all) expect(one).not.toMatch(/anna|example/);
});

test('another key is named with what to do; a former one opens', () => {
	const other = generateFieldKey();
	expect(opening({}, sealedText, fieldKeys({ current: other }))).toMatchObject({
		ok: false,
		problem: expect.stringContaining(`the key ${keys.current.id}, which is not among`) as string,
		remedy: 'Add that key to the former keys of the credential.',
	});
	const ring = fieldKeys({ current: other, former: `${generateFieldKey()}\n${text}` });
	expect(opening({}, sealedText, ring)).toEqual({ ok: true, value });
	expect(describeFieldKeys(ring)).toBe(
		`Seals with the key ${ring.ids[0]}. Also opens what was sealed with ${ring.ids[1]}, ${ring.ids[2]}.`,
	);
});

test('a key is read in base64 and in hexadecimal digits, and is the same key', () => {
	const bytes = randomBytes(32);
	const ids = [bytes.toString('base64'), bytes.toString('hex'), bytes.toString('base64url')].map(
		(current) => fieldKeys({ current: ` ${current}\n` }).current.id,
	);
	expect(new Set(ids).size).toBe(1);
	expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
	['', /^The current key for contact fields is missing/],
	['secret-word', /is not 32 bytes/],
	[randomBytes(16).toString('base64'), /is not 32 bytes/],
	['a'.repeat(64), /its bytes repeat/],
	[Buffer.from('0123456701234567012345670123456701').subarray(0, 32).toString('base64'), /its bytes repeat/],
])('what is no random key is refused and not repeated in the error: %s', (current, message) => {
	const make = () => fieldKeys({ current });
	expect(make).toThrow(message);
	if (current !== '') expect(make).not.toThrow(new RegExp(current.replace(/[+/]/g, '\\$&')));
	expect(() => fieldKeys({ current: text, former: `${text} ${current}` })).not.toThrow(/^The current/);
});

test('keys show nothing of themselves, however they are printed', () => {
	const derived = [keys.current.sealing, keys.current.indexing].map((key) => key.export().toString('base64'));
	for (const shown of [JSON.stringify(keys), inspect(keys, { depth: 9, showHidden: true }), String(keys)])
		for (const secret of [text, ...derived]) expect(shown).not.toContain(secret);
});

test('an address is found whatever its case, a number whatever is between its digits, each in its tenant and by its key', () => {
	const index = (said: string, field: 'email' | 'phone', tenant = 'default', key = keys.current) =>
		indexOf(said, tenant, field, key);
	expect(index(' Anna@Example.com ', 'email')).toBe(index('anna@example.com', 'email'));
	expect(index('+49 (170) 123-45', 'phone')).toBe(index('004917012345', 'phone'));
	expect(index('12345', 'phone')).not.toBe(index('12345', 'email'));
	expect(index('12345', 'phone')).not.toBe(index('12345', 'phone', 'other'));
	const other = fieldKeys({ current: generateFieldKey() }).current;
	expect(index('12345', 'phone').split(':')[1]).not.toBe(
		index('12345', 'phone', 'default', other).split(':')[1],
	);
});
