import type { CertificateFinding } from '../report';
import type { Certificate } from '../x509/certificate';
import { isForHost } from '../x509/names';
import { isVerifiable } from '../x509/signature';
import type { Anchors } from './anchors';
import { judgeAlgorithms } from './algorithms';
import { finding } from './finding';
import { hasSigned, isForServers, type Path } from './path';
import { judgeServed } from './served';
import {
	caLevel,
	isExpired,
	isNotYetValid,
	isRenewalOverdue,
	leafLevel,
	longestPublicLifetimeDays,
	type Thresholds,
} from './thresholds';
import { instant, period, quoted, some } from './wording';

export interface Judging {
	/** As the server sends them; at least one. */
	served: readonly Certificate[];
	path: Path;
	anchors: Anchors;
	/** What the certificate must be for; null: nothing is known of it. */
	host: string | null;
	/** Milliseconds since 1970. */
	now: number;
	thresholds: Thresholds;
}

/** What is wrong with certificates that were read. */
export function judgeChain(judging: Judging): CertificateFinding[] {
	const { host, path, served } = judging;
	const [leaf] = served;
	if (leaf === undefined) return [];
	return [
		...(host === null ? [] : judgeName(leaf, host)),
		...judgeTrust(judging, leaf),
		...path.certificates.flatMap((certificate, index) =>
			index === 0 ? judgeLeafTime(certificate, judging) : judgeCaTime(certificate, leaf, judging),
		),
		...judgeUse(leaf, judging),
		...judgeAlgorithms(path),
		...judgeServed(judging),
	];
}

function judgeName({ names }: Certificate, host: string): CertificateFinding[] {
	if (isForHost(names, host)) return [];
	const own = names.filter(({ kind }) => kind === 'dns' || kind === 'ip').map(({ value }) => value);
	const is =
		own.length === 0 ? 'for no host at all (it has no subject alternative names)' : `for ${some(own)}`;
	return [finding('host_mismatch', 'critical', `The certificate is ${is}, and not for ${host}.`)];
}

function judgeTrust({ path, anchors, served }: Judging, leaf: Certificate): CertificateFinding[] {
	if (path.isCut && (path.flaws.length === 0 || !path.isTrusted)) return [tooMuch(path.isTrusted)];
	if (path.isTrusted)
		return path.flaws.length === 0
			? []
			: [finding('invalid_chain', 'critical', `The chain is not valid: ${some(path.flaws)}.`)];
	const last = path.certificates.at(-1) ?? leaf;
	if (last === leaf && leaf.isSelfIssued && hasSignedItself(leaf))
		return [
			finding(
				'self_signed',
				'critical',
				`The certificate is self-signed, and not one of those that are trusted here.`,
			),
		];
	if (last.isSelfIssued && hasSignedItself(last))
		return [
			finding(
				'unknown_ca',
				'critical',
				`The certificate leads to the CA ${quoted(last)}, which is not trusted here.`,
			),
		];
	const issuer = last.issuer === '' ? 'its issuer' : `"${last.issuer.slice(0, 120)}"`;
	if (isUnverifiable(last, [...served, ...anchors.named(last.issuer)]))
		return [
			finding(
				'unknown_ca',
				'critical',
				`The signature of ${quoted(last)} by ${issuer} cannot be verified here (${last.signature.name}).`,
			),
		];
	// Who sends CAs along has most likely sent all; the one that is named last is the root.
	if (path.certificates.length > 1)
		return [
			finding(
				'unknown_ca',
				'critical',
				`The certificate leads to the CA ${issuer}, which is not trusted here. If it is no root, the server leaves its certificate out.`,
			),
		];
	return [
		finding(
			'incomplete_chain',
			'critical',
			`The server does not send the certificate of ${issuer} that leads on from ${quoted(last)} to a trusted CA, or there is none. Some browsers fetch it by themselves; other programs refuse the connection.`,
		),
	];
}

/** What could not be tried may be better or worse. */
const tooMuch = (isTrusted: boolean): CertificateFinding =>
	finding(
		'invalid_chain',
		isTrusted ? 'warning' : 'critical',
		'The server sends certificates that can be put together in more ways than there is time to try; not all were.',
	);

const hasSignedItself = (certificate: Certificate): boolean => hasSigned(certificate, certificate);

/** Its issuer is there, but Node does not know the algorithm. */
function isUnverifiable(
	{ rawIssuer, sha256, signature }: Certificate,
	others: readonly Certificate[],
): boolean {
	const issuers = others.filter((one) => one.rawSubject.equals(rawIssuer) && one.sha256 !== sha256);
	return issuers.some(({ key }) => !isVerifiable(key) || !signature.isKnown);
}

function judgeLeafTime(leaf: Certificate, { now, thresholds }: Judging): CertificateFinding[] {
	const { notAfter, notBefore } = leaf;
	if (isExpired(leaf, now))
		return [
			finding(
				'expired',
				'critical',
				`The certificate expired ${period(now - notAfter)} ago, at ${instant(notAfter)}.`,
			),
		];
	if (isNotYetValid(leaf, now)) return [notYetValid('The certificate', notBefore, now)];
	const level = leafLevel(leaf, now, thresholds);
	const left = `${period(notAfter - now)}, at ${instant(notAfter)}`;
	return [
		...(level === 'ok' ? [] : [finding('expiring', level, `The certificate expires in ${left}.`)]),
		...(isRenewalOverdue(leaf, now)
			? [
					finding(
						'renewal_overdue',
						'warning',
						`The certificate lives for ${period(notAfter - notBefore)} and should have been renewed by now; it expires in ${left}.`,
					),
				]
			: []),
	];
}

function notYetValid(which: string, notBefore: number, now: number): CertificateFinding {
	const hint = notBefore - now < 86_400_000 ? ' Perhaps a clock is wrong, here or at the CA.' : '';
	return finding(
		'not_yet_valid',
		'critical',
		`${which} is not valid before ${instant(notBefore)}, in ${period(notBefore - now)}.${hint}`,
	);
}

function judgeCaTime(ca: Certificate, leaf: Certificate, { now, thresholds }: Judging): CertificateFinding[] {
	const name = `The CA certificate ${quoted(ca)}`;
	const at = instant(ca.notAfter);
	if (isExpired(ca, now))
		return [finding('expired', 'critical', `${name} expired ${period(now - ca.notAfter)} ago, at ${at}.`)];
	if (isNotYetValid(ca, now)) return [notYetValid(name, ca.notBefore, now)];
	const level = caLevel(ca, now, thresholds);
	const left = `expires in ${period(ca.notAfter - now)}, at ${at}`;
	if (ca.notAfter < leaf.notAfter)
		return [
			finding(
				'intermediate_expires_first',
				level === 'ok' ? 'info' : level,
				`${name} ${left}, before the certificate of the server, and ends its validity then.`,
			),
		];
	return level === 'ok' ? [] : [finding('expiring', level, `${name} ${left}.`)];
}

function judgeUse(
	leaf: Certificate,
	{ anchors, path: { certificates, isTrusted } }: Judging,
): CertificateFinding[] {
	const findings: CertificateFinding[] = [];
	if (!isForServers(leaf))
		findings.push(finding('wrong_purpose', 'critical', 'The certificate is not one for servers.'));
	const lifetimeDays = (leaf.notAfter + 1000 - leaf.notBefore) / 86_400_000;
	const most = longestPublicLifetimeDays(leaf.notBefore);
	const last = certificates.at(-1);
	if (isTrusted && last !== undefined && anchors.isPublic(last) && lifetimeDays > most)
		findings.push(
			finding(
				'lifetime_too_long',
				'warning',
				`The certificate lives for ${Math.round(lifetimeDays)} days; browsers take at most ${most} of public CAs.`,
			),
		);
	return findings;
}
