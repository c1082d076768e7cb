import type { CertificateFinding } from '../report';
import type { Certificate } from '../x509/certificate';
import { finding } from './finding';
import { instant, some } from './wording';

/** What was known of the certificate of a server: a part of `report.chain[0]` of an earlier look. */
export interface KnownCertificate {
	sha256: string;
	issuer: string;
	keySha256: string;
	notAfter: string;
	names: readonly { kind: string; value: string }[];
	/** It is new itself: what it has changed, compared with the one before, is told still. */
	isNew?: boolean | undefined;
}

/**
 * What a renewal has changed that nobody may have wanted.
 *
 * @param all that are known, the newest first: one of several servers may still have an older one
 */
export function judgeChanges(
	leaf: Certificate | undefined,
	all: readonly KnownCertificate[],
): CertificateFinding[] {
	const at = all.findIndex(({ sha256 }) => sha256 === leaf?.sha256);
	const known = at === 0 && all[0]?.isNew ? all[1] : all[0];
	if (leaf === undefined || known === undefined || at > 0 || known.sha256 === leaf.sha256) return [];
	const findings: CertificateFinding[] = [];
	const names = new Set(leaf.names.map(({ kind, value }) => `${kind} ${value}`));
	const missing = known.names.filter(({ kind, value }) => !names.has(`${kind} ${value}`));
	const changed = (severity: 'info' | 'warning', what: string): void =>
		void findings.push(finding('changed', severity, `The certificate was replaced: ${what}.`));
	if (missing.length > 0)
		changed('warning', `it is no longer for ${some(missing.map(({ value }) => value))}`);
	const before = Date.parse(known.notAfter);
	if (leaf.notAfter < before) changed('warning', `the one before was valid longer, until ${instant(before)}`);
	if (leaf.issuer !== known.issuer)
		changed('info', `its issuer is "${leaf.issuer}" now, and was "${known.issuer}"`);
	if (leaf.keySha256 === known.keySha256) changed('info', 'its key is the same as before');
	if (findings.length === 0) changed('info', `it is valid until ${instant(leaf.notAfter)} now`);
	return findings;
}
