import { randomBytes } from 'node:crypto';

import { RecordingServer } from '../support/doubles/recording-server';
import { executionError } from '../support/n8n/executions';
import { sharedN8n } from '../support/n8n/shared';
import type { ReceivedAlert } from './backing-up';
import { nodeOf } from './backing-up';
import { Checking, outOfOrder } from './checking';
import { checkOnce } from './served';

const client = sharedN8n();
const set = `uptime-${randomBytes(4).toString('hex')}`;
let checking: Checking;
let site: RecordingServer;

beforeAll(async () => {
	checking = await Checking.install(client);
	site = await RecordingServer.start(() => ({ status: 200 }));
	const checks = ['Shop', 'Blog'].map((name) => ({
		...{ name, type: 'http', url: site.url, alert: { failures: 1, recoveries: 1 } },
		...(name === 'Blog' && { status: ['200-599'] }),
	}));
	for (const outage of [undefined, outOfOrder, outOfOrder, undefined, undefined]) {
		site.outage = outage;
		await checkOnce(client, set, checks);
	}
});

afterAll(async () => {
	await checking?.remove();
	await site?.stop();
});

async function report(
	settings: Record<string, unknown> = {},
	period = 'thisMonth',
): Promise<{ alerts: ReceivedAlert[]; error: string }> {
	await checking.setUp('report-uptime-monthly', { sets: set, ...settings }, (workflow) => {
		// There is no history of a month ago here.
		nodeOf(workflow, 'Read the uptime').parameters['period'] = period;
	});
	const before = checking.received()[0]?.length ?? 0;
	const execution = await client.run(checking.idOf('report-uptime-monthly'), { trigger: 'Report now' });
	return {
		alerts: (checking.received()[0] ?? []).slice(before),
		error: execution.status === 'success' ? '' : (executionError(execution)?.message ?? 'unknown'),
	};
}

test('the month is told with the worst first, and with its outages, by the clock of read-settings', async () => {
	const month = (): string =>
		new Date(Date.now() + 5.5 * 3_600_000).toLocaleString('en', {
			...{ month: 'long', year: 'numeric', timeZone: 'UTC' },
		});
	const before = month();
	const { alerts, error } = await report();
	expect(error).toBe('');
	const [alert, ...others] = alerts;
	expect(others).toEqual([]);
	expect(alert).toMatchObject({ severity: 'info', status: 'firing', dedupeKey: '' });
	const titles = [before, month()].map((name) => `Uptime of ${name}: 1 of 2 checks below 99.9 %`);
	expect(titles).toContain(alert?.title);
	const lines = alert?.message.split('\n') ?? [];
	expect(lines[0]).toMatch(/^From \d{4}-\d\d-01 00:00 to .* \(Asia\/Kolkata\)\./);
	expect(lines.findIndex((line) => line.startsWith('Shop · '))).toBeLessThan(
		lines.findIndex((line) => line.startsWith('Blog · 100.00 % · never down')),
	);
	expect(alert?.message).toMatch(/^Shop · \d+\.\d\d % · down .* in 1 outage · /m);
	expect(alert?.message).toMatch(/^The longest of 1 outage\nShop · .* to .* · .*503/m);
});

test('with another goal nothing is below it', async () => {
	expect((await report({ goalPercent: 0 })).alerts[0]?.title).toMatch(/: 2 checks at 0 % or better$/);
});

test('a report of nothing, or to nobody, is a failure and not silence', async () => {
	expect(await report({ sets: 'nobody-checks-this' }, 'lastMonth')).toMatchObject({
		alerts: [],
		error: expect.stringMatching(/^There is nothing to report: nothing was checked/) as string,
	});
	await checking.defineSites([], [{ minimumSeverity: 'critical' }]);
	expect(await report()).toMatchObject({
		alerts: [],
		error: expect.stringMatching(/^The report was sent to nobody \(filtered\): .* severity "info"/) as string,
	});
});
