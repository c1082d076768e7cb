import {
	checkMetrics,
	exposition,
	getReport,
	parseChecks,
	runChecks,
	targetsOfChecks,
} from '../../../../src/check';
import { FileStateStore } from '../../../../src/shared';
import { askPromtool } from '../../../support/promtool';
import { Scope } from '../../../support/scope';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('check-metrics');
});
afterAll(() => scope.close());

const check = (name: string) => ({
	type: 'tcp',
	name,
	host: 'shop.example.com',
	port: 443,
	alert: { failures: 1 },
});

test('what is known is told as figures, what is unknown as its absence, and names are escaped', async () => {
	const store = new FileStateStore(scope.path('state'));
	const targets = targetsOfChecks(
		parseChecks([check('Quote " and \\ and\nline'.replace('\n', ' ')), check('Down'), check('Away')]),
	);
	await runChecks({
		...{ store, set: 'shop', targets, timeZone: 'UTC', context: { secrets: {} } },
		lookAt: ({ name }) => {
			const level = name === 'Down' ? 'critical' : name === 'Away' ? 'unknown' : 'ok';
			return Promise.resolve({
				level,
				reason: level,
				message: '',
				latencyMs: level === 'ok' ? 250 : null,
				details: {},
			});
		},
	});
	const text = await exposition([
		...checkMetrics(await getReport(store, 'shop')),
		{ name: 'opsdesk_other', help: 'Of another area.', samples: [{ labels: {}, value: 3 }] },
		{ name: 'opsdesk_none', help: 'Nothing to tell.', samples: [] },
	]);
	expect(text).toContain('# TYPE opsdesk_check_up gauge');
	expect(text).toContain('opsdesk_check_up{set="shop",site="",check="Down",type="tcp"} 0');
	expect(text).toContain(
		'opsdesk_check_up{set="shop",site="",check="Quote \\" and \\\\ and line",type="tcp"} 1',
	);
	expect(text).toMatch(/opsdesk_check_latency_seconds\{[^}]*Quote[^}]*\} 0\.25/);
	expect(text).toContain('opsdesk_check_known{set="shop",site="",check="Away",type="tcp"} 0');
	expect(text).not.toMatch(/opsdesk_check_(up|level|latency_seconds)\{[^}]*Away/);
	expect(text).toContain('opsdesk_other 3');
	expect(text).not.toContain('opsdesk_none');
	expect(text).toMatch(/opsdesk_check_valid_until_timestamp_seconds\{[^}]*Down[^}]*\} \d+/);
	expect(await askPromtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
});
