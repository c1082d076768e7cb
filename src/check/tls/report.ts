import type { PublicKeyFacts } from './x509/algorithms';
import type { SubjectName } from './x509/names';

/** What can be found. These codes are stable; alerts, workflows and reports may ask for them. */
export const findingCodes = [
	// The certificate and the path that clients build from it.
	'expiring',
	'renewal_overdue',
	'expired',
	'not_yet_valid',
	'intermediate_expires_first',
	'host_mismatch',
	'self_signed',
	'unknown_ca',
	'incomplete_chain',
	'invalid_chain', // a rule of paths is broken that no other code names
	'wrong_purpose', // it is no certificate for servers
	'wrong_order',
	'extra_certificate',
	'expired_extra',
	'weak_key',
	'weak_signature',
	'unknown_algorithm',
	'lifetime_too_long',
	// Revocation.
	'revoked',
	'revocation_unknown',
	'staple_missing',
	// The server.
	'old_protocol',
	'client_certificate_required',
	'addresses_differ',
	'hsts_missing',
	'not_https',
	'web_unknown', // what it says as a web server could not be found out
	'redirect_refused', // it leads further inside, where nobody goes on its word
	// Compared with what was known.
	'changed',
	'file_newer_than_served',
	'clock_wrong',
	'domain_expiring',
	// No certificate was read.
	'not_tls',
	'handshake_refused', // by an alert of TLS
	'timeout',
	'connect_failed',
	'dns_failed',
	'no_network', // this machine has no address of the family
] as const;

export type FindingCode = (typeof findingCodes)[number];

export type FindingSeverity = 'info' | 'warning' | 'critical';

export interface CertificateFinding {
	code: FindingCode;
	severity: FindingSeverity;
	/** A sentence for a person. */
	message: string;
}

/** `failed`: no certificate could be read, so nothing is known of it. */
export type CertificateStatus = 'ok' | 'warning' | 'critical' | 'failed';

/** `unknown`: could not be found out, or was not asked for; `notPublished`: the CA says it nowhere. */
export type Revocation = 'good' | 'revoked' | 'unknown' | 'notPublished';

/** One certificate, plain JSON. */
export interface CertificateInfo {
	subject: string;
	issuer: string;
	names: SubjectName[];
	/** Hexadecimal. */
	serial: string;
	key: PublicKeyFacts;
	keySha256: string;
	signature: string;
	/** ISO 8601. */
	notBefore: string;
	notAfter: string;
	lifetimeDays: number;
	/** Below zero when it has expired. */
	daysLeft: number;
	isCa: boolean;
	/** Hexadecimal. */
	sha256: string;
}

/** When the path ends to be valid. */
export interface Expiry {
	/** ISO 8601; the first that expires of all certificates of the path. */
	at: string;
	daysLeft: number;
	/** Of that certificate. */
	subject: string;
	sha256: string;
	/** The lowest threshold that is crossed; null while none is. */
	threshold: ExpiryThreshold | null;
}

/** Days, or for certificates that live for less than 120 days what stands for them; see `expiryThreshold`. */
export const expiryThresholds = ['30d', '14d', '7d', '1d', 'expired'] as const;

export type ExpiryThreshold = (typeof expiryThresholds)[number];

/** What was found at one address. */
export interface AddressReport {
	address: string;
	status: CertificateStatus;
	sha256: string | null;
	notAfter: string | null;
	findings: CertificateFinding[];
}

export interface CertificateReport {
	status: CertificateStatus;
	/** As asked for, in the form of certificates. */
	host: string;
	port: number;
	/** The name that was asked for in the handshake; null: none. */
	servername: string | null;
	/** The address that was reached. */
	address: string | null;
	/** ISO 8601. */
	checkedAt: string;
	/** The worst first. */
	findings: CertificateFinding[];
	/** As the server sends it. */
	chain: CertificateInfo[];
	/** As clients build it, from the certificate of the server to a trusted one, or as far as there is one. */
	path: CertificateInfo[];
	/** Whether the path leads to a CA that is trusted. */
	trusted: boolean;
	expiry: Expiry | null;
	revocation: Revocation;
	protocol: {
		negotiated: string;
		cipher: string;
		/** The versions that the server takes; null where it was not asked for. */
		offered: string[] | null;
	} | null;
	/** What the server sends to clients that name no host; null where it was not asked for. */
	withoutSni: { sha256: string; subject: string; names: SubjectName[]; notAfter: string } | null;
	/** Null where it was not asked for. */
	web: WebReport | null;
	/** One for each, where all addresses were asked for. */
	addresses: AddressReport[];
	/** Other hosts that the address leads to; empty where it was not asked for. */
	redirects: CertificateReport[];
	/** Until the handshake was over, in milliseconds. */
	latencyMs: number | null;
}

export interface WebReport {
	/** Strict-Transport-Security; null where the server does not send it. */
	hsts: { maxAgeSeconds: number; includeSubDomains: boolean; preload: boolean } | null;
	/** Whether http:// leads to https://; null where it could not be found out. */
	forcesHttps: boolean | null;
	/** So much the clock of the server is ahead of the one here, in milliseconds; null where it does not tell the time. */
	clockAheadMs: number | null;
	/** Other hosts that the address leads to, in their order. */
	redirectsTo: string[];
}
