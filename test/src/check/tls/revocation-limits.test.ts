import { sign } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { checkCertificate, type CertificateOptions, type CertificateReport } from '../../../../src/check';
import { fetchBytes } from '../../../../src/check/tls/revocation/fetch';
import { algorithmOf, Authority, chainOf, issue, type Issued } from '../../../support/pki/certificates';
import { bits, explicit, integer, octets, oid, sequence, time } from '../../../support/pki/der';
import { crlOf } from '../../../support/pki/revocation';
import { TlsServers } from '../../../support/pki/servers';

const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;

afterAll(() => servers.close());

const web = async (answer: RequestListener): Promise<string> =>
	`http://127.0.0.1:${await servers.listen(createServer(answer))}`;

async function check(
	chain: readonly Issued[],
	options: Partial<CertificateOptions> = {},
): Promise<CertificateReport> {
	const port = await servers.tls(chain);
	return await checkCertificate({ host: 'localhost', port, ca: root.pem, revocation: true, ...options });
}

test('TL-20 nobody is asked for the sake of a chain that is not trusted', async () => {
	let asked = 0;
	const base = await web((_request, response) => void response.end(String((asked += 1))));
	const own = issue({ subject: 'Own', isCa: true, crlUrls: [`${base}/own`] });
	const leaf = authority.leaf({ by: own, crlUrls: [`${base}/1`, `${base}/2`], ocspUrls: [base] });
	const report = await check([leaf, own]);
	expect(report).toMatchObject({ trusted: false, revocation: 'unknown' });
	expect(report.findings.at(-1)).toMatchObject({
		code: 'revocation_unknown',
		severity: 'info',
		message: expect.stringContaining('nobody is asked for the sake of a chain that is not trusted'),
	});
	expect(asked).toBe(0);
});

test('TL-20 of a long path ten certificates are asked about, some at a time', async () => {
	const asked = new Set<string>();
	let [open, most] = [0, 0];
	const base = await web((request, response) => {
		asked.add(request.url ?? '');
		most = Math.max(most, (open += 1));
		setTimeout(() => {
			open -= 1;
			response.end(crlOf(root));
		}, 20);
	});
	const row: Issued[] = [];
	for (let depth = 0; depth < 12; depth += 1)
		row.unshift(
			issue({ subject: `CA ${depth}`, isCa: true, by: row[0] ?? root, crlUrls: [`${base}/${depth}`] }),
		);
	const report = await check([authority.leaf({ by: row[0] as Issued, crlUrls: [`${base}/leaf`] }), ...row]);
	expect(report).toMatchObject({ status: 'ok', trusted: true, revocation: 'unknown' });
	expect(asked.size).toBe(10);
	expect(most).toBeLessThanOrEqual(3);
});

test('TL-20 the lists of one check have a limit together', async () => {
	const base = await web((_request, response) => response.end(Buffer.alloc(600)));
	const context = {
		from: 'this machine' as const,
		budget: { bytes: 1000 },
		signal: AbortSignal.timeout(5000),
	};
	expect(await fetchBytes(base, 700, context)).toHaveLength(600);
	await expect(fetchBytes(base, 700, context)).rejects.toThrow('more than is read in one check');
});

test('TL-20 only a list that the CA has signed is kept, and no longer than it holds', async () => {
	let asked = 0;
	let list: Buffer = Buffer.alloc(0);
	const url = `${await web((_request, response) => {
		asked += 1;
		response.end(list);
	})}/ca.crl`;
	const chain = [authority.leaf({ crlUrls: [url] }), intermediate];
	list = crlOf(intermediate, { signer: root });
	expect(await check(chain)).toMatchObject({ revocation: 'unknown' });
	const nextUpdate = Math.floor(Date.now() / 1000) * 1000 + 60_000;
	list = crlOf(intermediate, { nextUpdate });
	expect(await check(chain, { now: nextUpdate - 1000 })).toMatchObject({ revocation: 'good' });
	expect(await check(chain, { now: nextUpdate - 900 })).toMatchObject({ revocation: 'good' });
	expect(asked).toBe(2);
	await sleep(1050);
	list = crlOf(intermediate, { nextUpdate: nextUpdate + 60_000 });
	expect(await check(chain)).toMatchObject({ revocation: 'good' });
	expect(asked).toBe(3);
});

/** A list of so many bytes. */
function longList(sizeBytes: number): Buffer {
	const algorithm = algorithmOf(intermediate.key);
	const padding = sequence(sequence(oid('1.2.3.4'), octets(Buffer.alloc(sizeBytes))));
	const times = [time(Date.now() - 60_000), time(Date.now() + 86_400_000)];
	const toBeSigned = sequence(integer(1), algorithm, intermediate.name, ...times, explicit(0, padding));
	return sequence(toBeSigned, algorithm, bits(sign('sha256', toBeSigned, intermediate.key)));
}

test('TL-20 lists that are kept have a limit together, and the oldest goes first', async () => {
	const asked: string[] = [];
	const list = longList(15 * 1024 * 1024);
	const base = await web((request, response) => {
		asked.push(request.url ?? '');
		response.end(list);
	});
	const look = async (name: string): Promise<void> => {
		const report = await check([authority.leaf({ crlUrls: [`${base}/${name}`] }), intermediate]);
		expect(report.revocation).toBe('good');
	};
	for (const name of ['1', '2', '3', '4', '4', '5', '5', '1']) await look(name);
	expect(asked).toEqual(['/1', '/2', '/3', '/4', '/5', '/1']);
});

test('TL-20 a revoked CA is told, though the certificate of the server says nothing of lists', async () => {
	let list: Buffer = Buffer.alloc(0);
	const crlUrls = [`${await web((_request, response) => response.end(list))}/root.crl`];
	const lower = issue({ subject: 'Lower', isCa: true, by: root, crlUrls });
	list = crlOf(root, { revoked: [lower] });
	const leaf = authority.leaf({ by: lower });
	const report = await check([leaf, lower]);
	expect(report).toMatchObject({ status: 'critical', revocation: 'revoked' });
	expect(report.findings[0]?.message).toMatch(/^The CA certificate "CN=Lower" is revoked/);
	const unreachable = issue({ subject: 'Far', isCa: true, by: root, crlUrls: ['http://127.0.0.1:1/'] });
	const far = [authority.leaf({ by: unreachable }), unreachable];
	expect(await check(far, { requireRevocation: true })).toMatchObject({
		status: 'warning',
		revocation: 'unknown',
		findings: [{ code: 'revocation_unknown', severity: 'warning' }],
	});
	const good = issue({ subject: 'Good', isCa: true, by: root, crlUrls: [`${crlUrls[0]}?good`] });
	expect(await check([authority.leaf({ by: good }), good])).toMatchObject({
		status: 'ok',
		revocation: 'notPublished',
		findings: [],
	});
});

test('TL-20 a CA that is silent leaves time for what the server says of encryption', async () => {
	const silent = await web(() => undefined);
	const leaf = authority.leaf({ crlUrls: [`${silent}/x`] });
	const server = createSecure({ cert: chainOf(leaf, intermediate), key: leaf.keyPem }, (_request, response) =>
		response.setHeader('Strict-Transport-Security', 'max-age=31536000').end(),
	);
	const port = await servers.listen(server);
	const report = await checkCertificate({
		...{ host: 'localhost', connectTo: '127.0.0.1', port, ca: root.pem, timeoutMs: 1500 },
		...{ revocation: true, web: { httpPort: 1 } },
	});
	expect(report).toMatchObject({ status: 'ok', revocation: 'unknown', web: { forcesHttps: true } });
	expect(report.findings.map(({ code }) => code)).toEqual(['revocation_unknown']);
});

test('a CA that is asked for a server behind a proxy must be outside, wherever the proxy is', async () => {
	let asked = 0;
	const url = `${await web((_request, response) => void response.end(String((asked += 1))))}/x`;
	const leaf = authority.leaf({ crlUrls: [url], names: ['inner.example.com'] });
	const port = await servers.tls([leaf, intermediate]);
	const proxy = createServer();
	proxy.on('connect', (_request, socket) => {
		const onward = connect(port, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			socket.pipe(onward).pipe(socket);
		});
		onward.on('error', () => socket.destroy());
		socket.on('error', () => onward.destroy());
	});
	const report = await checkCertificate({
		...{ host: 'inner.example.com', ca: root.pem, revocation: true, timeoutMs: 3000 },
		proxy: `http://127.0.0.1:${await servers.listen(proxy)}`,
	});
	expect(report).toMatchObject({ trusted: true, revocation: 'unknown' });
	expect(report.findings[0]?.message).toContain('leads inside');
	expect(asked).toBe(0);
});
