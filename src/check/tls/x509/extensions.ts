import { contextPart, isTrue, oidOf, readAsn1, tags, type Asn1 } from './asn1';
import { subjectName, type SubjectName } from './names';

/** What the extensions of a certificate say (RFC 5280, 4.2). */
export interface Extensions {
	names: SubjectName[];
	isCa: boolean;
	/** So many CAs may stand between it and a leaf; null: any. */
	pathLength: number | null;
	/** Object identifiers; null where it says nothing, which allows all. */
	extendedKeyUsage: string[] | null;
	/** Addresses with `http:` or `https:`. */
	crlUrls: string[];
	ocspUrls: string[];
	/** A server must send proof with each handshake that it is not revoked (RFC 7633). */
	mustStaple: boolean;
	/** The certificate is one of an OCSP responder that need not be asked about (RFC 6960, 4.2.2.2.1). */
	noRevocationCheck: boolean;
}

const numbers = {
	subjectAltName: '2.5.29.17',
	basicConstraints: '2.5.29.19',
	crlDistributionPoints: '2.5.29.31',
	extendedKeyUsage: '2.5.29.37',
	authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
	tlsFeature: '1.3.6.1.5.5.7.1.24',
	noRevocationCheck: '1.3.6.1.5.5.7.48.1.5',
} as const;

const ocspMethod = '1.3.6.1.5.5.7.48.1';
const statusRequest = 5;

/** One that cannot be read says nothing, so that the certificate is reported all the same. */
export function readExtensions(list: readonly Asn1[]): Extensions {
	const found = new Map<string, Asn1>();
	for (const extension of list) {
		const [oid] = extension.parts;
		const value = extension.parts.find(({ tag }) => tag === tags.octetString);
		const read = value && attempt(() => readAsn1(value.content));
		if (oid?.tag === tags.oid && read) found.set(oidOf(oid), read);
	}
	const partsOf = (number: string): Asn1[] => found.get(number)?.parts ?? [];
	const constraints = partsOf(numbers.basicConstraints);
	const pathLength = constraints.find(({ tag }) => tag === tags.integer);
	const usages = found.get(numbers.extendedKeyUsage);
	return {
		names: partsOf(numbers.subjectAltName).map(({ tag, content }) => subjectName(tag, content)),
		isCa: constraints.some((part) => part.tag === tags.boolean && isTrue(part)),
		pathLength: pathLength === undefined ? null : numberOf(pathLength),
		extendedKeyUsage: usages === undefined ? null : usages.parts.map(oidOf),
		crlUrls: partsOf(numbers.crlDistributionPoints).flatMap(urlsOfPoint).filter(isWeb),
		ocspUrls: partsOf(numbers.authorityInfoAccess)
			.filter(({ parts: [method] }) => method !== undefined && oidOf(method) === ocspMethod)
			.flatMap(({ parts: [, location] }) => location?.content.toString('latin1') ?? [])
			.filter(isWeb),
		mustStaple: partsOf(numbers.tlsFeature).some((feature) => numberOf(feature) === statusRequest),
		noRevocationCheck: found.has(numbers.noRevocationCheck),
	};
}

/** DistributionPoint: `[0] { [0] { [6] address … } }`. One that names its reasons holds only a part of what is revoked. */
function urlsOfPoint(point: Asn1): string[] {
	const names = contextPart(point, 0);
	const full = names && contextPart(names, 0);
	if (full === undefined || contextPart(point, 1) !== undefined) return [];
	return full.parts.filter(({ tag }) => tag === 6).map(({ content }) => content.toString('latin1'));
}

const isWeb = (address: string): boolean => /^https?:$/.test(URL.parse(address)?.protocol ?? '');

const numberOf = ({ content }: Asn1): number =>
	content.length === 0 || content.length > 6 ? Number.MAX_SAFE_INTEGER : content.readIntBE(0, content.length);

function attempt<Value>(read: () => Value): Value | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
