import type { CertificateFinding } from '../report';
import type { Certificate } from '../x509/certificate';
import { isVerifiable } from '../x509/signature';
import { finding } from './finding';
import type { Path } from './path';
import { quoted } from './wording';

const weakHashes = new Set(['md2', 'md4', 'md5', 'sha1']);
const smallestRsaBits = 2048;
const smallestCurveBits = 224;

/** Keys and signatures that clients refuse, by the Baseline Requirements (6.1.5) and the defaults of OpenSSL. */
export function judgeAlgorithms({ certificates, isTrusted }: Path): CertificateFinding[] {
	return certificates.flatMap((certificate, index) => {
		const name = index === 0 ? 'the certificate' : `the CA certificate ${quoted(certificate)}`;
		// A trusted one is trusted as it is; nobody looks at its signature.
		const isAnchor = isTrusted && index === certificates.length - 1 && index > 0;
		return [...judgeKey(certificate, name), ...(isAnchor ? [] : judgeSignature(certificate, name))];
	});
}

function judgeKey({ key }: Certificate, name: string): CertificateFinding[] {
	const { type, bits, exponent, curve } = key;
	const weak = (why: string): CertificateFinding[] => [
		finding('weak_key', 'critical', `The key of ${name} is weak: ${why}.`),
	];
	if (type === 'unknown')
		return [finding('unknown_algorithm', 'info', `The kind of key of ${name} is not known here.`)];
	if (type === 'dsa') return weak('DSA, which no browser takes');
	if (type.startsWith('rsa') && bits !== null && bits < smallestRsaBits) return weak(`RSA with ${bits} bits`);
	if (type === 'ec' && bits !== null && bits < smallestCurveBits) return weak(`the curve ${curve ?? ''}`);
	if (!isVerifiable(key)) return weak('RSA with an exponent that takes clients too long');
	if (exponent === '1') return weak('RSA with the exponent 1');
	if (type.startsWith('rsa') && exponent !== null && BigInt(exponent) < 65_537n)
		return [
			finding(
				'weak_key',
				'warning',
				`The key of ${name} has the exponent ${exponent}; certificates should have 65537 or more.`,
			),
		];
	return [];
}

function judgeSignature({ signature }: Certificate, name: string): CertificateFinding[] {
	if (!signature.isKnown)
		return [
			finding(
				'unknown_algorithm',
				'info',
				`The signature of ${name} is of a kind not known here (${signature.name}).`,
			),
		];
	if (!weakHashes.has(signature.hash ?? '')) return [];
	return [
		finding(
			'weak_signature',
			'critical',
			`The signature of ${name} is weak: ${signature.name}; clients refuse it.`,
		),
	];
}
