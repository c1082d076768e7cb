import { X509Certificate } from 'node:crypto';

/** What went wrong with TLS, in a sentence that goes on from "… was refused: ", and how to get unstuck. */
export interface TlsFailure {
	reason: string;
	remedy: string;
}

const neverOff = 'Certificate checks cannot be switched off.';

const failures: [code: RegExp, failure: TlsFailure][] = [
	[
		/^ERR_TLS_CERT_ALTNAME_INVALID$|HOSTNAME_MISMATCH/,
		{
			reason: 'its certificate is for another host name',
			remedy: `Set "Host" to a name that stands in the certificate, or have one made for this name. ${neverOff}`,
		},
	],
	[
		/^CERT_HAS_EXPIRED$|^CERT_NOT_YET_VALID$/,
		{
			reason: 'its certificate, or that of its CA, is not valid at this time',
			remedy: `Renew the certificate of the engine, and check the clock of n8n's machine. ${neverOff}`,
		},
	],
	[
		/^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_)/,
		{
			reason: 'its certificate is not signed by a trusted CA',
			remedy: `Put the CA that signed it into "CA Certificate". ${neverOff}`,
		},
	],
	[
		/^ERR_OSSL_X509_KEY_VALUES_MISMATCH$/,
		{
			reason: 'the client certificate and the private key do not belong together',
			remedy: 'Put the key that the certificate was made with into the credential.',
		},
	],
	[
		/^(ERR_OSSL|ERR_CRYPTO)/,
		{
			reason: 'a certificate or the private key of the credential cannot be read',
			remedy:
				'Put each into its field anew, in PEM format and whole, from "-----BEGIN" to "-----END …-----".',
		},
	],
	[
		/ALERT|^EPROTO$/,
		{
			reason: 'the engine does not accept the client certificate, or there is none',
			remedy:
				'Put a client certificate and its key into the credential that are signed by the CA the engine trusts (its option --tlscacert).',
		},
	],
];

const wrongPassphrase: TlsFailure = {
	reason: 'the passphrase does not open the private key',
	remedy: 'Correct "Client Private Key Passphrase", or put the key into its field anew.',
};

/**
 * The cause behind a code of Node's TLS, or undefined where the message has to speak for itself.
 *
 * @param keyIsEncrypted tells a wrong passphrase from an unreadable key: OpenSSL has the same codes for both
 */
export function tlsFailure(code: string, keyIsEncrypted: boolean): TlsFailure | undefined {
	if (/BAD_DECRYPT|BAD_PASSWORD/.test(code)) return wrongPassphrase;
	if (keyIsEncrypted && /^ERR_OSSL_(UNSUPPORTED|CRYPTO|EVP|ASN1)/.test(code)) return wrongPassphrase;
	return failures.find(([pattern]) => pattern.test(code))?.[1];
}

/** When a certificate in PEM format ended, or undefined when it is still valid. */
export function expiryOf(certificate: string | undefined, now = new Date()): Date | undefined {
	if (!certificate) return undefined;
	try {
		const end = new Date(new X509Certificate(certificate).validTo);
		return end < now ? end : undefined;
	} catch {
		return undefined;
	}
}
