import { hash } from 'node:crypto';

import { instant } from '../judge/wording';
import { hasSigned } from '../judge/path';
import { isValidAt } from '../judge/thresholds';
import { contextPart, der, oidOf, partOf, readAsn1, tags, type Asn1 } from '../x509/asn1';
import { readCertificate, type Certificate } from '../x509/certificate';
import { isSignedBy } from '../x509/signature';
import { instantOf } from '../x509/time';
import { clockToleranceMs } from './crl';
import type { Said } from './said';

const sha1Oid = Buffer.from('06052b0e03021a0500', 'hex');
const hashNames: Record<string, string> = { '1.3.14.3.2.26': 'sha1', '2.16.840.1.101.3.4.2.1': 'sha256' };

/** OCSPRequest, DER (RFC 6960, 4.1). SHA-1 is what all responders know; it only names the CA here. */
export function ocspRequest({ rawSerial }: Certificate, issuer: Certificate): Buffer {
	const id = der(
		0x30,
		der(0x30, sha1Oid),
		der(0x04, hash('sha1', issuer.rawSubject, 'buffer')),
		der(0x04, hash('sha1', issuer.rawKey, 'buffer')),
		der(0x02, rawSerial),
	);
	return der(0x30, der(0x30, der(0x30, der(0x30, id))));
}

const statuses: Record<number, string> = {
	1: 'cannot read the question',
	2: 'has an internal error',
	3: 'asks to try again later',
	5: 'wants a signed question',
	6: 'does not answer such questions',
};

/**
 * What an OCSPResponse says of a certificate.
 *
 * @param who says it, in messages
 * @throws Asn1Error for what is no such answer
 */
export function askOcsp(
	response: Buffer,
	certificate: Certificate,
	issuer: Certificate,
	{ now, who }: { now: number; who: string },
): Said {
	const unknown = (why: string): Said => ({ state: 'unknown', why: `${who} ${why}` });
	const [status, wrapped] = readAsn1(response).parts;
	const code = status?.content[0] ?? 0;
	if (code !== 0 || wrapped === undefined) return unknown(statuses[code] ?? 'does not answer');
	const basic = readAsn1(partOf(partOf(wrapped, 0), 1).content);
	const data = partOf(basic, 0);
	if (!isGenuine(basic, issuer, now)) return unknown('is not signed by the CA of the certificate');
	const answers = data.parts.find(
		({ tagClass, tag, parts }) => tagClass === 0 && tag === tags.sequence && parts.length > 0,
	);
	const answer = answers?.parts.find((one) => isAbout(partOf(one, 0), certificate, issuer));
	if (answer === undefined) return unknown('speaks of another certificate');
	const state = partOf(answer, 1).tag;
	if (state === 1) return { state: 'revoked', why: `${who} says so` };
	const thisUpdate = instantOf(partOf(answer, 2));
	// The status may be [0] as well.
	const until = contextPart({ ...answer, parts: answer.parts.slice(3) }, 0)?.parts[0];
	const nextUpdate = until === undefined ? thisUpdate + longestWithoutEndMs : instantOf(until);
	if (nextUpdate < now) return unknown(`is out of date since ${instant(nextUpdate)}`);
	if (thisUpdate > now + clockToleranceMs) return unknown('is from the future');
	return state === 0 ? { state: 'good', why: `${who} says so` } : unknown('does not know the certificate');
}

/** An answer that does not say how long it holds is taken for so long. */
const longestWithoutEndMs = 24 * 60 * 60_000;

function isAbout(id: Asn1, { rawSerial }: Certificate, issuer: Certificate): boolean {
	const [algorithm, nameHash, keyHash, serial] = id.parts;
	const oid = algorithm?.parts[0];
	const name = oid && hashNames[oidOf(oid)];
	if (name === undefined || nameHash === undefined || keyHash === undefined) return false;
	return (
		nameHash.content.equals(hash(name, issuer.rawSubject, 'buffer')) &&
		keyHash.content.equals(hash(name, issuer.rawKey, 'buffer')) &&
		(serial?.content.equals(rawSerial) ?? false)
	);
}

const ocspSigning = '1.3.6.1.5.5.7.3.9';

/** Signed by the CA, or by one whom the CA has entitled to. */
function isGenuine(basic: Asn1, issuer: Certificate, now: number): boolean {
	const [data, algorithm, signature] = [partOf(basic, 0), partOf(basic, 1), partOf(basic, 2)];
	const bySigner = ({ x509 }: Certificate): boolean =>
		isSignedBy(x509.publicKey, data.bytes, algorithm, signature);
	if (bySigner(issuer)) return true;
	const list = contextPart(basic, 0)?.parts[0]?.parts ?? [];
	return list.slice(0, 10).some(({ bytes }) => {
		const signer = readCertificate(bytes);
		const isEntitled = signer.extendedKeyUsage?.includes(ocspSigning) ?? false;
		return isEntitled && isValidAt(signer, now) && hasSigned(issuer, signer) && bySigner(signer);
	});
}
