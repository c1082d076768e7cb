import { CronTime } from 'cron';
import { DateTime } from 'luxon';

import { loadWorkflows, type Workflow } from '../../../src/workflows';

interface Schedule {
	expression: string;
	timezone: string;
}

let schedules: Map<string, Schedule>;

beforeAll(async () => {
	const all = (await loadWorkflows()).flatMap(({ key, workflow }) => {
		const expression = cronOf(workflow);
		return expression === undefined
			? []
			: [[key, { expression, timezone: String(workflow.settings?.['timezone']) }] as const];
	});
	schedules = new Map(all);
});

function cronOf({ nodes }: Workflow): string | undefined {
	const trigger = nodes.find(({ type }) => type === 'n8n-nodes-base.scheduleTrigger');
	const rule = trigger?.parameters['rule'] as { interval: { expression: string }[] } | undefined;
	return rule?.interval[0]?.expression;
}

/** The instants at which n8n starts the workflow, by the library that n8n itself asks. */
function instants(key: string, from: string, count: number, zone?: string): DateTime[] {
	const schedule = schedules.get(key);
	if (!schedule) throw new Error(`${key} has no schedule`);
	const timezone = zone ?? schedule.timezone;
	const time = new CronTime(schedule.expression, timezone);
	const found: DateTime[] = [];
	for (let last = DateTime.fromISO(from, { zone: timezone }); found.length < count;) {
		last = DateTime.fromMillis(time.getNextDateFrom(last.toJSDate(), timezone).toMillis(), {
			zone: timezone,
		});
		found.push(last);
	}
	return found;
}

test('every schedule names its time zone', () => {
	expect(Object.fromEntries(schedules)).toEqual({
		'back-up-sites-daily': { expression: '0 2 * * *', timezone: 'UTC' },
		'check-host-resources': { expression: '* * * * *', timezone: 'UTC' },
		'watch-workflow-runs': { expression: '*/5 * * * *', timezone: 'UTC' },
		'back-up-volumes-weekly': { expression: '0 3 * * 0', timezone: 'Europe/Moscow' },
		'snapshot-sqlite-every-six-hours': { expression: '0 */6 * * *', timezone: 'UTC' },
		'back-up-n8n-nightly': { expression: '30 1 * * *', timezone: 'UTC' },
		'verify-backups-hourly': { expression: '30 * * * *', timezone: 'UTC' },
		'rehearse-restore-weekly': { expression: '0 4 * * 6', timezone: 'UTC' },
		'check-containers-every-five-minutes': { expression: '*/5 * * * *', timezone: 'UTC' },
		'check-certificates': { expression: '30 6 * * *', timezone: 'UTC' },
		'check-services': { expression: '* * * * *', timezone: 'UTC' },
		'probe-sites': { expression: '* * * * *', timezone: 'UTC' },
		'update-containers-weekly': { expression: '0 5 * * 0', timezone: 'UTC' },
		'watch-missed-backups': { expression: '7,27,47 * * * *', timezone: 'UTC' },
		'send-outbox': { expression: '*/10 * * * * *', timezone: 'UTC' },
		'learn-from-feedback-nightly': { expression: '20 3 * * *', timezone: 'UTC' },
		'retain-data-nightly': { expression: '0 3 * * *', timezone: 'UTC' },
		'report-uptime-monthly': { expression: '0 12 1 * *', timezone: 'UTC' },
	});
});

// A night in which the clock is put back has two runs in some zones (New York); retention keeps the newer of them.
test.each(['Europe/Berlin', 'Europe/London', 'Europe/Moscow', 'America/New_York', 'Australia/Lord_Howe'])(
	'BK-33: in %s no local day of a year is without its nightly backup',
	(zone) => {
		const found = instants('back-up-sites-daily', '2026-01-01T00:00', 367, zone);
		const days = new Set(found.map((instant) => instant.toISODate()));
		for (let day = DateTime.fromISO('2026-01-01', { zone }); day.year === 2026; day = day.plus({ days: 1 })) {
			expect(days).toContain(day.toISODate());
		}
		// No pause is longer than 25 hours, so that 24 hours with the grace of read-settings suffice.
		const pauses = found
			.slice(1)
			.map((instant, index) => instant.diff(found[index] ?? instant, 'hours').hours);
		expect(Math.max(...pauses)).toBeLessThanOrEqual(25);
	},
);

test('BK-33: a nightly backup whose hour does not exist starts when the clock has been put forward', () => {
	const [before, during, after] = instants('back-up-sites-daily', '2026-03-28T00:00', 3, 'Europe/Berlin');
	expect([before, during, after].map((instant) => instant?.toFormat('yyyy-MM-dd HH:mm'))).toEqual([
		'2026-03-28 02:00',
		'2026-03-29 03:00',
		'2026-03-30 02:00',
	]);
});

test('volumes are backed up on Sundays at three in Moscow, a week apart', () => {
	const found = instants('back-up-volumes-weekly', '2026-01-01', 60);
	for (const [index, instant] of found.entries()) {
		expect([instant.weekday, instant.toFormat('HH:mm'), instant.offset]).toEqual([7, '03:00', 180]);
		if (index > 0) expect(instant.diff(found[index - 1] ?? instant, 'hours').hours).toBe(168);
	}
});

test('SQLite is stored four times a day and the verification runs every hour, whatever the clock does', () => {
	const pauses = (key: string): number[] => {
		const found = instants(key, '2026-03-28', 100);
		return found.slice(1).map((instant, index) => instant.diff(found[index] ?? instant, 'hours').hours);
	};
	expect(new Set(pauses('snapshot-sqlite-every-six-hours'))).toEqual(new Set([6]));
	expect(new Set(pauses('verify-backups-hourly'))).toEqual(new Set([1]));
});
