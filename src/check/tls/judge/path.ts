import type { Certificate } from '../x509/certificate';
import { isVerifiable } from '../x509/signature';
import { nameKey, type Anchors } from './anchors';
import { isValidAt } from './thresholds';

/** A way from the certificate of a server towards a trusted one. */
export interface Path {
	/** That of the server first. */
	certificates: Certificate[];
	/** The last one is trusted. */
	isTrusted: boolean;
	/** Rules of paths that it breaks, besides those of time, as sentences. */
	flaws: string[];
	/** There was more to try than there is time for. */
	isCut: boolean;
}

/** As many as OpenSSL takes. */
const longestPath = 100;
/** Certificates that sign each other in all ways could make more paths than there is time for. */
const mostSteps = 2000;
/** Nothing else is done in n8n while a signature is verified; the longest path takes as many. */
const mostVerifications = longestPath;

/**
 * The path that counts: a trusted one if there is any, and of several the one that holds longest, since clients try
 * others when one has expired.
 *
 * @param served as the server sends them, its own first
 * @param now milliseconds since 1970
 */
export function bestPath(served: readonly Certificate[], anchors: Anchors, now: number): Path {
	const [leaf] = served;
	if (leaf === undefined) return { certificates: [], isTrusted: false, flaws: [], isCut: false };
	const links = new Links(served, anchors);
	let best: FoundPath | undefined;
	for (const path of pathsFrom(leaf, links, anchors)) {
		if (best === undefined || compare(path, best, now) > 0) best = path;
	}
	return { ...(best ?? { certificates: [leaf], isTrusted: false, flaws: [] }), isCut: links.isCut };
}

type FoundPath = Omit<Path, 'isCut'>;

function* pathsFrom(leaf: Certificate, links: Links, anchors: Anchors): Generator<FoundPath> {
	const waiting: Certificate[][] = [[leaf]];
	for (let steps = 0; steps < mostSteps; steps += 1) {
		const path = waiting.pop();
		const last = path?.at(-1);
		if (path === undefined || last === undefined) return;
		const isTrusted = anchors.has(last);
		const next =
			isTrusted || path.length >= longestPath
				? []
				: links.issuersOf(last).filter((issuer) => !path.some((one) => isSameCa(one, issuer)));
		// A trusted one ends a path, and so does one of which no issuer is known.
		if (next.length === 0) yield { certificates: path, isTrusted, flaws: flawsOf(path) };
		// What is trusted comes first among them, so it is to be taken last from the stack's end.
		for (const issuer of next.toReversed()) waiting.push([...path, issuer]);
	}
}

/** The same CA with another signature leads in circles. */
export const isSameCa = (one: Certificate, other: Certificate): boolean => caKey(one) === caKey(other);

const caKeys = new WeakMap<Certificate, string>();

/** Compared for each step of each path, so it is made once. */
function caKey(certificate: Certificate): string {
	const known = caKeys.get(certificate) ?? `${certificate.keySha256} ${nameKey(certificate.subject)}`;
	caKeys.set(certificate, known);
	return known;
}

/** Who has signed what; each signature is verified once, and no more of them than there is time for. */
class Links {
	/** A signature was left unverified. */
	isCut = false;

	private readonly known = new Map<string, Certificate[]>();
	private readonly servedByName = new Map<string, Certificate[]>();
	private verifications = 0;

	constructor(
		served: readonly Certificate[],
		private readonly anchors: Anchors,
	) {
		const once = new Map(served.map((one) => [one.sha256, one]));
		for (const one of once.values()) {
			if (anchors.has(one)) continue;
			const name = nameKey(one.subject);
			this.servedByName.set(name, [...(this.servedByName.get(name) ?? []), one]);
		}
	}

	issuersOf(certificate: Certificate): Certificate[] {
		const known = this.known.get(certificate.sha256);
		if (known !== undefined) return known;
		const trusted = this.anchors.named(certificate.issuer);
		const others = this.servedByName.get(nameKey(certificate.issuer)) ?? [];
		const issuers = [...trusted, ...others].filter((issuer) => this.hasSigned(issuer, certificate));
		this.known.set(certificate.sha256, issuers);
		return issuers;
	}

	private hasSigned(issuer: Certificate, certificate: Certificate): boolean {
		// One that is named as its own issuer leads in a circle, whoever has signed it.
		if (isSameCa(issuer, certificate)) return false;
		if (this.verifications >= mostVerifications) this.isCut = true;
		if (this.isCut) return false;
		this.verifications += 1;
		return hasSigned(issuer, certificate);
	}
}

export function hasSigned(issuer: Certificate, certificate: Certificate): boolean {
	try {
		return (
			isVerifiable(issuer.key) &&
			certificate.x509.checkIssued(issuer.x509) &&
			certificate.x509.verify(issuer.x509.publicKey)
		);
	} catch {
		// An algorithm that this Node does not know proves nothing.
		return false;
	}
}

function flawsOf([leaf, ...issuers]: readonly Certificate[]): string[] {
	const flaws: string[] = [];
	issuers.forEach((issuer, index) => {
		// Roots of the first version say nothing of it.
		if (!issuer.isCa && !issuer.isSelfIssued) flaws.push(`"${issuer.subject}" may not sign certificates`);
		const between = issuers.slice(0, index).filter(({ isSelfIssued }) => !isSelfIssued).length;
		if (issuer.pathLength !== null && between > issuer.pathLength)
			flaws.push(
				`"${issuer.subject}" may have only ${issuer.pathLength} CAs below it, and there are ${between}`,
			);
		if (!isForServers(issuer)) flaws.push(`"${issuer.subject}" may not sign certificates of servers`);
	});
	return leaf === undefined ? [] : flaws;
}

const serverAuthentication = '1.3.6.1.5.5.7.3.1';
const anyUsage = '2.5.29.37.0';

/** One that says nothing of its usage may be used for all. */
export function isForServers({ extendedKeyUsage }: Certificate): boolean {
	return (
		extendedKeyUsage === null ||
		extendedKeyUsage.includes(serverAuthentication) ||
		extendedKeyUsage.includes(anyUsage)
	);
}

/** Above zero when the first is better. */
function compare(one: FoundPath, other: FoundPath, now: number): number {
	const rank = (path: FoundPath): number[] => [
		Number(path.isTrusted),
		Number(path.flaws.length === 0),
		Number(path.certificates.every((certificate) => isValidAt(certificate, now))),
		// Without a trusted end the one that leads furthest tells most.
		path.isTrusted ? earliestExpiry(path) : path.certificates.length,
		-path.certificates.length,
	];
	const [mine, theirs] = [rank(one), rank(other)];
	const at = mine.findIndex((value, index) => value !== theirs[index]);
	return at === -1 ? 0 : (mine[at] ?? 0) - (theirs[at] ?? 0);
}

export function earliestExpiry({ certificates }: Pick<Path, 'certificates'>): number {
	return Math.min(...certificates.map(({ notAfter }) => notAfter));
}
