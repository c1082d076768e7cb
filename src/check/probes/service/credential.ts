import { endpoint } from '../network/faults';
import { misconfigured, noCredential } from './reasons';

interface Place {
	host: string;
	port: number;
}

/**
 * The credential, if it is that of the very server: a password goes nowhere else.
 *
 * @param kind as the editor calls it, e.g. `Postgres`
 * @param unusable why the one that was selected cannot be used
 * @throws ServiceFault `config`
 */
export function credentialFor<Credential extends Place>(
	kind: string,
	asked: Place,
	credential: Credential | undefined,
	unusable: string | undefined,
): Credential {
	if (credential === undefined)
		throw noCredential(
			`The check says "authenticated", and there is no ${kind} credential. Give the node one, or leave "authenticated" out.`,
			unusable,
		);
	if (sameHost(credential.host) === sameHost(asked.host) && credential.port === asked.port) return credential;
	throw misconfigured(
		`The ${kind} credential is for ${endpoint(credential.host, credential.port)}, and the check is for ${endpoint(asked.host, asked.port)}. A password is sent to the server of its credential only: write the same host and port in both.`,
	);
}

const sameHost = (host: string): string =>
	host.startsWith('/') ? host : host.toLowerCase().replace(/\.$/, '');
