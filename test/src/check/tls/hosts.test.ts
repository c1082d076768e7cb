import { hostsOfLabels, hostsOfSite } from '../../../../src/check';
import { readCheckedSites } from '../../../../src/shared';

test.each([
	[
		'Caddy',
		{ caddy: 'shop.example.com, www.shop.example.com', 'caddy.reverse_proxy': '{{upstreams 80}}' },
		['shop.example.com:443', 'www.shop.example.com:443'],
	],
	[
		'Caddy with several sites',
		{ caddy_0: 'a.example.com', caddy_1: 'https://b.example.com:8443', caddy_2: 'http://c.example.com' },
		['a.example.com:443', 'b.example.com:8443'],
	],
	[
		'Traefik',
		{
			'traefik.http.routers.shop.rule':
				'Host(`shop.example.com`) || Host(`www.example.com`, `m.example.com`) && PathPrefix(`/x`)',
		},
		['shop.example.com:443', 'www.example.com:443', 'm.example.com:443'],
	],
	[
		'Traefik over TCP',
		{ 'traefik.tcp.routers.db.rule': 'HostSNI(`db.example.com`)' },
		['db.example.com:443'],
	],
	[
		'Traefik for all',
		{ 'traefik.tcp.routers.db.rule': 'HostSNI(`*`)', 'traefik.http.routers.x.rule': 'HostRegexp(`.+`)' },
		[],
	],
	[
		'nginx-proxy',
		{ VIRTUAL_HOST: 'shop.example.com,*.example.com', LETSENCRYPT_HOST: 'shop.example.com' },
		['shop.example.com:443'],
	],
	['no proxy', { 'com.docker.compose.project': 'shop', caddy: '(snippet)' }, []],
])('hosts are read from labels for %s', (_name, labels, expected) => {
	expect(hostsOfLabels(labels as Record<string, string>)).toEqual(expected);
});

test('the hosts of a site are its domain and those of its checks', async () => {
	const [site] = await readCheckedSites({
		name: 'shop',
		domain: 'shop.example.com',
		checks: [
			{ name: 'Page', type: 'http', url: 'https://shop.example.com/cart' },
			{ name: 'Plain', type: 'http', url: 'http://plain.example.com/' },
			{ name: 'Mail', type: 'certificate', host: 'mail.example.com', starttls: 'smtp' },
			{ name: 'Six', type: 'certificate', host: '2001:db8::5', port: 8443 },
		],
	});
	if (site === undefined) throw new Error('no site');
	expect(hostsOfSite(site)).toEqual([
		'shop.example.com:443',
		'smtp://mail.example.com:25',
		'[2001:db8::5]:8443',
	]);
});
