import type { Asked } from './options';
import type { CertificateReport } from './report';

const severityRank = { info: 0, warning: 1, critical: 2 };

/** With the severities that were asked for, the worst first, and the status that follows from them. */
export function settled(report: CertificateReport, { severities = {} }: Asked): CertificateReport {
	const findings = report.findings
		.flatMap((one) => {
			const severity = severities[one.code] ?? one.severity;
			return severity === 'ignore' ? [] : [{ ...one, severity }];
		})
		.sort((one, other) => severityRank[other.severity] - severityRank[one.severity]);
	if (report.chain.length === 0) return { ...report, findings, status: 'failed' };
	const [worst] = findings;
	const status = worst === undefined || worst.severity === 'info' ? 'ok' : worst.severity;
	return { ...report, findings, status };
}

/** Where others can be read, users still get what they want; so it is no more than a warning. */
export function withoutAlarm(report: CertificateReport): CertificateReport {
	const findings = report.findings.map((one) =>
		one.severity === 'critical' && unreached.has(one.code) ? { ...one, severity: 'warning' as const } : one,
	);
	return { ...report, findings };
}

/** What answers, but not with TLS, keeps users away as much as a bad certificate does. */
const unreached = new Set<string>([
	'timeout',
	'connect_failed',
	'dns_failed',
	'no_network',
	'redirect_refused',
]);
