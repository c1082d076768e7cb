import { blankReport, checkOne } from './check-one';
import { readFault } from './connection/fault';
import { findWay, type Way } from './connection/open';
import { finding } from './judge/finding';
import { readOptions, type Asked, type CertificateOptions } from './options';
import type { CertificateFinding, CertificateReport, CertificateStatus } from './report';
import { parseTarget } from './target';

/** See the door of this folder. */
export async function checkCertificate(options: CertificateOptions): Promise<CertificateReport> {
	const asked = readOptions(options);
	asked.signal?.throwIfAborted();
	const deadline = new AbortController();
	const signal = AbortSignal.any([deadline.signal, ...(asked.signal ? [asked.signal] : [])]);
	const timer = setTimeout(
		() => deadline.abort(new DOMException('The time is over.', 'TimeoutError')),
		asked.timeoutMs,
	);
	try {
		const report = settled(await look(asked, signal), asked);
		asked.signal?.throwIfAborted();
		return report;
	} finally {
		clearTimeout(timer);
		// Whatever is still open, such as a question to another name server, ends with it.
		deadline.abort();
	}
}

async function look(asked: Asked, signal: AbortSignal): Promise<CertificateReport> {
	const begun = performance.now();
	let way: Way;
	try {
		way = await findWay(asked, signal);
	} catch (thrown) {
		const fault = readFault(thrown);
		if (fault === undefined) throw thrown;
		return { ...blankReport(asked), findings: [fault.finding()] };
	}
	const report =
		asked.eachAddress && asked.proxy === undefined
			? await lookAtEach(asked, way, begun, signal)
			: await checkOne(asked, way, begun, signal);
	return await withRedirects(report, asked, signal);
}

const mostAddresses = 64;

/** One report of all: that of the worst address, with what differs. */
async function lookAtEach(
	asked: Asked,
	way: Way,
	begun: number,
	signal: AbortSignal,
): Promise<CertificateReport> {
	const reports = await Promise.all(
		way.addresses.slice(0, mostAddresses).map(async (address, index) => {
			const one = index === 0 ? asked : { ...asked, web: false as const };
			const report = await checkOne(one, { ...way, addresses: [address] }, begun, signal);
			return settled({ ...report, address: address.address }, asked);
		}),
	);
	const read = reports.filter(({ status }) => status !== 'failed');
	const base = worstOf(read) ?? worstOf(reports);
	if (base === undefined) throw new RangeError('A host that was found has an address.');
	const addresses = reports.map(({ address, status, chain, findings }) => ({
		...{ address: address ?? '', status, findings },
		sha256: chain[0]?.sha256 ?? null,
		notAfter: chain[0]?.notAfter ?? null,
	}));
	return { ...base, addresses, findings: mergedFindings(reports), web: reports[0]?.web ?? null };
}

/** What was found at all addresses alike is told once. */
function mergedFindings(reports: readonly CertificateReport[]): CertificateFinding[] {
	const found = new Map<string, { one: CertificateFinding; at: string[] }>();
	for (const { address, findings } of reports)
		for (const one of findings) {
			const key = `${one.code} ${one.severity} ${one.message}`;
			const known = found.get(key) ?? { one, at: [] };
			known.at.push(address ?? '');
			found.set(key, known);
		}
	const merged = [...found.values()].map(({ one, at }) =>
		at.length === reports.length ? one : { ...one, message: `At ${at.join(', ')}: ${one.message}` },
	);
	const kinds = new Set(
		reports.map(({ chain }) => chain[0]?.sha256).filter((sha256) => sha256 !== undefined),
	);
	if (kinds.size > 1)
		merged.push(
			finding(
				'addresses_differ',
				'info',
				`The addresses of the host have ${kinds.size} different certificates.`,
			),
		);
	return merged;
}

/** A visitor meets the certificates of all hosts on the way. */
async function withRedirects(
	report: CertificateReport,
	asked: Asked,
	signal: AbortSignal,
): Promise<CertificateReport> {
	const redirects: CertificateReport[] = [];
	for (const target of report.web?.redirectsTo ?? []) {
		const there: Asked = {
			...asked,
			...parseTarget(target),
			judgedHost: parseTarget(target).host,
			...{ servername: undefined, connectTo: undefined, web: false, file: undefined, withoutSni: false },
		};
		redirects.push(settled(await look(there, signal), there));
	}
	const findings = redirects.flatMap((one) =>
		one.findings
			.filter(({ severity }) => severity !== 'info')
			.map((found) => ({ ...found, message: `It leads to ${one.host}. ${found.message}` })),
	);
	return { ...report, redirects, findings: [...report.findings, ...findings] };
}

const severityRank = { info: 0, warning: 1, critical: 2 };
const statusRank: Record<CertificateStatus, number> = { ok: 0, warning: 1, critical: 2, failed: 3 };

function worstOf(reports: readonly CertificateReport[]): CertificateReport | undefined {
	return [...reports].sort((one, other) => statusRank[other.status] - statusRank[one.status])[0];
}

/** With the severities that were asked for, the worst first, and the status that follows from them. */
function settled(report: CertificateReport, { severities = {} }: Asked): CertificateReport {
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
