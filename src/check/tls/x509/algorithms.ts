import type { KeyObject } from 'node:crypto';

/** Of a signature: how it is called, and which hash it is made of. */
export interface SignatureAlgorithm {
	/** Such as `sha256WithRSAEncryption`; its number for one that is not known here. */
	name: string;
	/** Undefined where there is none of its own, or it is not known. */
	hash?: string | undefined;
	isKnown: boolean;
}

const rsa = '1.2.840.113549.1.1';
const ecdsa = '1.2.840.10045.4';
const dsa = '2.16.840.1.101.3.4.3';

/** RFC 3279, 4055, 5758, 8410, 9881, 9882 and 9909, by their numbers. */
const algorithms: Record<string, [name: string, hash?: string]> = {
	[`${rsa}.2`]: ['md2WithRSAEncryption', 'md2'],
	[`${rsa}.3`]: ['md4WithRSAEncryption', 'md4'],
	[`${rsa}.4`]: ['md5WithRSAEncryption', 'md5'],
	[`${rsa}.5`]: ['sha1WithRSAEncryption', 'sha1'],
	'1.3.14.3.2.29': ['sha1WithRSA', 'sha1'],
	[`${rsa}.11`]: ['sha256WithRSAEncryption', 'sha256'],
	[`${rsa}.12`]: ['sha384WithRSAEncryption', 'sha384'],
	[`${rsa}.13`]: ['sha512WithRSAEncryption', 'sha512'],
	[`${rsa}.14`]: ['sha224WithRSAEncryption', 'sha224'],
	[`${rsa}.10`]: ['rsassaPss', 'sha1'],
	'1.2.840.10040.4.3': ['dsaWithSHA1', 'sha1'],
	[`${dsa}.1`]: ['dsaWithSHA224', 'sha224'],
	[`${dsa}.2`]: ['dsaWithSHA256', 'sha256'],
	[`${ecdsa}.1`]: ['ecdsaWithSHA1', 'sha1'],
	[`${ecdsa}.3.1`]: ['ecdsaWithSHA224', 'sha224'],
	[`${ecdsa}.3.2`]: ['ecdsaWithSHA256', 'sha256'],
	[`${ecdsa}.3.3`]: ['ecdsaWithSHA384', 'sha384'],
	[`${ecdsa}.3.4`]: ['ecdsaWithSHA512', 'sha512'],
	'1.3.101.112': ['Ed25519'],
	'1.3.101.113': ['Ed448'],
	[`${dsa}.17`]: ['ML-DSA-44'],
	[`${dsa}.18`]: ['ML-DSA-65'],
	[`${dsa}.19`]: ['ML-DSA-87'],
};

const hashes: Record<string, string> = {
	'1.3.14.3.2.26': 'sha1',
	'1.2.840.113549.2.5': 'md5',
	'2.16.840.1.101.3.4.2.1': 'sha256',
	'2.16.840.1.101.3.4.2.2': 'sha384',
	'2.16.840.1.101.3.4.2.3': 'sha512',
	'2.16.840.1.101.3.4.2.4': 'sha224',
};

/** @param hashOid of RSASSA-PSS, which says its hash beside its own number */
export function signatureAlgorithm(oid: string, hashOid?: string): SignatureAlgorithm {
	const [name = oid, ownHash] = algorithms[oid] ?? [];
	const hash = hashOid === undefined ? ownHash : (hashes[hashOid] ?? ownHash);
	return { name, hash, isKnown: algorithms[oid] !== undefined };
}

/** Of a certificate. */
export interface PublicKeyFacts {
	/** `rsa`, `ec`, `ed25519`, `dsa` …, or `unknown`. */
	type: string;
	/** Of RSA and DSA, and of curves; null where it says nothing. */
	bits: number | null;
	/** As it is called by NIST where it has such a name. */
	curve: string | null;
	/** Of RSA. */
	exponent: string | null;
}

const curves: Record<string, [name: string, bits: number]> = {
	prime192v1: ['P-192', 192],
	secp224r1: ['P-224', 224],
	prime256v1: ['P-256', 256],
	secp256k1: ['secp256k1', 256],
	secp384r1: ['P-384', 384],
	secp521r1: ['P-521', 521],
	brainpoolP256r1: ['brainpoolP256r1', 256],
	brainpoolP384r1: ['brainpoolP384r1', 384],
	brainpoolP512r1: ['brainpoolP512r1', 512],
};

/** @param open gets the key, and may fail for kinds that this Node does not know */
export function publicKeyFacts(open: () => KeyObject): PublicKeyFacts {
	const none = { bits: null, curve: null, exponent: null };
	let key: KeyObject;
	try {
		key = open();
	} catch {
		return { ...none, type: 'unknown' };
	}
	const type = key.asymmetricKeyType ?? 'unknown';
	const { modulusLength, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {};
	const [curve, curveBits] = curves[namedCurve ?? ''] ?? [namedCurve ?? null, bitsIn(namedCurve)];
	return { type, bits: modulusLength ?? curveBits, curve, exponent: publicExponent?.toString() ?? null };
}

/** Names of curves hold their size: `secp112r1`, `sect163k1`. */
function bitsIn(curve: string | undefined): number | null {
	const digits = /\d{3}/.exec(curve ?? '')?.[0];
	return digits === undefined ? null : Number(digits);
}
