import { isIP } from 'node:net';
import { z } from 'zod';

import { describeFaults, parseInput } from '../../shared';
import { CheckError } from '../errors';
import type { Zone } from '../probes/network/zone';
import type { Proxy } from './connection/proxy';
import { startTlsPorts, startTlsProtocols } from './connection/starttls';
import { readBundle } from './files/bundle';
import type { KnownCertificate } from './judge/changes';
import { defaultThresholds, type Thresholds } from './judge/thresholds';
import { findingCodes } from './report';
import { parseTarget } from './target';
import type { Certificate } from './x509/certificate';
import { asciiName } from './x509/names';

const days = z.number().min(0).max(3650);
const part = z.number().min(0).max(1);

const instantField = z.union([
	z.number().int().min(-8.64e15).max(8.64e15),
	z.date().transform((date) => date.getTime()),
]);

const knownCertificate = z.object({
	...{ sha256: z.string(), issuer: z.string(), keySha256: z.string(), notAfter: z.string() },
	names: z.array(z.object({ kind: z.string(), value: z.string() })),
	isNew: z.boolean().optional(),
});

const schema = z.strictObject({
	host: z.string().min(1).max(2000),
	port: z.number().int().min(1).max(65_535).optional(),
	connectTo: z.string().min(1).max(300).optional(),
	servername: z.string().max(253).optional(),
	ca: z
		.union([z.string(), z.instanceof(Buffer), z.array(z.union([z.string(), z.instanceof(Buffer)]))])
		.optional(),
	starttls: z.enum(startTlsProtocols).optional(),
	proxy: z.string().max(2000).optional(),
	timeoutMs: z.number().int().min(1).max(600_000).default(10_000),
	now: instantField.optional(),
	eachAddress: z.boolean().default(false),
	withoutSni: z.boolean().default(false),
	protocols: z.boolean().default(false),
	revocation: z.boolean().default(false),
	requireRevocation: z.boolean().default(false),
	web: z
		.union([
			z.boolean(),
			z.strictObject({
				httpPort: z.number().int().min(1).max(65_535).optional(),
				follow: z.boolean().default(true),
			}),
		])
		.default(false),
	file: z.string().max(4096).optional(),
	known: z
		.union([knownCertificate, z.array(knownCertificate)])
		.transform((known) => (Array.isArray(known) ? known : [known]))
		.default([]),
	thresholds: z
		.strictObject({
			...{ warningDays: days, criticalDays: days, warningPart: part, criticalPart: part },
			...{ caWarningDays: days, caCriticalDays: days },
		})
		.partial()
		.optional(),
	severities: z
		.partialRecord(z.enum(findingCodes), z.enum(['ignore', 'info', 'warning', 'critical']))
		.optional(),
	isPublicOnly: z.boolean().default(false),
	signal: z.instanceof(AbortSignal).optional(),
});

/** What `checkCertificate` is asked. */
export interface CertificateOptions {
	/** Host name or IP address; also `host:port` or an address such as `https://shop.example.com/`. */
	host: string;
	/** 443 unless given, or that of the protocol. */
	port?: number | undefined;
	/** IP address or other host to connect to, with a port if need be; the certificate is still judged for `host`. */
	connectTo?: string | undefined;
	/** Name that is asked for in the handshake and that the certificate must be for; an empty text asks for none. */
	servername?: string | undefined;
	/** Trusted CAs in place of those of the system: PEM or DER. */
	ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
	/** The server begins without TLS and changes over to it. */
	starttls?: 'smtp' | 'imap' | 'pop3' | 'postgres' | 'mysql' | undefined;
	/** `http://user:password@proxy.example.com:3128` */
	proxy?: string | undefined;
	/** For all of it; 10 seconds unless given. */
	timeoutMs?: number | undefined;
	/** The time to judge by, in milliseconds since 1970 or as a Date; now unless given. */
	now?: number | Date | undefined;
	/** Look at each address of the host. */
	eachAddress?: boolean | undefined;
	/** Also look at what the server sends to clients that name no host. */
	withoutSni?: boolean | undefined;
	/** Find out which versions of TLS the server takes; one more handshake for each. */
	protocols?: boolean | undefined;
	/** Ask the CA whether the certificates are revoked. */
	revocation?: boolean | undefined;
	/** What cannot be found out about revocation is a warning. */
	requireRevocation?: boolean | undefined;
	/**
	 * Look at Strict-Transport-Security, redirects, and whether http:// (on port 80) leads to https://. With `follow: false`
	 * hosts that it leads to are named, and not looked at.
	 */
	web?: boolean | { httpPort?: number | undefined; follow?: boolean | undefined } | undefined;
	/** A file with the certificate that should be served. */
	file?: string | undefined;
	/** `report.chain[0]` of an earlier look, or of several, the newest first; what a renewal has changed is told. */
	known?: KnownCertificate | readonly KnownCertificate[] | undefined;
	thresholds?: { [Name in keyof Thresholds]?: number | undefined } | undefined;
	/** Other severities of findings, by their codes; `ignore` leaves them out. */
	severities?: z.input<typeof schema>['severities'];
	/** Nothing inside is connected to: no private networks, not this machine. */
	isPublicOnly?: boolean | undefined;
	/** Ends it; then it rejects with the reason. */
	signal?: AbortSignal | undefined;
}

export type Asked = Omit<
	z.output<typeof schema>,
	'ca' | 'connectTo' | 'proxy' | 'thresholds' | 'port' | 'now'
> & {
	port: number;
	connectTo: { host: string; port: number } | undefined;
	proxy: Proxy | undefined;
	ca: Certificate[] | undefined;
	thresholds: Thresholds;
	now: number;
	/** Whether that is the real time. */
	isNow: boolean;
	/** What the certificate must be for. */
	judgedHost: string;
	/** When all must be over, by `performance.now()`. */
	endsAt: number;
	/** Where the server stands that has led here; undefined: the user has. */
	redirectedFrom?: Zone | undefined;
};

/** @throws CheckError `invalid_input` naming the field */
export function readOptions(options: CertificateOptions): Asked {
	const parsed = parseInput(schema, options);
	if (!parsed.ok)
		throw invalid(`What is asked of the certificate has faults: ${describeFaults(parsed.faults)}.`);
	const { value } = parsed;
	const target = parseTarget(value.host);
	const starttls = value.starttls ?? target.starttls;
	// A host without a port has that of the protocol.
	const ownPort = /:\d+(?:[/?#]|$)/.test(value.host.trim()) || target.starttls ? target.port : undefined;
	const port = value.port ?? ownPort ?? (starttls === undefined ? target.port : startTlsPorts[starttls]);
	const servername = value.servername === undefined ? undefined : asciiName(value.servername.trim());
	return {
		...value,
		...{ host: target.host, port, starttls, servername },
		connectTo: value.connectTo === undefined ? undefined : connectTarget(value.connectTo, port),
		proxy: value.proxy === undefined ? undefined : readProxy(value.proxy),
		ca: value.ca === undefined ? undefined : readCas(value.ca),
		thresholds: thresholdsOf(value.thresholds),
		now: value.now ?? Date.now(),
		isNow: value.now === undefined,
		judgedHost: servername || target.host,
		endsAt: performance.now() + value.timeoutMs,
	};
}

/** Whether hosts that the server leads to are looked at too. */
export const followsRedirects = ({ web }: Pick<Asked, 'web'>): boolean =>
	typeof web === 'boolean' ? web : web.follow;

function thresholdsOf(given: z.output<typeof schema>['thresholds'] = {}): Thresholds {
	const set = Object.entries(given).filter(([, value]) => value !== undefined);
	return { ...defaultThresholds, ...(Object.fromEntries(set) as Partial<Thresholds>) };
}

function connectTarget(text: string, port: number): { host: string; port: number } {
	const target = parseTarget(text);
	const hasPort = isIP(text.trim()) === 0 && /:\d+$/.test(text.trim());
	return { host: target.host, port: hasPort ? target.port : port };
}

function readProxy(address: string): Proxy {
	const url = URL.parse(address);
	if (url?.protocol !== 'http:' || url.hostname === '')
		throw invalid('The proxy is not an address such as "http://proxy.example.com:3128".');
	const { username, password } = url;
	const authorization =
		username === '' ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || 80, authorization };
}

function readCas(given: NonNullable<z.output<typeof schema>['ca']>): Certificate[] {
	const cas = (Array.isArray(given) ? given : [given]).flatMap((one) => {
		const { certificates, problems } = readBundle(Buffer.from(one));
		const [problem] = problems;
		if (problem !== undefined) throw invalid(`The given CA cannot be read: ${problem}`);
		return certificates;
	});
	if (cas.length > 0) return cas;
	throw invalid('The given CA holds no certificate.');
}

const invalid = (message: string): CheckError =>
	new CheckError('invalid_input', message, 'Correct it; docs/certificates.md describes every field.');
