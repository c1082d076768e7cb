import {
	caLevel,
	expiryThreshold,
	isExpired,
	isRenewalOverdue,
	leafLevel,
} from '../../../../src/check/tls/judge/thresholds';
import { checkCertificate } from '../../../../src/check';
import { Authority } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const lasting = (days: number): { notBefore: number; notAfter: number } => ({
	notBefore: 0,
	notAfter: days * day,
});
const left = (days: number, ms: number): number => days * day - ms;

test.each<[string, number, string, string | null]>([
	['30 days and a second', 30 * day + second, 'ok', null],
	['30 days', 30 * day, 'ok', null],
	['29 days, 23 hours and 59 minutes', 30 * day - minute, 'warning', '30d'],
	['14 days', 14 * day, 'warning', '30d'],
	['a second less than 14 days', 14 * day - second, 'warning', '14d'],
	['7 days', 7 * day, 'warning', '14d'],
	['a second less than 7 days', 7 * day - second, 'critical', '7d'],
	['1 day', day, 'critical', '7d'],
	['a second less than 1 day', day - second, 'critical', '1d'],
	['nothing, but its last second', 0, 'critical', '1d'],
	['-1 second', -second, 'critical', 'expired'],
])('TL-1 a certificate of 365 days with %s left', (_name, leftMs, level, threshold) => {
	const validity = lasting(365);
	expect(leafLevel(validity, left(365, leftMs))).toBe(level);
	expect(expiryThreshold(validity, left(365, leftMs))).toBe(threshold);
	expect(isExpired(validity, left(365, leftMs))).toBe(threshold === 'expired');
});

test.each([
	// Lifetime, and what is left of it when its machine renews it: a third, and for six days two of them.
	[90, 30],
	[64, 64 / 3],
	[47, 47 / 3],
	[45, 15],
	[6, 2],
	[1, 1 / 3],
])(
	'TL-23 a certificate of %d days that is renewed at %d never alarms, and one that is not does',
	(days, renewedAt) => {
		const validity = lasting(days);
		for (let leftMs = days * day; leftMs >= renewedAt * day; leftMs -= hour / 4) {
			const now = left(days, leftMs);
			expect([leafLevel(validity, now), isRenewalOverdue(validity, now)]).toEqual(['ok', false]);
			expect(expiryThreshold(validity, now)).toBeNull();
		}
		const overdue = left(days, days * day * (1 / 3 - 1 / 10) - second);
		expect(isRenewalOverdue(validity, overdue)).toBe(true);
		expect(isRenewalOverdue(validity, overdue - 2 * second)).toBe(false);
		expect(leafLevel(validity, overdue + (days * day) / 8)).not.toBe('ok');
		const told = new Set<string | null>();
		for (let now = 0; now <= days * day + 2 * second; now += (days * day) / 2000)
			told.add(expiryThreshold(validity, now));
		told.add(expiryThreshold(validity, days * day + second));
		expect([...told]).toEqual([null, '30d', '14d', '7d', '1d', 'expired']);
	},
);

test('TL-23 nobody waits for a machine to renew what lives for more than 100 days', () => {
	expect(isRenewalOverdue(lasting(100), left(100, day))).toBe(true);
	expect(isRenewalOverdue(lasting(101), left(101, day))).toBe(false);
});

test('a CA is warned of below 30 days, however long it lives', () => {
	expect(caLevel(lasting(40), left(40, 30 * day))).toBe('ok');
	expect(caLevel(lasting(40), left(40, 30 * day - second))).toBe('warning');
	expect(caLevel(lasting(40), left(40, 7 * day - second))).toBe('critical');
});

test('TL-1 what is not valid yet is told, with a hint at clocks where it is a matter of hours', async () => {
	const servers = new TlsServers();
	const authority = new Authority('Test');
	const now = Date.now();
	const leaf = authority.leaf({ notBefore: now + 2 * hour, notAfter: now + 60 * day });
	const port = await servers.tls([leaf, authority.intermediate]);
	const ask = { host: 'localhost', port, ca: authority.root.pem };
	expect((await checkCertificate(ask)).findings).toEqual([
		{
			code: 'not_yet_valid',
			severity: 'critical',
			message: expect.stringMatching(
				/^The certificate is not valid before .*, in 1 h 59 min\. Perhaps a clock is wrong/,
			),
		},
	]);
	expect(await checkCertificate({ ...ask, now: now + 3 * hour })).toMatchObject({ status: 'ok' });
	expect(await checkCertificate({ ...ask, now: new Date(now + 45 * day + hour) })).toMatchObject({
		status: 'warning',
		findings: [{ code: 'expiring' }],
	});
	const late = await checkCertificate({ ...ask, now: now + 61 * day });
	expect(late).toMatchObject({ status: 'critical', expiry: { threshold: 'expired', daysLeft: -1.01 } });
	expect(late.findings[0]?.message).toMatch(/^The certificate expired 1 day 0 h ago, at /);
	const stricter = { warningDays: 90, warningPart: 1 };
	expect(await checkCertificate({ ...ask, now: now + 3 * hour, thresholds: stricter })).toMatchObject({
		status: 'warning',
		findings: [{ code: 'expiring', message: expect.stringContaining('expires in 59 days') }],
	});
	await servers.close();
});
