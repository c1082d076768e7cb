import { BlockList } from 'node:net';

/** How far inside an address is, from the outermost. */
export const zones = ['public', 'private network', 'this machine', 'link-local'] as const;

export type Zone = (typeof zones)[number];

/** By the registries of special-purpose addresses of IANA (RFC 6890). */
const subnets: Record<Exclude<Zone, 'public'>, { ipv4: string[]; ipv6: string[] }> = {
	// The second is public by its number, and the metadata of the machines of Azure all the same:
	// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
	'link-local': { ipv4: ['169.254.0.0/16', '168.63.129.16/32'], ipv6: ['fe80::/10'] },
	'this machine': { ipv4: ['127.0.0.0/8', '0.0.0.0/8'], ipv6: ['::1/128', '::/128'] },
	'private network': {
		ipv4: [
			...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15'],
			...['224.0.0.0/4', '240.0.0.0/4'],
		],
		// The last three carry IPv4 addresses in themselves that a gateway would unpack.
		ipv6: ['fc00::/7', 'fec0::/10', 'ff00::/8', '64:ff9b:1::/48', '2002::/16', '2001::/32', '::/96'],
	},
};

/** The prefix of NAT64, behind which each IPv4 address has its own (RFC 6052). */
const nat64 = { prefix: '64:ff9b::', bits: 96 };

const lists = Object.entries(subnets).map(([zone, { ipv4, ipv6 }]) => {
	const list = new BlockList();
	for (const [address, bits] of ipv4.map(parts)) {
		list.addSubnet(address, bits, 'ipv4');
		list.addSubnet(`${nat64.prefix}${address}`, nat64.bits + bits, 'ipv6');
	}
	for (const [address, bits] of ipv6.map(parts)) list.addSubnet(address, bits, 'ipv6');
	return { zone: zones.find((name) => name === zone) ?? 'link-local', list };
});

function parts(subnet: string): [address: string, bits: number] {
	const [address = '', bits] = subnet.split('/');
	return [address, Number(bits)];
}

/** @param address an IP address; IPv4 within IPv6 counts as what it stands for */
export function zoneOf(address: string): Zone {
	const [plain = ''] = address.split('%');
	const family = plain.includes(':') ? 'ipv6' : 'ipv4';
	return lists.find(({ list }) => list.check(plain, family))?.zone ?? 'public';
}

/** Whether the way from one to the other leads further inside. */
export function leadsInside(from: Zone, to: Zone): boolean {
	return zones.indexOf(to) > zones.indexOf(from);
}
