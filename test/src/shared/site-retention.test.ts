import { intervalMs, parseDuration, parseSites, SiteError } from '../../../src/shared';

const definition = (more: object): object => ({
	name: 'shop',
	backup: { volumes: [{ name: 'media', volume: 'shop_media' }] },
	destinations: [{ name: 'local', type: 'directory', path: '/backups' }],
	...more,
});

function faultsOf(more: object): Record<string, string> {
	try {
		parseSites(definition(more));
	} catch (error) {
		if (!(error instanceof SiteError)) throw error;
		return Object.fromEntries(error.faults.map(({ field, problem }) => [field, problem]));
	}
	return {};
}

describe('retention and expected backups', () => {
	it.each<[string, object, string, string]>([
		['no rule', { retention: {} }, 'retention', 'would keep nothing'],
		['rules of 0', { retention: { daily: 0, keepWithin: '0d' } }, 'retention', 'would keep nothing'],
		['a rule below 0', { retention: { daily: -1 } }, 'retention.daily', 'must be at least 0'],
		['half a day', { retention: { daily: 1.5 } }, 'retention.daily', 'must be a whole number'],
		['a number in quotes', { retention: { daily: '7' } }, 'retention.daily', 'must be a number, not text'],
		['days as a number', { retention: { keepWithin: 14 } }, 'retention.keepWithin', 'must be text'],
		['an unknown unit', { retention: { keepWithin: '14 days' } }, 'retention.keepWithin', 'such as "14d"'],
		['minutes for months', { retention: { keepWithin: '5min' } }, 'retention.keepWithin', 'such as "14d"'],
		[
			'months as an age',
			{ retention: { daily: 1, minimumAge: '1m' } },
			'retention.minimumAge',
			'such as "24h"',
		],
		['no zone', { retention: { daily: 1, timezone: 'Moscow' } }, 'retention.timezone', 'IANA'],
		['an offset', { retention: { daily: 1, timezone: '+03:00' } }, 'retention.timezone', 'IANA'],
		['nothing expected', { expect: {} }, 'expect', 'says nothing'],
		['both ways', { expect: { every: '24h', at: ['02:00'] } }, 'expect.every', 'must not stand beside "at"'],
		['no time', { expect: { every: '0h' } }, 'expect.every', 'more than no time'],
		['25 o’clock', { expect: { at: ['25:00'] } }, 'expect.at[0]', '00:00 to 23:59'],
		['days alone', { expect: { every: '24h', days: ['sun'] } }, 'expect.days', 'needs "at"'],
		['an anomaly of 0 per cent', { anomaly: { dropPercent: 0 } }, 'anomaly.dropPercent', 'at least 1'],
	])('refuses %s', (_, site, field, reason) => {
		expect(faultsOf(site)).toEqual({ [field]: expect.stringContaining(reason) });
	});

	it('knows what is left out', () => {
		const [site] = parseSites(
			definition({ retention: { keepWithin: '1y6m' }, expect: { at: ['02:00'], days: ['sun'] } }),
		);
		expect(site).toMatchObject({
			retention: { keepWithin: '1y6m', timezone: 'UTC', afterBackup: true },
			expect: { at: ['02:00'], days: ['sun'], timezone: 'UTC', grace: '2h' },
		});
	});

	it('reads times', () => {
		expect(parseDuration('1y6m')).toMatchObject({ years: 1, months: 6, minutes: 0 });
		expect(parseDuration('30min')).toMatchObject({ months: 0, minutes: 30 });
		expect(intervalMs('1w2d3h4min')).toBe(((9 * 24 + 3) * 60 + 4) * 60_000);
	});
});
