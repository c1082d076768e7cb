import { checkOne } from './check-one';
import type { Way } from './connection/open';
import { finding } from './judge/finding';
import type { Asked } from './options';
import { withinPart } from './part-of-time';
import type { CertificateFinding, CertificateReport, CertificateStatus } from './report';
import { settled, withoutAlarm } from './settle';

const mostAddresses = 64;
/** An address that is silent must leave time for the hosts that the others lead to. */
const partWithWeb = 0.6;

/** One report of all: that of the worst address, with what differs; and the address that has led to other hosts. */
export async function lookAtEach(
	asked: Asked,
	way: Way,
	begun: number,
	signal: AbortSignal,
): Promise<{ report: CertificateReport; at: string | null }> {
	const found = await lookAtAll(asked, way, begun, signal);
	const others = found.filter((one) => !isOurLack(one));
	const isAnyRead = found.some(isRead);
	const reports = (others.length > 0 ? others : found).map((one) =>
		settled(isAnyRead && !isRead(one) ? withoutAlarm(one) : one, asked),
	);
	const base = worstOf(reports.filter(isRead)) ?? worstOf(reports);
	if (base === undefined) throw new RangeError('A host that was found has an address.');
	const addresses = reports.map(({ address, status, chain, findings }) => ({
		...{ address: address ?? '', status, findings },
		sha256: chain[0]?.sha256 ?? null,
		notAfter: chain[0]?.notAfter ?? null,
	}));
	const ofWeb = reports.find(({ web }) => web !== null);
	const findings = [...mergedFindings(reports), ...leftOut(others.length > 0 ? found : [], way)];
	const report = { ...base, addresses, findings, web: ofWeb?.web ?? null };
	return { report, at: ofWeb?.address ?? null };
}

async function lookAtAll(
	asked: Asked,
	way: Way,
	begun: number,
	signal: AbortSignal,
): Promise<CertificateReport[]> {
	const addresses = way.addresses.slice(0, mostAddresses);
	const lookAt = async (index: number, web: Asked['web'], until: AbortSignal): Promise<CertificateReport> => {
		const one = { ...way, addresses: addresses.slice(index, index + 1) };
		const report = await checkOne({ ...asked, web }, one, begun, until);
		return { ...report, address: addresses[index]?.address ?? null };
	};
	const found = await withinPart(asked.endsAt, asked.web === false ? 1 : partWithWeb, signal, (until) =>
		Promise.all(addresses.map((_address, index) => lookAt(index, index === 0 && asked.web, until))),
	);
	const first = found.findIndex(isRead);
	// What it says as a web server was to be asked of one that is not there.
	if (asked.web !== false && first > 0) found[first] = await lookAt(first, asked.web, signal);
	return found;
}

const isRead = ({ chain }: CertificateReport): boolean => chain.length > 0;

const isOurLack = ({ findings }: CertificateReport): boolean =>
	findings.some(({ code }) => code === 'no_network');

/** What cannot be looked at from here says nothing of the server. */
function leftOut(found: readonly CertificateReport[], { missing }: Way): CertificateFinding[] {
	const findings = found
		.filter(isOurLack)
		.map(({ address, findings: [first] }) =>
			finding('no_network', 'info', `${address} was left out. ${first?.message ?? ''}`.trim()),
		);
	if (missing !== undefined) {
		const message = `Which addresses of the other family the host has could not be found out (${missing}).`;
		findings.push(finding('dns_failed', 'info', message));
	}
	return findings;
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

const statusRank: Record<CertificateStatus, number> = { ok: 0, warning: 1, critical: 2, failed: 3 };

function worstOf(reports: readonly CertificateReport[]): CertificateReport | undefined {
	return [...reports].sort((one, other) => statusRank[other.status] - statusRank[one.status])[0];
}
