import { constants, verify, type KeyObject } from 'node:crypto';

import {
	publicKeyFacts,
	signatureAlgorithm,
	type PublicKeyFacts,
	type SignatureAlgorithm,
} from './algorithms';
import { Asn1Error, bitStringBytes, contextPart, oidOf, tags, type Asn1 } from './asn1';

/** AlgorithmIdentifier; RSASSA-PSS says its hash in its parameters. */
export function signatureOf(algorithm: Asn1): SignatureAlgorithm {
	const [oid, parameters] = algorithm.parts;
	if (oid?.tag !== tags.oid) throw new Asn1Error('its signature has no algorithm');
	const hash = parameters && contextPart(parameters, 0)?.parts[0]?.parts[0];
	return signatureAlgorithm(oidOf(oid), hash && oidOf(hash));
}

const mostExponentBits = 64n;

/**
 * Whether signatures of a key are verified at all. With a public exponent of full size each takes milliseconds, during
 * which n8n does nothing else; no CA has one of more than 32 bits, and OpenSSL takes none above 64 for longer keys.
 */
export function isVerifiable({ type, exponent }: Pick<PublicKeyFacts, 'type' | 'exponent'>): boolean {
	return type !== 'unknown' && BigInt(exponent ?? 0) >> mostExponentBits === 0n;
}

const refusedHashes = new Set(['md2', 'md4', 'md5']);

/** Whether a key has signed what is not a certificate, such as a list of revoked ones. */
export function isSignedBy(key: KeyObject, signed: Buffer, algorithm: Asn1, signature: Asn1): boolean {
	try {
		const { name, hash, isKnown } = signatureOf(algorithm);
		if (!isKnown || refusedHashes.has(hash ?? '') || !isVerifiable(publicKeyFacts(() => key))) return false;
		const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
		const isPss = name === 'rsassaPss';
		return verify(hash, signed, { key, ...(isPss && pss) }, bitStringBytes(signature));
	} catch {
		return false;
	}
}
