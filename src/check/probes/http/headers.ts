import { packageVersion, type CheckOf } from '../../../shared';
import { NetworkFault } from '../network/faults';
import type { CheckSecrets } from '../probe';
import { decoded } from './shown-address';

/** What browsers and fetch do not take along to another host. */
const credentials = /^(authorization|cookie|proxy-authorization|host)$/i;

/**
 * The headers of one request. What is secret goes with the first host only.
 *
 * @param host of the request, with its port
 * @param isTrusted whether the request goes to the host of the check
 * @param withBody whether the body of the check is sent
 * @throws NetworkFault `config` when the check wants a header that was not given
 */
export function requestHeaders(
	{ url: address, headers, authenticated }: CheckOf<'http'>,
	secrets: Pick<CheckSecrets, 'header'> & { unusable?: string | undefined },
	host: string,
	{ isTrusted, withBody }: { isTrusted: boolean; withBody: boolean },
): Record<string, string> {
	const { username, password } = new URL(address);
	const all = new Map<string, [name: string, value: string]>();
	const set = (name: string, value: string): void => void all.set(name.toLowerCase(), [name, value]);
	set('Host', host);
	set('User-Agent', `n8n-nodes-opsdesk/${packageVersion()}`);
	set('Accept', '*/*');
	set('Accept-Encoding', 'gzip, deflate, br');
	if (isTrusted && (username !== '' || password !== '')) {
		const login = `${decoded(username)}:${decoded(password)}`;
		set('Authorization', `Basic ${Buffer.from(login).toString('base64')}`);
	}
	for (const [name, value] of Object.entries(headers)) {
		const isOfBody = /^(content-|transfer-encoding)/i.test(name);
		if ((isTrusted || !credentials.test(name)) && (withBody || !isOfBody)) set(name, value);
	}
	if (authenticated && isTrusted) {
		if (secrets.header === undefined)
			throw new NetworkFault(
				'config',
				secrets.unusable ??
					'The check sends a header of a credential, but none is given. Choose a Header Auth credential in the node, or switch "authenticated" off.',
				'unknown',
			);
		if (secrets.header.mayGoTo?.(address) === false)
			throw new NetworkFault(
				'config',
				`The Header Auth credential does not permit requests to ${new URL(address).hostname}. Add the host to "Allowed HTTP Request Domains" of the credential, or choose another.`,
				'unknown',
			);
		set(secrets.header.name, secrets.header.value);
	}
	// A length that is not that of the body would break the exchange.
	all.delete('content-length');
	return Object.fromEntries(all.values());
}

/** Whether what is secret may go from the first address of a check to this one. */
export function isSameHost(first: URL, target: URL): boolean {
	if (first.hostname !== target.hostname) return false;
	const isUpgrade = first.protocol === 'http:' && target.protocol === 'https:';
	return first.origin === target.origin || (isUpgrade && first.port === '' && target.port === '');
}
