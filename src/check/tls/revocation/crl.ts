import { Asn1Error, contextPart, isTrue, oidOf, readAsn1, spanAt, tags, type Asn1 } from '../x509/asn1';
import type { Certificate } from '../x509/certificate';
import { isSignedBy } from '../x509/signature';
import { instantOf } from '../x509/time';
import { instant } from '../judge/wording';
import type { Said } from './said';

/** A list of revoked certificates (RFC 5280, 5); its entries stay bytes, since there may be hundreds of thousands. */
export interface Crl {
	toBeSigned: Buffer;
	algorithm: Asn1;
	signature: Asn1;
	rawIssuer: Buffer;
	thisUpdate: number;
	nextUpdate: number | undefined;
	/** Of the entries, one after the other. */
	entries: Buffer;
	extensions: { oid: string; isCritical: boolean; value: Buffer }[];
	/** Whether these keys have signed it, by their hashes. */
	signers: Map<string, boolean>;
}

/** @throws Asn1Error for what is no such list */
export function readCrl(given: Buffer): Crl {
	const bytes = fromPem(given);
	const whole = spanAt(bytes, 0);
	const list = spanAt(bytes, whole.from, whole.to);
	const algorithm = spanAt(bytes, list.to, whole.to);
	const signature = spanAt(bytes, algorithm.to, whole.to);
	let at = list.from;
	const next = (): Buffer => {
		const span = spanAt(bytes, at, list.to);
		const value = bytes.subarray(at, span.to);
		at = span.to;
		return value;
	};
	const tagAt = (): number => (at < list.to ? (bytes[at] ?? 0) : 0);
	if (tagAt() === tags.integer) next();
	next();
	const rawIssuer = next();
	const thisUpdate = instantOf(readAsn1(next()));
	const isTime = tagAt() === tags.utcTime || tagAt() === tags.generalizedTime;
	const nextUpdate = isTime ? instantOf(readAsn1(next())) : undefined;
	const entries = tagAt() === sequenceTag ? next() : Buffer.from([sequenceTag, 0]);
	const extensions = tagAt() === extensionsTag ? readAsn1(next()).parts[0] : undefined;
	return {
		...{ rawIssuer, thisUpdate, nextUpdate },
		toBeSigned: bytes.subarray(whole.from, list.to),
		algorithm: readAsn1(bytes.subarray(list.to, algorithm.to)),
		signature: readAsn1(bytes.subarray(algorithm.to, signature.to)),
		entries: entries.subarray(spanAt(entries, 0).from),
		extensions: (extensions?.parts ?? []).map(extensionOf),
		signers: new Map(),
	};
}

const sequenceTag = 0x30;
const extensionsTag = 0xa0;

function fromPem(bytes: Buffer): Buffer {
	if (!bytes.subarray(0, 100).includes('-----BEGIN X509 CRL-----')) return bytes;
	const base64 = /-----BEGIN X509 CRL-----([^-]*)-----END/.exec(bytes.toString('latin1'))?.[1];
	return Buffer.from(base64 ?? '', 'base64');
}

function extensionOf({ parts }: Asn1): Crl['extensions'][number] {
	const [oid] = parts;
	const value = parts.at(-1);
	if (oid === undefined || value === undefined) throw new Asn1Error('an extension of it is empty');
	const isCritical = parts.some((part) => part.tag === tags.boolean && isTrue(part));
	return { oid: oidOf(oid), isCritical, value: value.content };
}

const issuingDistributionPoint = '2.5.29.28';
const understood = new Set([issuingDistributionPoint]);

/**
 * What the list says of a certificate.
 *
 * @param issuer that has signed the certificate, and must have signed the list
 */
export function askCrl(crl: Crl, certificate: Certificate, issuer: Certificate, now: number): Said {
	const unknown = (why: string): Said => ({
		state: 'unknown',
		why: `the list of revoked certificates ${why}`,
	});
	if (!crl.rawIssuer.equals(certificate.rawIssuer)) return unknown('is one of another CA');
	if (!isListOf(crl, issuer)) return unknown('is not signed by the CA of the certificate');
	const isListed = holdsSerial(crl.entries, certificate.rawSerial);
	if (isListed) return { state: 'revoked', why: 'it stands in the list of revoked certificates' };
	if (crl.nextUpdate === undefined) return unknown('does not say how long it holds');
	if (crl.nextUpdate < now) return unknown(`is out of date since ${instant(crl.nextUpdate)}`);
	if (crl.thisUpdate > now + clockToleranceMs) return unknown('is from the future');
	const strange = crl.extensions.find(({ oid, isCritical }) => isCritical && !understood.has(oid));
	if (strange !== undefined) return unknown(`has a rule that is not known here (${strange.oid})`);
	const scope = crl.extensions.find(({ oid }) => oid === issuingDistributionPoint);
	if (scope !== undefined && !isWithin(readAsn1(scope.value), certificate))
		return unknown('is not the one for this certificate');
	return { state: 'good', why: 'it does not stand in the list of revoked certificates' };
}

/** Whether the CA has signed it; found out once for each list and CA, since a list may be long. */
export function isListOf(crl: Crl, { keySha256, x509 }: Certificate): boolean {
	const known = crl.signers.get(keySha256);
	if (known !== undefined) return known;
	const isSigned = isSignedBy(x509.publicKey, crl.toBeSigned, crl.algorithm, crl.signature);
	crl.signers.set(keySha256, isSigned);
	return isSigned;
}

export const clockToleranceMs = 10 * 60_000;

/** Only the serials are looked at. */
function holdsSerial(entries: Buffer, serial: Buffer): boolean {
	for (let at = 0; at < entries.length;) {
		const entry = spanAt(entries, at);
		const number = spanAt(entries, entry.from, entry.to);
		if (entries.subarray(number.from, number.to).equals(serial)) return true;
		at = entry.to;
	}
	return false;
}

/** Big CAs cut their lists into parts; another part, put in its place, would say nothing of the certificate. */
function isWithin(scope: Asn1, { isCa, crlUrls }: Certificate): boolean {
	const isSet = (tag: number): boolean => {
		const part = contextPart(scope, tag);
		return part !== undefined && isTrue(part);
	};
	const [onlyUsers, onlyCas, indirect, onlyAttributes] = [1, 2, 4, 5].map(isSet);
	const someReasonsOnly = contextPart(scope, 3) !== undefined;
	if (indirect || onlyAttributes || someReasonsOnly || (onlyUsers && isCa) || (onlyCas && !isCa))
		return false;
	const point = contextPart(scope, 0);
	const names = point && contextPart(point, 0);
	if (names === undefined) return true;
	return names.parts.some(({ tag, content }) => tag === 6 && crlUrls.includes(content.toString('latin1')));
}
