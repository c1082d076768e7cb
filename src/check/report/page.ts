import { setImmediate as nextTurn } from 'node:timers/promises';
import { DateTime } from 'luxon';

import { count, formatDuration } from '../../shared';
import { loadCharts, type Charts } from './charts';
import type { CheckReport, Report } from './report';
import { style } from './style';
import { template } from './template';

export interface PageOptions {
	/** Heading of the page. */
	title: string;
	timeZone: string;
	/** The page asks for itself again after so many seconds; 60 unless given. */
	refreshSeconds?: number | undefined;
	/**
	 * Whether it says what was found and who takes care of it: names of hosts, addresses and people, which are not for
	 * everybody; true unless given.
	 */
	details?: boolean | undefined;
}

/** The report as one HTML page that loads nothing else, for light and dark screens of any width. */
export async function statusPage(report: Report, options: PageOptions): Promise<string> {
	const [{ Eta }, charts] = await Promise.all([import('eta'), loadCharts()]);
	const { title, timeZone, refreshSeconds = 60, details = true } = options;
	const { status, checkedAt, outdated, days } = report;
	const when = (iso: string): string =>
		DateTime.fromISO(iso, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm ZZZZ');
	const severalSets = new Set(report.checks.map(({ set }) => set)).size > 1;
	const sites = new Map<string, object[]>();
	for (const check of report.checks) {
		// Charts take their time, and the same process answers everybody else.
		await nextTurn();
		const name = check.site ?? (severalSets ? check.set : '');
		const shown = sites.get(name) ?? [];
		sites.set(name, shown);
		shown.push({
			...viewOf(check, charts, when),
			...(!details && { message: '', notes: sinceOf(check, when) }),
		});
	}
	const tooLong = outdated ? ', which is too long ago: nothing here can be relied on' : '';
	return new Eta({ useWith: false }).renderString(template, {
		...{ title, refreshSeconds, style, days },
		sites: [...sites].map(([name, checks]) => ({ name, checks })),
		status: outdated ? 'unknown' : status === 'ok' && pendingIn(report) > 0 ? 'warning' : status,
		summary: summary(report),
		checked: checkedAt === null ? 'Nothing was checked yet.' : `Last checked ${when(checkedAt)}${tooLong}.`,
	});
}

/** Well as far as people were told, but not when looked at last. */
const isInDoubt = ({ status, pending }: CheckReport): boolean => status === 'ok' && pending;
const pendingIn = ({ checks }: Report): number => checks.filter(isInDoubt).length;

function summary(report: Report): string {
	const { status, counts, outdated, missing, checks } = report;
	if (checks.length === 0) return 'Nothing was checked yet';
	if (outdated) return 'Nothing was checked for a while';
	const pending = pendingIn(report);
	if (status === 'ok' && pending > 0) return `${count(pending, 'check')} looked at again`;
	if (status === 'ok') return 'Everything is well';
	const { critical, warning, unknown } = counts;
	const parts = [
		...(critical > 0 ? [`${count(critical, 'check')} ${critical === 1 ? 'fails' : 'fail'}`] : []),
		...(warning > 0 ? [`${warning} ${warning === 1 ? 'needs' : 'need'} attention`] : []),
		...(unknown > 0 ? [`${unknown} unknown`] : []),
		...(missing.length > 0 ? [`nothing was checked yet of ${missing.join(', ')}`] : []),
	];
	return parts.join(', ');
}

const words = { ok: 'Up', warning: 'Needs attention', critical: 'Down', unknown: 'Unknown' } as const;

function viewOf(check: CheckReport, charts: Charts, when: (iso: string) => string): object {
	const { name, status, message, latencyMs, period, last24Hours, daily, hours, pending } = check;
	const { p95Ms } = last24Hours;
	const times = [
		...(latencyMs === null ? [] : [formatDuration(latencyMs)]),
		...(p95Ms === null ? [] : [`95 % below ${formatDuration(p95Ms)}`]),
	];
	return {
		...{ name, status: isInDoubt(check) ? 'warning' : status },
		word: isInDoubt(check) ? 'Looked at again' : words[status],
		bars: charts.uptime(daily),
		line: hours.some((slice) => slice.p95Ms !== null) ? charts.latency(hours) : '',
		uptime: percent(period.uptimePercent),
		latency: times.join(', '),
		message: status === 'ok' && !pending ? '' : message,
		notes: notesOf(check, when),
	};
}

function sinceOf({ status, since }: CheckReport, when: (iso: string) => string): string[] {
	return status === 'critical' || status === 'warning' ? [`Since ${when(since)}.`] : [];
}

function notesOf(check: CheckReport, when: (iso: string) => string): string[] {
	const { pending, flapping, acknowledged, silenced } = check;
	const note = acknowledged?.note ? `: ${acknowledged.note}` : '';
	const until = silenced?.until ? ` until ${when(silenced.until)}` : '';
	return [
		...sinceOf(check, when),
		...(pending ? ['This has just begun; nobody was told yet.'] : []),
		...(flapping ? ['It goes up and down all the time.'] : []),
		...(acknowledged ? [`${acknowledged.by} takes care of it${note}.`] : []),
		...(silenced ? [`Silenced by ${silenced.by}${until}.`] : []),
	];
}

/** Two decimals, and never 100 for less. */
function percent(share: number | null): string {
	return share === null ? 'no data' : `${(Math.floor(share * 100) / 100).toFixed(2)} %`;
}
