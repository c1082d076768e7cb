import { execFileSync } from 'node:child_process';
import { randomBytes, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { algorithmOf, type Issued } from './certificates';
import { bits, boolean, der, explicit, integer, octets, oid, sequence, time } from './der';

const day = 86_400_000;

export interface CrlRequest {
	revoked?: readonly Issued[];
	/** So many others are revoked too. */
	others?: number;
	thisUpdate?: number;
	nextUpdate?: number | null;
	/** Signs in place of the CA. */
	signer?: Issued;
	/** The list is a part: that of this address. */
	onlyFor?: string;
	criticalExtension?: string;
}

/** A list of revoked certificates (RFC 5280, 5), DER. */
export function crlOf(ca: Issued, request: CrlRequest = {}): Buffer {
	const { revoked = [], others = 0, thisUpdate = Date.now() - day, nextUpdate = Date.now() + day } = request;
	const { signer = ca, onlyFor, criticalExtension } = request;
	const at = time(thisUpdate);
	const serials = [
		...Array.from({ length: others }, () => Buffer.concat([Buffer.from([0x31]), randomBytes(15)])),
		...revoked.map(({ serial }) => serial),
	];
	const extensions = [
		...(onlyFor === undefined
			? []
			: [extension('2.5.29.28', sequence(explicit(0, explicit(0, der(0x86, Buffer.from(onlyFor))))))]),
		...(criticalExtension === undefined ? [] : [extension(criticalExtension, sequence())]),
	];
	const algorithm = algorithmOf(signer.key);
	const toBeSigned = sequence(
		integer(1),
		algorithm,
		ca.name,
		at,
		...(nextUpdate === null ? [] : [time(nextUpdate)]),
		...(serials.length === 0
			? []
			: [sequence(Buffer.concat(serials.map((serial) => sequence(integer(serial), at))))]),
		...(extensions.length === 0 ? [] : [explicit(0, sequence(...extensions))]),
	);
	return sequence(toBeSigned, algorithm, bits(sign('sha256', toBeSigned, signer.key)));
}

const extension = (number: string, value: Buffer): Buffer =>
	sequence(oid(number), boolean(true), octets(value));

export interface OcspRequest {
	status: 'good' | 'revoked' | 'unknown';
	/** How long the answer holds from now on, in minutes; openssl makes no answer that has ended. */
	minutes?: number;
	/** Signs in place of the CA. */
	signer?: Issued;
}

/**
 * What `openssl ocsp` answers to a question, as DER.
 *
 * @param folder for its files
 * @param question OCSPRequest, DER; undefined: one about the certificate
 */
export function ocspAnswer(
	folder: string,
	ca: Issued,
	leaf: Issued,
	{ status, minutes = 60, signer = ca }: OcspRequest,
	question?: Buffer,
): Buffer {
	const path = (name: string): string => join(folder, name);
	writeFileSync(path('ca.pem'), ca.pem);
	writeFileSync(path('leaf.pem'), leaf.pem);
	writeFileSync(path('signer.pem'), signer.pem + signer.keyPem);
	const serial = leaf.serial.toString('hex').toUpperCase();
	const line =
		status === 'revoked' ? `R\t491231235959Z\t200101000000Z\t${serial}` : `V\t491231235959Z\t\t${serial}`;
	writeFileSync(path('index.txt'), status === 'unknown' ? '' : `${line}\tunknown\t/CN=leaf\n`);
	if (question !== undefined) writeFileSync(path('question.der'), question);
	const asked =
		question === undefined
			? ['-issuer', path('ca.pem'), '-cert', path('leaf.pem'), '-no_nonce', '-reqout', path('question.der')]
			: [];
	if (question === undefined) execFileSync('openssl', ['ocsp', ...asked], { stdio: 'pipe' });
	const answering = ['-index', path('index.txt'), '-CA', path('ca.pem'), '-rsigner', path('signer.pem')];
	const files = ['-reqin', path('question.der'), '-respout', path('answer.der'), '-nmin', String(minutes)];
	execFileSync('openssl', ['ocsp', ...answering, ...files], { stdio: 'pipe' });
	return readFileSync(path('answer.der'));
}
