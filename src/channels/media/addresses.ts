import { lookup as lookupName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

import { ChannelError } from '../errors';

/** Networks that a file of a chat is never in: https://www.iana.org/assignments/iana-ipv4-special-registry and …ipv6…. */
const inner = new BlockList();
for (const [network, prefix] of [
	...[['0.0.0.0', 8] as const, ['10.0.0.0', 8] as const, ['100.64.0.0', 10] as const],
	...[['127.0.0.0', 8] as const, ['169.254.0.0', 16] as const, ['172.16.0.0', 12] as const],
	...[['192.0.0.0', 24] as const, ['192.0.2.0', 24] as const, ['192.88.99.0', 24] as const],
	...[['192.168.0.0', 16] as const, ['198.18.0.0', 15] as const, ['198.51.100.0', 24] as const],
	...[['203.0.113.0', 24] as const, ['224.0.0.0', 4] as const, ['240.0.0.0', 4] as const],
] as const) {
	inner.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
	// Of the global ones, those that stand for an address of another kind and lead there.
	...[
		['2001::', 32] as const,
		['2001:db8::', 32] as const,
		['2002::', 16] as const,
		['64:ff9b::', 96] as const,
	],
] as const) {
	inner.addSubnet(network, prefix, 'ipv6');
}
const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is in the internet, and not in a network of n8n's own. */
export function isPublicAddress(address: string): boolean {
	if (isIP(address) === 4) return !inner.check(address, 'ipv4');
	return isIP(address) === 6 && globalIpv6.check(address, 'ipv6') && !inner.check(address, 'ipv6');
}

export function privateAddress(host: string): ChannelError {
	return new ChannelError(
		'media_private_address',
		`The file is at ${host}, which is in a private network.`,
		'Files are fetched from the internet alone: whoever writes to you could otherwise read what only this server reaches.',
	);
}

/**
 * Looks a name up for one connection and gives it public addresses alone: what is checked is what is connected to, so
 * that a name which leads elsewhere the next moment is of no use.
 */
export const lookupPublic: LookupFunction = (host, options, callback) => {
	lookupName(host, { ...options, all: true }, (fault, addresses) => {
		if (fault) {
			callback(fault, []);
			return;
		}
		const [first] = addresses;
		if (!first || addresses.some(({ address }) => !isPublicAddress(address))) {
			callback(Object.assign(new Error(host), { code: 'EPRIVATE' }), []);
		} else if (options.all) callback(null, addresses);
		else callback(null, first.address, first.family);
	});
};
