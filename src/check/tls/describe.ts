import type { CertificateInfo, Expiry } from './report';
import { expiryThreshold } from './judge/thresholds';
import type { Path } from './judge/path';
import type { Certificate } from './x509/certificate';

const dayMs = 86_400_000;

const days = (durationMs: number): number => Math.floor((durationMs / dayMs) * 100) / 100;

/** A certificate as plain JSON. */
export function describe(certificate: Certificate, now: number): CertificateInfo {
	const { subject, issuer, names, serial, key, keySha256, signature, notBefore, notAfter, isCa, sha256 } =
		certificate;
	return {
		...{ subject, issuer, names, serial, key, keySha256 },
		signature: signature.name,
		notBefore: new Date(notBefore).toISOString(),
		notAfter: new Date(notAfter).toISOString(),
		lifetimeDays: days(notAfter - notBefore),
		daysLeft: days(notAfter - now),
		...{ isCa, sha256 },
	};
}

/** When the path ends to be valid; null for none. */
export function expiryOf({ certificates }: Path, now: number): Expiry | null {
	const [first, ...others] = certificates;
	if (first === undefined) return null;
	const earliest = others.reduce((found, one) => (one.notAfter < found.notAfter ? one : found), first);
	return {
		at: new Date(earliest.notAfter).toISOString(),
		daysLeft: days(earliest.notAfter - now),
		subject: earliest.subject,
		sha256: earliest.sha256,
		threshold: expiryThreshold(earliest, now, earliest !== first),
	};
}
