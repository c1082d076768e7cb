import { constants, verify, type KeyObject } from 'node:crypto';

import { signatureAlgorithm, type SignatureAlgorithm } from './algorithms';
import { Asn1Error, bitStringBytes, contextPart, oidOf, tags, type Asn1 } from './asn1';

/** AlgorithmIdentifier; RSASSA-PSS says its hash in its parameters. */
export function signatureOf(algorithm: Asn1): SignatureAlgorithm {
	const [oid, parameters] = algorithm.parts;
	if (oid?.tag !== tags.oid) throw new Asn1Error('its signature has no algorithm');
	const hash = parameters && contextPart(parameters, 0)?.parts[0]?.parts[0];
	return signatureAlgorithm(oidOf(oid), hash && oidOf(hash));
}

const refusedHashes = new Set(['md2', 'md4', 'md5']);

/** Whether a key has signed what is not a certificate, such as a list of revoked ones. */
export function isSignedBy(key: KeyObject, signed: Buffer, algorithm: Asn1, signature: Asn1): boolean {
	try {
		const { name, hash, isKnown } = signatureOf(algorithm);
		if (!isKnown || refusedHashes.has(hash ?? '')) return false;
		const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
		const isPss = name === 'rsassaPss';
		return verify(hash, signed, { key, ...(isPss && pss) }, bitStringBytes(signature));
	} catch {
		return false;
	}
}
