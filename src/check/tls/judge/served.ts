import type { CertificateFinding } from '../report';
import type { Certificate } from '../x509/certificate';
import type { Judging } from './chain';
import { finding } from './finding';
import { isSameCa } from './path';
import { isExpired } from './thresholds';
import { instant, quoted } from './wording';

/** What is wrong with the list that the server sends, though clients find their way. */
export function judgeServed({ served, path, now }: Judging): CertificateFinding[] {
	const inPath = new Set(path.certificates.map(({ sha256 }) => sha256));
	const seen = new Set<string>();
	const findings: CertificateFinding[] = [];
	served.forEach((certificate, index) => {
		const isAgain = seen.has(certificate.sha256);
		seen.add(certificate.sha256);
		if (isAgain) findings.push(extra(`sends ${quoted(certificate)} twice`));
		else if (index > 0 && certificate.isSelfIssued && isEnd(certificate, path.certificates))
			findings.push(extra(`sends the root ${quoted(certificate)}, which clients have or do not trust`));
		// Where no trusted CA is reached, nobody knows what is needed.
		else if (path.isTrusted && !inPath.has(certificate.sha256))
			findings.push(...judgeUnused(certificate, path.certificates, now));
	});
	if (!isInOrder(served, path.certificates))
		findings.push(
			finding(
				'wrong_order',
				'warning',
				'The server sends its certificates in another order than each after the one it has signed.',
			),
		);
	return findings;
}

const extra = (what: string): CertificateFinding =>
	finding('extra_certificate', 'warning', `The server ${what}.`);

const isEnd = (certificate: Certificate, path: readonly Certificate[]): boolean =>
	path.at(-1)?.sha256 === certificate.sha256;

function judgeUnused(
	certificate: Certificate,
	path: readonly Certificate[],
	now: number,
): CertificateFinding[] {
	if (isExpired(certificate, now))
		return [
			finding(
				'expired_extra',
				'warning',
				`The server also sends ${quoted(certificate)}, which expired at ${instant(certificate.notAfter)}; clients find another way, but old ones may not.`,
			),
		];
	// Signed by another root, for clients that know only that one.
	const isCrossSigned = path.some((one) => isSameCa(one, certificate));
	return isCrossSigned ? [] : [extra(`also sends ${quoted(certificate)}, which nobody needs`)];
}

/** Those that are needed stand in the order of the path. */
function isInOrder(served: readonly Certificate[], path: readonly Certificate[]): boolean {
	const places = path
		.map(({ sha256 }) => served.findIndex((one) => one.sha256 === sha256))
		.filter((place) => place !== -1);
	return places.every((place, index) => index === 0 || place > (places[index - 1] ?? -1));
}
