import { X509Certificate } from 'node:crypto';
import { getCACertificates, rootCertificates } from 'node:tls';

import { readCertificate, type Certificate } from '../x509/certificate';

/** CAs that are trusted. */
export interface Anchors {
	/** Those of this name. */
	named(name: string): readonly Certificate[];
	has(certificate: Certificate): boolean;
	/** One of those that keep to the rules of browsers. */
	isPublic(certificate: Certificate): boolean;
}

/** Those that were given; any certificate may be trusted, also one that is no root. */
export function givenAnchors(certificates: readonly Certificate[]): Anchors {
	const known = new Set(certificates.map(({ sha256 }) => sha256));
	return {
		named: (name) => certificates.filter(({ subject }) => nameKey(subject) === nameKey(name)),
		has: ({ sha256 }) => known.has(sha256),
		isPublic: () => false,
	};
}

let system: { list: readonly string[]; anchors: Anchors } | undefined;

/** Those that Node trusts: Mozilla's, with those of NODE_EXTRA_CA_CERTS and of the machine as Node was told. */
export function systemAnchors(): Anchors {
	const list = getCACertificates('default');
	const isSame = system?.list.length === list.length && system.list.every((pem, at) => pem === list[at]);
	if (system === undefined || !isSame) system = { list, anchors: anchorsOf(list) };
	return system.anchors;
}

/** Of hundreds a handful is ever looked at, so they are read when they are. */
function anchorsOf(list: readonly string[]): Anchors {
	const byName = new Map<string, X509Certificate[]>();
	const fingerprints = new Set<string>();
	for (const pem of list) {
		const root = new X509Certificate(pem);
		const key = nameKey(root.subject ?? '');
		byName.set(key, [...(byName.get(key) ?? []), root]);
		fingerprints.add(fingerprintOf(root));
	}
	const read = new Map<string, Certificate[]>();
	return {
		named: (name) => {
			const key = nameKey(name);
			const known = read.get(key) ?? (byName.get(key) ?? []).map(({ raw }) => readCertificate(raw));
			if (known.length > 0) read.set(key, known);
			return known;
		},
		has: ({ sha256 }) => fingerprints.has(sha256),
		isPublic: ({ sha256 }) => publicFingerprints().has(sha256),
	};
}

const fingerprintOf = ({ fingerprint256 }: X509Certificate): string =>
	fingerprint256.replaceAll(':', '').toLowerCase();

let bundled: ReadonlySet<string> | undefined;

/** Mozilla's, which Node brings along; whoever runs the machine may trust CAs of their own besides. */
function publicFingerprints(): ReadonlySet<string> {
	bundled ??= new Set(rootCertificates.map((pem) => fingerprintOf(new X509Certificate(pem))));
	return bundled;
}

/** The same for names that differ in capitals and spaces alone (RFC 5280, 7.1). */
export function nameKey(name: string): string {
	return name.replace(/\n/g, ', ').replace(/\s+/g, ' ').trim().toLowerCase();
}
