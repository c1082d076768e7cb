import { freePort } from '../../../support/free-port';
import { nameServer, type Saying } from '../../../support/doubles/name-server';
import { askDns } from './checks';

const zone: Record<string, Saying> = {
	'shop.example.com': {
		A: ['203.0.113.9', '203.0.113.10'],
		AAAA: ['2001:db8::10'],
		TXT: ['v=spf1 -all', 'Key=Ключ'],
		MX: ['10 Mail.example.com', '20 backup.example.com'],
		NS: ['ns1.example.com'],
		CAA: ['0 issue letsencrypt.org'],
		SRV: ['1 2 5060 sip.example.com'],
	},
	'www.example.com': { CNAME: ['shop.example.com'] },
	'evil.example.com': { TXT: ['line\u0007\u001b[31m\nnext\u202e'] },
	'broken.example.com': 'SERVFAIL',
	'refused.example.com': 'REFUSED',
	'silent.example.com': 'silence',
	'garbage.example.com': 'garbage',
};

let server: string;
let double: Awaited<ReturnType<typeof nameServer>>;

beforeAll(async () => {
	double = await nameServer(({ name }) => zone[name]);
	server = `127.0.0.1:${double.port}`;
});
afterAll(() => double.close());

test.each([
	['A', ['203.0.113.10'], '203.0.113.9, 203.0.113.10'],
	['A', [], '203.0.113.9, 203.0.113.10'],
	['AAAA', ['2001:0DB8:0::0010'], '2001:db8::10'],
	['TXT', ['Key=Ключ'], 'v=spf1 -all, Key=Ключ'],
	['MX', ['mail.example.com', '20 backup.example.com.'], '10 Mail.example.com, 20 backup.example.com'],
	['NS', ['NS1.example.com.'], 'ns1.example.com'],
	['CAA', ['letsencrypt.org'], '0 issue "letsencrypt.org"'],
	['CAA', ['0 issue "letsencrypt.org"'], '0 issue "letsencrypt.org"'],
	['SRV', ['sip.example.com:5060'], '1 2 5060 sip.example.com'],
])('%s records as expected: %j', async (record, expect_, shown) => {
	const finding = await askDns('shop.example.com', { record, expect: expect_, server });
	expect(finding).toMatchObject({ level: 'ok', reason: 'ok', details: { record, server } });
	expect(finding.message).toContain(`has the ${record} record`);
	expect(finding.message).toContain(shown);
	expect(finding.latencyMs).toBeGreaterThanOrEqual(0);
});

test('a CNAME is found', async () => {
	const check = { record: 'CNAME', expect: ['shop.example.com'], server };
	expect(await askDns('www.example.com', check)).toMatchObject({ level: 'ok' });
});

test('HC-11 another answer than expected is told with the server that gives it, and how long others keep it', async () => {
	const finding = await askDns('shop.example.com', { expect: ['203.0.113.10', '198.51.100.1'], server });
	expect(finding).toMatchObject({
		level: 'critical',
		reason: 'dns_mismatch',
		message: `shop.example.com has the A records 203.0.113.9, 203.0.113.10; expected was 198.51.100.1. So says the name server ${server}. Others keep this answer for up to 300 s.`,
		details: { answers: ['203.0.113.9', '203.0.113.10'], ttlSeconds: 300 },
	});
	const text = await askDns('shop.example.com', { record: 'TXT', expect: ['key=Ключ'], server });
	expect(text).toMatchObject({ reason: 'dns_mismatch' });
});

test.each([
	['gone.example.com', 'dns_not_found', /^There is no name gone.example.com \(NXDOMAIN\)\.$/],
	['www.example.com', 'dns_no_record', /^The name www.example.com exists, but has no A record\.$/],
	['broken.example.com', 'dns_failed', /SERVFAIL: it could not find out/],
	['refused.example.com', 'dns_failed', /REFUSED: it does not answer/],
	['silent.example.com', 'dns_timeout', /^The name server 127.0.0.1:\d+ did not say in time/],
	['garbage.example.com', 'dns_failed', /its answer cannot be read/],
])('HC-11 %s is named as %s', async (host, reason, message) => {
	const begun = performance.now();
	const finding = await askDns(host, { server }, reason === 'dns_timeout' ? 1000 : 10_000);
	expect(performance.now() - begun).toBeLessThan(11_000);
	expect(finding).toMatchObject({ level: 'critical', latencyMs: null });
	expect(finding.reason).toBe(reason);
	expect(finding.message).toMatch(message);
});

test('HC-11 a name server that is not there is named', async () => {
	const finding = await askDns('shop.example.com', { server: `127.0.0.1:${await freePort()}` });
	expect(finding).toMatchObject({ level: 'critical', reason: 'dns_failed' });
	expect(finding.message).toContain('nothing listens there');
});

test('HC-11 a question that is not waited for any more is not asked again', async () => {
	const asked = () => double.asked.filter((question) => question === 'silent.example.com MX').length;
	await askDns('silent.example.com', { record: 'MX', server }, 200);
	const before = asked();
	expect(before).toBeGreaterThan(0);
	await new Promise((resolve) => setTimeout(resolve, 5000));
	expect(asked()).toBe(before);
});

test('texts of a name server come as one line', async () => {
	const finding = await askDns('evil.example.com', { record: 'TXT', server });
	expect(finding.details['answers']).toEqual(['line [31m next']);
	expect(finding.message).not.toMatch(/\p{Cc}|\p{Cf}/u);
});

test('HC-29 what is no name server, or no host, is refused with the field', async () => {
	for (const wrong of ['name.example.com', '127.0.0.1:0', '127.0.0.1:70000', '[::1', '1.2.3', '::1]:53'])
		await expect(askDns('shop.example.com', { server: wrong })).rejects.toThrow(/"server"/);
	for (const right of ['::1', '[::1]:5353', '127.0.0.1'])
		await expect(askDns('shop.example.com', { server: right }, 1)).resolves.toBeDefined();
	await expect(askDns('/var/run/socket', {})).rejects.toThrow(/"host"/);
});
