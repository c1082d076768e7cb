import { hash, X509Certificate } from 'node:crypto';

import { errorMessage } from '../../../shared';
import { publicKeyFacts, type PublicKeyFacts, type SignatureAlgorithm } from './algorithms';
import { Asn1Error, contextPart, integerHex, partOf, readAsn1, type Asn1 } from './asn1';
import { readExtensions, type Extensions } from './extensions';
import { signatureOf } from './signature';
import { instantOf } from './time';

/** A certificate as it was read; what is wrong with it is judged elsewhere. */
export interface Certificate extends Extensions {
	/** What verifies signatures. */
	x509: X509Certificate;
	der: Buffer;
	/** `CN=shop.example.com, O=Shop`; may be empty. */
	subject: string;
	issuer: string;
	/** As bytes. */
	rawSubject: Buffer;
	rawIssuer: Buffer;
	/** Hexadecimal, capital letters. */
	serial: string;
	/** As bytes of ASN.1, to be compared with others. */
	rawSerial: Buffer;
	/** Milliseconds since 1970; both ends are included. */
	notBefore: number;
	notAfter: number;
	/** Hexadecimal, small letters. */
	sha256: string;
	key: PublicKeyFacts;
	/** Of the SubjectPublicKeyInfo, hexadecimal: the same for certificates with the same key. */
	keySha256: string;
	/** Without its algorithm, as OCSP names keys. */
	rawKey: Buffer;
	signature: SignatureAlgorithm;
	/** Signed with its own key, or said to be. */
	isSelfIssued: boolean;
}

/** What a certificate lacks to be one. */
export class CertificateSyntaxError extends Error {
	override readonly name = 'CertificateSyntaxError';
}

/**
 * @param bytes DER
 * @throws CertificateSyntaxError
 */
export function readCertificate(bytes: Buffer): Certificate {
	try {
		return certificateOf(bytes);
	} catch (thrown) {
		throw new CertificateSyntaxError(`It is no certificate: ${errorMessage(thrown)}.`);
	}
}

function certificateOf(given: Buffer): Certificate {
	const x509 = openssl(given);
	const bytes = x509.raw;
	const whole = readAsn1(bytes);
	const toBeSigned = partOf(whole, 0);
	// The version is there from version 2 on.
	const first = contextPart(toBeSigned, 0) === undefined ? 0 : 1;
	const [serial, , issuer, validity, subject, key] = Array.from({ length: 6 }, (_, index) =>
		partOf(toBeSigned, first + index),
	) as [Asn1, Asn1, Asn1, Asn1, Asn1, Asn1];
	const extensions = contextPart(toBeSigned, 3);
	return {
		x509,
		der: bytes,
		subject: oneLineName(x509.subject),
		issuer: oneLineName(x509.issuer),
		rawSubject: subject.bytes,
		rawIssuer: issuer.bytes,
		serial: integerHex(serial),
		rawSerial: serial.content,
		notBefore: instantOf(partOf(validity, 0)),
		notAfter: instantOf(partOf(validity, 1)),
		sha256: hexOf(x509.fingerprint256),
		key: publicKeyFacts(() => x509.publicKey),
		keySha256: hash('sha256', key.bytes),
		rawKey: partOf(key, 1).content.subarray(1),
		signature: signatureOf(partOf(whole, 1)),
		isSelfIssued: subject.bytes.equals(issuer.bytes),
		...readExtensions(extensions === undefined ? [] : partOf(extensions, 0).parts),
	};
}

function openssl(given: Buffer): X509Certificate {
	try {
		return new X509Certificate(given);
	} catch {
		// What OpenSSL says of DER is what it says of it as PEM, which is tried last.
		throw new Asn1Error('OpenSSL cannot read it');
	}
}

const hexOf = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();

/** Node gives each part a line of its own, and nothing at all for a name without parts. */
function oneLineName(name: string | undefined): string {
	return (name ?? '')
		.trim()
		.replace(/\n/g, ', ')
		.replace(/[\p{Cc}\p{Cf}]/gu, '�');
}
