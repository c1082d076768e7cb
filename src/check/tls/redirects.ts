import { zoneOf, type Zone } from '../probes/network/zone';
import { finding } from './judge/finding';
import { followsRedirects, type Asked } from './options';
import type { CertificateReport } from './report';
import { settled, withoutAlarm } from './settle';
import { parseTarget } from './target';

/**
 * A visitor meets the certificates of all hosts on the way.
 *
 * @param at the address that has answered; what it leads to may not be further inside
 * @param look at one host; never rejects for what the network does
 */
export async function withRedirects(
	report: CertificateReport,
	at: string | null,
	asked: Asked,
	signal: AbortSignal,
	look: (asked: Asked, signal: AbortSignal) => Promise<CertificateReport>,
): Promise<CertificateReport> {
	const redirects: CertificateReport[] = [];
	const findings = [...report.findings];
	for (const target of followsRedirects(asked) ? (report.web?.redirectsTo ?? []) : []) {
		const { host, port } = parseTarget(target);
		if (signal.aborted) {
			const message = `It leads to ${host}, for whose certificate no time was left.`;
			findings.push(finding('web_unknown', 'info', message));
			continue;
		}
		const there: Asked = {
			...asked,
			...{ host, port, judgedHost: host, redirectedFrom: zoneOfServer(at, asked) },
			...{
				servername: undefined,
				connectTo: undefined,
				starttls: undefined,
				file: undefined,
				known: [],
			},
			...{ web: false, withoutSni: false },
		};
		const found = await look(there, signal);
		const one = settled(found.chain.length === 0 ? withoutAlarm(found) : found, there);
		redirects.push(one);
		findings.push(
			...one.findings
				.filter(({ severity }) => severity !== 'info')
				.map((each) => ({ ...each, message: `It leads to ${one.host}. ${each.message}` })),
		);
	}
	return { ...report, redirects, findings };
}

/**
 * Where a server stands whose word is followed: it must not lead further inside than it is itself. Behind a proxy that is
 * not known, and the address of the proxy says nothing of it.
 */
export function zoneOfServer(
	address: string | null,
	{ isPublicOnly, proxy }: Pick<Asked, 'isPublicOnly' | 'proxy'>,
): Zone {
	return isPublicOnly || proxy !== undefined || address === null ? 'public' : zoneOf(address);
}
