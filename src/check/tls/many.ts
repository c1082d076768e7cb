import { checkCertificate } from './check-host';
import { finding } from './judge/finding';
import { period } from './judge/wording';
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
	if (!isSuspicious(reports)) return reports;
	const aheadMs = await clockOfServers(list.filter((_one, index) => isOutOfTime(reports[index])));
	if (aheadMs === undefined) return reports;
	const judged = await inTurn(list, concurrency, async (options) =>
		checkCertificate({ ...options, now: Number(options.now ?? Date.now()) + aheadMs }),
	);
	return judged.map((report, index) => withClock(report, aheadMs, index === 0));
}

async function inTurn<Result>(
	list: readonly CertificateOptions[],
	concurrency: number,
	look: (options: CertificateOptions) => Promise<Result>,
): Promise<Result[]> {
	const results = new Map<number, Result>();
	const waiting = list.entries();
	const worker = async (): Promise<void> => {
		for (const [index, options] of waiting) results.set(index, await look(options));
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, list.length) }, worker));
	return list.flatMap((_options, index) => results.get(index) ?? []);
}

const fewestReports = 3;

const isOutOfTime = (report: CertificateReport | undefined): boolean =>
	report?.findings.some(({ code }) => code === 'expired' || code === 'not_yet_valid') ?? false;

function isSuspicious(reports: readonly CertificateReport[]): boolean {
	const read = reports.filter(({ status }) => status !== 'failed');
	return read.length >= fewestReports && read.filter(isOutOfTime).length > read.length / 2;
}

const mostAsked = 5;
const fewestClocks = 2;
const tolerableMs = 3_600_000;

/** So much the clocks of servers are ahead of the one here, where several agree. */
async function clockOfServers(list: readonly CertificateOptions[]): Promise<number | undefined> {
	const asked = await inTurn(list.slice(0, mostAsked), mostAsked, async (options) => {
		const { web } = await checkCertificate({ ...options, web: true, revocation: false, protocols: false });
		return web?.clockAheadMs ?? undefined;
	});
	const ahead = asked.filter((one) => one !== undefined).sort((one, other) => one - other);
	const [first, last] = [ahead[0], ahead.at(-1)];
	if (first === undefined || last === undefined || ahead.length < fewestClocks) return undefined;
	if (last - first > tolerableMs || Math.abs(first) < tolerableMs) return undefined;
	return ahead[Math.floor(ahead.length / 2)];
}

function withClock(report: CertificateReport, aheadMs: number, isFirst: boolean): CertificateReport {
	const direction = aheadMs > 0 ? 'slow' : 'fast';
	const wrong = finding(
		'clock_wrong',
		isFirst ? 'critical' : 'info',
		`The clock of this machine is ${period(aheadMs)} ${direction}; certificates were judged by the clocks of the servers.`,
	);
	const findings = isFirst ? [wrong, ...report.findings] : [...report.findings, wrong];
	return { ...report, findings, status: isFirst && report.status !== 'failed' ? 'critical' : report.status };
}
