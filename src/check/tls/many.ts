import { checkCertificate } from './check-host';
import { clockOfServers } from './clock';
import { isClockSuspect, isOutOfTime } from './clock-suspect';
import { inTurn } from './in-turn';
import { finding } from './judge/finding';
import { clockIsWrong } from './judge/wording';
import type { CertificateOptions } from './options';
import type { CertificateReport } from './report';

/** As many as a small machine and a name server take without a word. */
const usualConcurrency = 20;

/**
 * `checkCertificate` for many. Where most certificates seem to be out of their time, the clock of this machine is compared
 * with those of the servers, and if that is wrong, it is told once and all are judged by theirs.
 *
 * @param concurrency how many at the same time; 20 unless given
 * @returns one for each, in their order
 */
export async function checkCertificates(
	list: readonly CertificateOptions[],
	concurrency = usualConcurrency,
): Promise<CertificateReport[]> {
	const reports = await inTurn(list, concurrency, checkCertificate);
	const read = reports.filter(({ status }) => status !== 'failed');
	if (!isClockSuspect(read.length, read.filter(isOutOfTime).length)) return reports;
	const readOnes = list.flatMap((options, index) => {
		const report = reports[index];
		return report === undefined || report.status === 'failed'
			? []
			: [{ options, isOut: isOutOfTime(report) }];
	});
	const aheadMs = await clockOfServers({
		outOfTime: readOnes.flatMap(({ options, isOut }) => (isOut ? options : [])),
		inTime: readOnes.flatMap(({ options, isOut }) => (isOut ? [] : options)),
	});
	if (aheadMs === undefined || aheadMs === 0) return reports;
	const judged = await inTurn(list, concurrency, async (options) =>
		checkCertificate({ ...options, now: Number(options.now ?? Date.now()) + aheadMs }),
	);
	return judged.map((report, index) => withClock(report, aheadMs, index === 0));
}

function withClock(report: CertificateReport, aheadMs: number, isFirst: boolean): CertificateReport {
	const wrong = finding('clock_wrong', isFirst ? 'critical' : 'info', clockIsWrong(aheadMs));
	const findings = isFirst ? [wrong, ...report.findings] : [...report.findings, wrong];
	return { ...report, findings, status: isFirst && report.status !== 'failed' ? 'critical' : report.status };
}
