import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import { readBundle } from '../../../../src/check/tls/files/bundle';
import { issue, keyOf, type Issued } from '../../../support/pki/certificates';
import { randomFrom } from '../../../support/random';
import { Scope } from '../../../support/scope';

let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('dates');
});

afterAll(() => scope?.close());

const key = { ...issue({ subject: 'key' }), key: keyOf('ed25519') };

const dated = (notBefore: number | string, notAfter: number | string): Issued =>
	issue({ subject: 'date', key, notBefore, notAfter });

/** What openssl says of each, as seconds since 1970; of all of them in one go. */
function saidByOpenssl(certificates: readonly Issued[]): { notBefore: number; notAfter: number }[] {
	const file = scope.path('dates.pem');
	writeFileSync(file, certificates.map(({ pem }) => pem).join(''));
	const text = execFileSync('openssl', ['storeutl', '-certs', '-noout', '-text', file], {
		maxBuffer: 1e9,
		stdio: ['ignore', 'pipe', 'pipe'],
	}).toString();
	const times = (name: string): number[] =>
		[...text.matchAll(new RegExp(`Not ${name}\\s*: (.*)`, 'g'))].map(([, said = '']) => secondsOf(said));
	const [before, after] = [times('Before'), times('After')];
	return before.map((notBefore, index) => ({ notBefore, notAfter: after[index] ?? NaN }));
}

/** `Feb 29 23:59:59 2048 GMT` */
function secondsOf(said: string): number {
	const [, month = '', day, hours, minutes, seconds, year] =
		/^(\w{3}) +(\d+) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d+) GMT$/.exec(said) ?? [];
	const index = 'JanFebMarAprMayJunJulAugSepOctNovDec'.indexOf(month) / 3;
	const date = new Date(0);
	date.setUTCFullYear(Number(year), index, Number(day));
	date.setUTCHours(Number(hours), Number(minutes), Number(seconds));
	return date.getTime() / 1000;
}

const readDates = (certificates: readonly Issued[]): ReturnType<typeof saidByOpenssl> =>
	certificates.map(({ der }) => {
		const { certificates: found, problems } = readBundle(der);
		const [one] = found;
		if (one === undefined) throw new Error(problems.join());
		return { notBefore: one.notBefore / 1000, notAfter: one.notAfter / 1000 };
	});

test('TL-25 the dates of 10,000 certificates are those that openssl reads', () => {
	const random = randomFrom(25);
	const at = (text: string): number => Date.parse(text);
	const borders = [
		...['1950-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '1970-01-01T00:00:00Z', '1999-12-31T23:59:59Z'],
		...['2000-02-29T00:00:00Z', '2024-02-29T12:00:00Z', '2048-02-29T23:59:59Z', '2049-12-31T23:59:59Z'],
		...['2050-01-01T00:00:00Z', '2096-02-29T00:00:00Z', '2100-02-28T23:59:59Z', '2100-03-01T00:00:00Z'],
		...['2400-02-29T23:59:59Z', '9999-12-31T23:59:59Z'],
	].map(at);
	const [first = 0, last = 0] = [borders[0], borders.at(-1)];
	const between = (from: number, to: number): number =>
		from + Math.floor((random() * (to - from)) / 1000) * 1000;
	const dates = Array.from({ length: 20_000 }, (_, index) => {
		if (index < borders.length) return borders[index] ?? 0;
		if (index % 3 === 0) return between(first, at('2060-01-01T00:00:00Z'));
		const border = borders[index % borders.length] ?? 0;
		return index % 3 === 1
			? between(first, last)
			: Math.min(last, Math.max(first, border + (index % 7) * 1000 - 3000));
	});
	const certificates = Array.from({ length: 10_000 }, (_, index) =>
		dated(dates[2 * index] ?? 0, dates[2 * index + 1] ?? 0),
	);
	expect(readDates(certificates)).toEqual(saidByOpenssl(certificates));
});

test('TL-25 years of two digits from 50 on are of the last century, and four digits may stand before 2050 too', () => {
	const certificates = [
		dated('490101000000Z', '491231235959Z'),
		dated('500101000000Z', '991231235959Z'),
		dated('000229000000Z', '20240229235959Z'),
		dated('20491231235959Z', '99991231235959Z'),
	];
	expect(readDates(certificates)).toEqual(saidByOpenssl(certificates));
	expect(new Date((readDates(certificates)[1]?.notBefore ?? 0) * 1000).toISOString()).toBe(
		'1950-01-01T00:00:00.000Z',
	);
	expect(new Date((readDates(certificates)[3]?.notAfter ?? 0) * 1000).toISOString()).toBe(
		'9999-12-31T23:59:59.000Z',
	);
});

test('TL-25 times with a zone or parts of a second, which certificates must not have, are read as what they say', () => {
	const [one] = readBundle(dated('260101000000+0130', '20260101000000Z').der).certificates;
	expect(new Date(one?.notBefore ?? 0).toISOString()).toBe('2025-12-31T22:30:00.000Z');
	expect(new Date(one?.notAfter ?? 0).toISOString()).toBe('2026-01-01T00:00:00.000Z');
	const [other] = readBundle(dated('20260101000000-0500', '20260101000000.25Z').der).certificates;
	expect(new Date(other?.notBefore ?? 0).toISOString()).toBe('2026-01-01T05:00:00.000Z');
	expect(new Date(other?.notAfter ?? 0).toISOString()).toBe('2026-01-01T00:00:00.250Z');
});

test.each([
	'261301000000Z',
	'260230000000Z',
	'250229000000Z',
	'260101240000Z',
	'260101006000Z',
	'',
	'now',
	'20260101',
])('TL-25 "%s" is no time, and so no certificate', (text) => {
	const { certificates, problems } = readBundle(dated(text, '991231235959Z').der);
	expect(certificates).toEqual([]);
	expect(problems).toHaveLength(1);
});

test('TL-25 serials below zero, of zero and of any length are written as openssl writes them', () => {
	const serials = [
		'00',
		'01',
		'7f',
		'0080',
		'ff',
		'80',
		'8000',
		'0100',
		'ff7f',
		'c0ffee',
		`00${'fe'.repeat(40)}`,
		`${'9a'.repeat(20)}`,
	];
	for (const serial of serials) {
		const made = issue({ subject: 'serial', key, serial: Buffer.from(serial, 'hex') });
		const said = execFileSync('openssl', ['x509', '-noout', '-serial', '-inform', 'DER'], {
			input: made.der,
		});
		expect(`serial=${readBundle(made.der).certificates[0]?.serial}`).toBe(
			said.toString().replace(/\\\n/g, '').trim(),
		);
	}
});
