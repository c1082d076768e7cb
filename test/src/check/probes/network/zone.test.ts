import { leadsInside, zoneOf } from '../../../../../src/check/probes/network/zone';

test.each([
	['203.0.113.10', 'public'],
	['8.8.8.8', 'public'],
	['172.15.255.255', 'public'],
	['172.16.0.1', 'private network'],
	['172.32.0.0', 'public'],
	['10.0.0.1', 'private network'],
	['192.168.1.1', 'private network'],
	['100.64.0.1', 'private network'],
	['100.128.0.1', 'public'],
	['224.0.0.1', 'private network'],
	['255.255.255.255', 'private network'],
	['127.0.0.1', 'this machine'],
	['127.255.0.1', 'this machine'],
	['0.0.0.0', 'this machine'],
	['169.254.169.254', 'link-local'],
	['168.63.129.16', 'link-local'],
	['168.63.129.17', 'public'],
	['::ffff:168.63.129.16', 'link-local'],
	['64:ff9b::168.63.129.16', 'link-local'],
	['::1', 'this machine'],
	['::', 'this machine'],
	['::ffff:127.0.0.1', 'this machine'],
	['::ffff:7f00:1', 'this machine'],
	['::ffff:a9fe:a9fe', 'link-local'],
	['::ffff:203.0.113.10', 'public'],
	['::7f00:1', 'private network'],
	['64:ff9b::7f00:1', 'this machine'],
	['64:ff9b::10.0.0.1', 'private network'],
	['64:ff9b::203.0.113.10', 'public'],
	['2002:7f00:1::', 'private network'],
	['fd00:ec2::254', 'private network'],
	['fe80::1%eth0', 'link-local'],
	['fe80::1', 'link-local'],
	['ff02::1', 'private network'],
	['2001:4860:4860::8888', 'public'],
	['2606:4700::1111', 'public'],
])('HC-13 %s belongs to: %s', (address, zone) => {
	expect(zoneOf(address)).toBe(zone);
});

test('HC-13 the way leads inside from each zone to the next', () => {
	expect(leadsInside('public', 'private network')).toBe(true);
	expect(leadsInside('private network', 'this machine')).toBe(true);
	expect(leadsInside('this machine', 'link-local')).toBe(true);
	expect(leadsInside('link-local', 'link-local')).toBe(false);
	expect(leadsInside('this machine', 'private network')).toBe(false);
});
