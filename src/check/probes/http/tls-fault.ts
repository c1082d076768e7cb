import { systemCode } from '../../../shared';
import { NetworkFault } from '../network/faults';

/** `details.tls` of a finding with the reason `tls_failed`, named as the findings of a certificate check are. */
type TlsFault =
	| 'expired'
	| 'not_yet_valid'
	| 'host_mismatch'
	| 'self_signed'
	| 'unknown_ca'
	| 'incomplete_chain'
	| 'revoked'
	| 'client_certificate_required'
	| 'old_protocol'
	| 'not_tls'
	| 'other';

const faults: [code: RegExp, name: TlsFault, sentence: string][] = [
	[/^CERT_HAS_EXPIRED$/, 'expired', 'its certificate, or one it is signed with, has expired'],
	[/^CERT_NOT_YET_VALID$/, 'not_yet_valid', 'its certificate is not valid yet'],
	[/^ERR_TLS_CERT_ALTNAME_|HOSTNAME_MISMATCH/, 'host_mismatch', 'its certificate is for another host name'],
	[/^DEPTH_ZERO_SELF_SIGNED_CERT$/, 'self_signed', 'its certificate is self-signed'],
	[/^SELF_SIGNED_CERT_IN_CHAIN$/, 'unknown_ca', 'its certificate is signed by a CA that is not trusted here'],
	[
		/^UNABLE_TO_VERIFY_LEAF_SIGNATURE$/,
		'incomplete_chain',
		'it does not send the certificates that lead to a trusted CA, or there is none',
	],
	[/^UNABLE_TO_GET_ISSUER/, 'unknown_ca', 'its certificate is signed by a CA that is not known here'],
	[/^CERT_REVOKED$/, 'revoked', 'its certificate is revoked'],
	[
		/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA$/,
		'client_certificate_required',
		'it refuses the handshake; it may want a client certificate, or have none for this name',
	],
	[
		/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|UNKNOWN_PROTOCOL|NO_CIPHERS|DH_KEY_TOO_SMALL|LEGACY/,
		'old_protocol',
		'it speaks only versions or ciphers of TLS that are too old',
	],
	[/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST|RECORD_LAYER/, 'not_tls', 'it does not speak TLS there'],
	[/NO_APPLICATION_PROTOCOL/, 'other', 'it offers no HTTP/1.1, which is what this check speaks'],
];

/** @param at `host:port` */
export function tlsFault(thrown: unknown, at: string): NetworkFault {
	const code = systemCode(thrown) ?? 'unknown error';
	const [, name, sentence] = faults.find(([pattern]) => pattern.test(code)) ?? ['', 'other', 'no handshake'];
	const message = `The TLS connection to ${at} failed: ${sentence} (${code}).`;
	return new NetworkFault('tls_failed', message, 'critical', { tls: name });
}

/** Whether it is TLS that has failed, not the connection beneath. */
export function isTlsFault(thrown: unknown): boolean {
	return /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_|EPROTO|INVALID_)/.test(
		systemCode(thrown) ?? '',
	);
}
