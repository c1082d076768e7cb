import { secretHider, shownAddress } from '../../../../../src/check/probes/http/shown-address';
import { freePort } from '../../../../support/free-port';
import { askHttp } from '../checks';
import { closeServers, web } from '../servers';

afterAll(closeServers);

const shown = (address: string): string => shownAddress(new URL(address));

test.each([
	['https://user:pass@shop.example.com/a', 'https://***@shop.example.com/a'],
	['https://only-a-key@shop.example.com/', 'https://***@shop.example.com/'],
	['https://shop.example.com/?token=abc&page=2', 'https://shop.example.com/?token=***&page=***'],
	['https://shop.example.com/?bare-key', 'https://shop.example.com/?***'],
	['https://shop.example.com/?a=b=c', 'https://shop.example.com/?a=***'],
	['https://shop.example.com/#access_token=abc', 'https://shop.example.com/'],
	['http://[2001:db8::1]:8080/', 'http://[2001:db8::1]:8080/'],
])('HC-28 %s is shown as %s', (address, expected) => {
	expect(shown(address)).toBe(expected);
});

test('HC-28 an address is shown with few parameters and no more than 200 characters', () => {
	const many = Array.from({ length: 50 }, (_, index) => `p${index}=secret`).join('&');
	expect(shown(`https://a.example.com/?${many}`)).toBe(
		'https://a.example.com/?p0=***&p1=***&p2=***&p3=***&p4=***&…',
	);
	expect(shown(`https://a.example.com/${'x'.repeat(5000)}`)).toHaveLength(200);
});

test('HC-28 secrets are found in foreign texts as they are written and as they are meant', () => {
	const hide = secretHider(
		new URL('https://u:p%40ss@a.example.com/?key=very%20secret'),
		'Bearer abcdefgh1234',
	);
	expect(hide('p@ss p%40ss "very secret" very%20secret abcdefgh1234 u')).toBe('*** *** "***" *** *** u');
});

const secrets = { header: { name: 'Authorization', value: 'Bearer header-secret-1' } };
/** Also the beginning of one that was cut. */
const seen = /pass-s|token-s|header-s/;

test('HC-28 no finding holds a password, a value of the query or the header, whatever happens', async () => {
	let url = await web((request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here');
		const token = searchParams.get('token');
		const { authorization } = request.headers;
		if (pathname === '/to') response.writeHead(302, { location: `/again?token=${token}&x=token-secret-2` });
		if (pathname === '/again') response.writeHead(302, { location: request.url });
		if (pathname.startsWith('/path')) response.writeHead(302, { location: `/path/${token}?token=${token}` });
		if (pathname === '/evil') response.writeHead(302, { location: `gopher://x/${token}` });
		response.end(JSON.stringify({ token, authorization, long: `${'x'.repeat(50)}${token}` }));
	});
	const withSecrets = (path: string): string =>
		`${url.replace('//', '//user:pass-secret-1@')}${path}?token=token-secret-1`;
	const expected = (path: string) => ({ json: [{ path, equals: 'x' }] });
	const cases: [path: string, more: object, reason: string][] = [
		['ok', {}, 'ok'],
		['ok', { contains: ['nothing'] }, 'keyword_missing'],
		['ok', expected('$.token'), 'json_mismatch'],
		['ok', expected('$.authorization'), 'json_mismatch'],
		['ok', expected('$.long'), 'json_mismatch'],
		['ok', { forceHttps: true }, 'not_https'],
		['to', {}, 'redirect_loop'],
		['path', {}, 'redirect_loop'],
		['evil', {}, 'redirect_scheme'],
		['ok', { authenticated: true, status: [500] }, 'status'],
	];
	for (const [path, more, reason] of cases) {
		const finding = await askHttp(withSecrets(path), more, { secrets });
		expect(finding.reason).toBe(reason);
		expect(JSON.stringify(finding)).not.toMatch(seen);
	}
	url = `http://127.0.0.1:${await freePort()}/`;
	const refused = await askHttp(withSecrets('ok'), { authenticated: true }, { secrets });
	expect(refused).toMatchObject({ reason: 'refused' });
	expect(JSON.stringify(refused)).not.toMatch(seen);
});

test('a check that needs a header of a credential is unknown without one', async () => {
	const finding = await askHttp('http://127.0.0.1:1/', { authenticated: true });
	expect(finding).toMatchObject({ level: 'unknown', reason: 'config' });
	expect(finding.message).toMatch(/Choose a Header Auth credential/);
});

test('a header that cannot be sent is named, without its value', async () => {
	const url = await web((_request, response) => response.end());
	const header = { name: 'X-Key', value: 'header-secret\r\nX-Other: 1' };
	const finding = await askHttp(url, { authenticated: true }, { secrets: { header } });
	expect(finding).toMatchObject({ level: 'unknown', reason: 'config' });
	expect(JSON.stringify(finding)).not.toMatch(seen);
});

test('a header whose credential does not permit the host is not sent', async () => {
	let asked = 0;
	const url = await web((_request, response) => {
		asked += 1;
		response.end();
	});
	const header = { name: 'X-Key', value: 'header-secret', mayGoTo: (to: string) => to !== url };
	const finding = await askHttp(url, { authenticated: true }, { secrets: { header } });
	expect(finding).toMatchObject({ level: 'unknown', reason: 'config' });
	expect(finding.message).toContain('does not permit requests to 127.0.0.1');
	expect(asked).toBe(0);
	expect(await askHttp(`${url}else`, { authenticated: true }, { secrets: { header } })).toMatchObject({
		level: 'ok',
	});
});
