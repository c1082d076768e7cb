import type { MetricFamily, MetricSample } from '../../shared';
import type { CheckReport, Report } from '../report';

/**
 * What a report says, as figures. Instants and not "how long ago", so that a figure that is not renewed is seen to be old.
 */
export function checkMetrics({ set, checks: all }: Report): MetricFamily[] {
	const checks = all.filter(({ listed }) => listed);
	const family = (
		name: string,
		help: string,
		valueOf: (check: CheckReport) => number | null,
	): MetricFamily => ({
		name: `opsdesk_check_${name}`,
		help,
		samples: checks.flatMap((check): MetricSample[] => {
			const value = valueOf(check);
			return value === null ? [] : [{ labels: labelsOf(set, check), value }];
		}),
	});
	return [
		family(
			'up',
			'1 when the check is well or a warning, 0 when it fails; absent while that is unknown.',
			({ status }) => (status === 'unknown' ? null : Number(status !== 'critical')),
		),
		family('level', '0 ok, 1 warning, 2 critical; absent while that is unknown.', ({ status }) =>
			status === 'unknown' ? null : ['ok', 'warning', 'critical'].indexOf(status),
		),
		family('known', '1 when it is known how the target is, else 0.', ({ status }) =>
			Number(status !== 'unknown'),
		),
		family('flapping', '1 while the target goes up and down all the time.', ({ flapping }) =>
			Number(flapping),
		),
		family('silenced', '1 while nobody is told.', ({ silenced }) => Number(silenced !== null)),
		family('since_timestamp_seconds', 'Since when it is as it is.', ({ since }) => Date.parse(since) / 1000),
		family(
			'last_run_timestamp_seconds',
			'When it was last looked at.',
			({ checkedAt }) => Date.parse(checkedAt) / 1000,
		),
		family(
			'valid_until_timestamp_seconds',
			'Without another look it counts as unknown after that: nobody looks any more.',
			({ validUntil }) => Date.parse(validUntil) / 1000,
		),
		family('latency_seconds', 'How long the last answer took.', ({ latencyMs }) =>
			latencyMs === null ? null : latencyMs / 1000,
		),
		family(
			'certificate_expires_timestamp_seconds',
			'When the first certificate of the path of clients expires.',
			({ certificate }) => (certificate?.expiresAt ? Date.parse(certificate.expiresAt) / 1000 : null),
		),
		family(
			'uptime_24h_ratio',
			'Share of the last 24 hours in which it was up, of the time that is known.',
			(check) => (check.last24Hours.uptimePercent === null ? null : check.last24Hours.uptimePercent / 100),
		),
	];
}

const labelsOf = (set: string, { name, site, type }: CheckReport): Record<string, string> => ({
	set,
	site: site ?? '',
	check: name,
	type,
});
