import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

import { bits, boolean, der, explicit, integer, octets, oid, sequence, set, time, utf8 } from './der';

const day = 86_400_000;

export type KeyKind = 'ec' | 'p192' | 'rsa' | 'rsa1024' | 'rsa-e3' | 'dsa' | 'ed25519' | 'ml-dsa';

/** A certificate with its key, and all that is needed to sign others with it. */
export interface Issued {
	pem: string;
	der: Buffer;
	key: KeyObject;
	keyPem: string;
	/** DER. */
	name: Buffer;
	serial: Buffer;
}

export interface Request {
	/** Common name; null: an empty subject. */
	subject: string | null;
	/** Signs itself unless given. */
	by?: Issued;
	/** Host names and addresses. */
	names?: string[];
	/** Milliseconds since 1970, or the text of the time as it is to stand there. */
	notBefore?: number | string;
	notAfter?: number | string;
	isCa?: boolean;
	pathLength?: number;
	key?: KeyKind | Issued;
	hash?: 'sha256' | 'sha384' | 'sha1' | 'md5';
	/** Of the signature, where it is to be another than that of the key that signs. */
	signatureOid?: string;
	serial?: Uint8Array;
	/** Object identifiers. */
	usages?: string[];
	crlUrls?: string[];
	ocspUrls?: string[];
	mustStaple?: boolean;
	/** Names that a CA may sign for. */
	permitted?: string[];
	criticalExtension?: string;
}

const keys = new Map<KeyKind, KeyObject>();

/** Making an RSA key takes long; certificates of a kind may share one. */
export function keyOf(kind: KeyKind, isFresh = true): KeyObject {
	const known = keys.get(kind);
	if (known !== undefined && !(isFresh && (kind === 'ec' || kind === 'ed25519'))) return known;
	const made = makeKey(kind);
	keys.set(kind, made);
	return made;
}

function makeKey(kind: KeyKind): KeyObject {
	if (kind === 'ec') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
	if (kind === 'p192') return generateKeyPairSync('ec', { namedCurve: 'prime192v1' }).privateKey;
	if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey;
	if (kind === 'dsa')
		return generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).privateKey;
	if (kind === 'ml-dsa') return generateKeyPairSync('ml-dsa-44' as 'ed25519').privateKey;
	const modulusLength = kind === 'rsa1024' ? 1024 : 2048;
	return generateKeyPairSync('rsa', { modulusLength, ...(kind === 'rsa-e3' && { publicExponent: 3 }) })
		.privateKey;
}

/** Makes a certificate, right or wrong. */
export function issue(request: Request): Issued {
	const { subject, by, notBefore = Date.now() - day, notAfter = Date.now() + 60 * day } = request;
	const { key: wanted = 'ec' } = request;
	const key = typeof wanted === 'object' ? wanted.key : keyOf(wanted);
	const name = nameOf(subject);
	const serial = Buffer.from(request.serial ?? [0x40, ...randomBytes(8)]);
	const signer = by?.key ?? key;
	const algorithm = algorithmOf(signer, request);
	const publicKey = publicBytes(key);
	const toBeSigned = sequence(
		explicit(0, integer(2)),
		integer(serial),
		algorithm,
		by?.name ?? name,
		sequence(time(notBefore), time(notAfter)),
		name,
		publicKey,
		explicit(3, sequence(...extensionsOf(request))),
	);
	const whole = sequence(toBeSigned, algorithm, bits(signed(signer, toBeSigned, request)));
	return {
		pem: pem('CERTIFICATE', whole),
		der: whole,
		key,
		keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
		name,
		serial,
	};
}

function signed(key: KeyObject, bytes: Buffer, { hash = 'sha256' }: Request): Buffer {
	const kind = key.asymmetricKeyType ?? '';
	return sign(/^(ed|ml-)/.test(kind) ? null : hash, bytes, key);
}

export function pem(label: string, bytes: Buffer): string {
	const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export const chainOf = (...certificates: Issued[]): string => certificates.map((one) => one.pem).join('');

const nameOf = (subject: string | null): Buffer =>
	subject === null ? sequence() : sequence(set(sequence(oid('2.5.4.3'), utf8(subject))));

function publicBytes(key: KeyObject): Buffer {
	return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

const algorithms: Record<string, string> = {
	'rsa sha256': '1.2.840.113549.1.1.11',
	'rsa sha384': '1.2.840.113549.1.1.12',
	'rsa sha1': '1.2.840.113549.1.1.5',
	'rsa md5': '1.2.840.113549.1.1.4',
	'ec sha256': '1.2.840.10045.4.3.2',
	'ec sha384': '1.2.840.10045.4.3.3',
	'ec sha1': '1.2.840.10045.4.1',
	'dsa sha256': '2.16.840.1.101.3.4.3.2',
	ed25519: '1.3.101.112',
	'ml-dsa-44': '2.16.840.1.101.3.4.3.17',
};

export function algorithmOf(
	key: KeyObject,
	{ hash = 'sha256', signatureOid }: Partial<Request> = {},
): Buffer {
	const kind = key.asymmetricKeyType ?? '';
	const number = signatureOid ?? algorithms[`${kind} ${hash}`] ?? algorithms[kind];
	if (number === undefined) throw new Error(`No certificate can be signed with ${kind} and ${hash}.`);
	return kind === 'rsa' ? sequence(oid(number), der(0x05)) : sequence(oid(number));
}

function extensionsOf(request: Request): Buffer[] {
	const { names, isCa = false, pathLength, usages, crlUrls, ocspUrls, mustStaple, permitted } = request;
	const add = (number: string, value: Buffer, isCritical = false): Buffer =>
		sequence(oid(number), ...(isCritical ? [boolean(true)] : []), octets(value));
	const length = pathLength === undefined ? [] : [integer(pathLength)];
	return [
		add('2.5.29.19', sequence(...(isCa ? [boolean(true), ...length] : [])), true),
		...(names ? [add('2.5.29.17', sequence(...names.map(generalName)), request.subject === null)] : []),
		...(usages ? [add('2.5.29.37', sequence(...usages.map(oid)))] : []),
		...(crlUrls ? [add('2.5.29.31', sequence(sequence(explicit(0, explicit(0, ...crlUrls.map(uri))))))] : []),
		...(ocspUrls
			? [
					add(
						'1.3.6.1.5.5.7.1.1',
						sequence(...ocspUrls.map((url) => sequence(oid('1.3.6.1.5.5.7.48.1'), uri(url)))),
					),
				]
			: []),
		...(mustStaple ? [add('1.3.6.1.5.5.7.1.24', sequence(integer(5)))] : []),
		...(permitted
			? [
					add(
						'2.5.29.30',
						sequence(explicit(0, ...permitted.map((name) => sequence(generalName(name))))),
						true,
					),
				]
			: []),
		...(request.criticalExtension ? [add(request.criticalExtension, sequence(), true)] : []),
	];
}

const uri = (url: string): Buffer => der(0x86, Buffer.from(url));

function generalName(name: string): Buffer {
	if (isIPv4(name)) return der(0x87, Buffer.from(name.split('.').map(Number)));
	if (isIPv6(name)) return der(0x87, ipv6Bytes(name));
	return der(0x82, Buffer.from(name, 'latin1'));
}

function ipv6Bytes(address: string): Buffer {
	const [before = '', after] = address.split('::');
	const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
	const [head, tail] = [groups(before), groups(after)];
	const middle = Array.from({ length: 8 - head.length - tail.length }, () => '0');
	return Buffer.from([...head, ...middle, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** A CA with one below it, which signs what is asked for. */
export class Authority {
	readonly root: Issued;
	readonly intermediate: Issued;

	constructor(name: string, more: Partial<Request> = {}) {
		const years = { notAfter: Date.now() + 3650 * day, ...more };
		this.root = issue({ subject: `${name} root`, isCa: true, ...years });
		this.intermediate = issue({ subject: `${name} intermediate`, isCa: true, by: this.root, ...years });
	}

	leaf(request: Partial<Request> = {}): Issued {
		return issue({
			subject: 'leaf',
			names: ['localhost', '127.0.0.1', '::1'],
			by: this.intermediate,
			...request,
		});
	}
}
