import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import { checkCertificate } from '../../../../src/check';
import { Authority, issue, type Issued } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';
import { Scope } from '../../../support/scope';

const day = 86_400_000;
const now = Date.now();
const servers = new TlsServers();
const good = new Authority('Test');
const other = new Authority('Other');
const { root, intermediate } = good;
let scope: Scope;

beforeAll(async () => {
	scope = await Scope.open('agreement');
	writeFileSync(scope.path('ca.pem'), root.pem);
});

afterAll(async () => {
	await servers.close();
	await scope?.close();
});

interface SetUp {
	chain: Issued[];
	host?: string;
	server?: Parameters<TlsServers['tls']>[1];
}

const names = ['localhost', 'shop.example.com'];
const leaf = (request: Parameters<Authority['leaf']>[0] = {}): Issued => good.leaf({ names, ...request });
const ca = (request: Partial<Parameters<typeof issue>[0]>): Issued =>
	issue({ subject: 'CA', isCa: true, by: root, ...request });
const expired = { notBefore: now - 90 * day, notAfter: now - day };
const future = { notBefore: now + 5 * day, notAfter: now + 90 * day };

const setUps: Record<string, () => SetUp> = {
	'a usual chain': () => ({ chain: [leaf(), intermediate] }),
	'a chain with its root': () => ({ chain: [leaf(), intermediate, root] }),
	'no intermediate': () => ({ chain: [leaf()] }),
	'another host': () => ({ chain: [leaf({ names: ['other.example.com'] }), intermediate] }),
	'a wildcard': () => ({
		chain: [leaf({ names: ['*.example.com'] }), intermediate],
		host: 'shop.example.com',
	}),
	'a wildcard of two labels': () => ({
		chain: [leaf({ names: ['*.example.com'] }), intermediate],
		host: 'a.shop.example.com',
	}),
	'a wildcard for the domain itself': () => ({
		chain: [leaf({ names: ['*.example.com'] }), intermediate],
		host: 'example.com',
	}),
	'capital letters': () => ({
		chain: [leaf({ names: ['SHOP.example.com'] }), intermediate],
		host: 'shop.EXAMPLE.com',
	}),
	'an international name': () => ({
		chain: [leaf({ names: ['xn--bcher-kva.example.com'] }), intermediate],
		host: 'xn--bcher-kva.example.com',
	}),
	expired: () => ({ chain: [leaf(expired), intermediate] }),
	'not yet valid': () => ({ chain: [leaf(future), intermediate] }),
	'about to expire': () => ({ chain: [leaf({ notAfter: now + day / 2 }), intermediate] }),
	'self-signed': () => ({ chain: [issue({ subject: 'own', names })] }),
	'self-signed and expired': () => ({ chain: [issue({ subject: 'own', names, ...expired })] }),
	'an unknown CA': () => ({ chain: [other.leaf({ names }), other.intermediate] }),
	'an unknown CA with its root': () => ({ chain: [other.leaf({ names }), other.intermediate, other.root] }),
	'an expired intermediate': () => {
		const old = ca(expired);
		return { chain: [leaf({ by: old }), old] };
	},
	'an intermediate of the future': () => {
		const next = ca(future);
		return { chain: [leaf({ by: next }), next] };
	},
	'an intermediate that is no CA': () => {
		const no = ca({ isCa: false });
		return { chain: [leaf({ by: no }), no] };
	},
	'too long a path': () => {
		const short = ca({ pathLength: 0 });
		const below = ca({ subject: 'Below', by: short });
		return { chain: [leaf({ by: below }), below, short] };
	},
	'a path as long as allowed': () => {
		const short = ca({ pathLength: 1 });
		const below = ca({ subject: 'Below', by: short });
		return { chain: [leaf({ by: below }), below, short] };
	},
	'wrong order': () => {
		const low = ca({ subject: 'Low', by: intermediate });
		return { chain: [leaf({ by: low }), intermediate, low] };
	},
	'a duplicate': () => ({ chain: [leaf(), intermediate, intermediate] }),
	'a stranger in between': () => ({ chain: [leaf(), issue({ subject: 'stranger' }), intermediate] }),
	'an expired cross-signed extra': () => ({
		chain: [
			leaf(),
			intermediate,
			issue({ subject: 'Test root', isCa: true, by: other.root, key: root, ...expired }),
		],
	}),
	'the same intermediate, expired and valid': () => ({
		chain: [
			leaf(),
			issue({ subject: 'Test intermediate', isCa: true, by: root, key: intermediate, ...expired }),
			intermediate,
		],
	}),
	'a name that the CA may sign for': () => {
		const bound = ca({ permitted: ['example.com', 'localhost'] });
		return { chain: [leaf({ by: bound }), bound] };
	},
	'a name that the CA may not sign for': () => {
		const bound = ca({ permitted: ['example.org'] });
		return { chain: [leaf({ by: bound }), bound] };
	},
	'a certificate for clients': () => ({ chain: [leaf({ usages: ['1.3.6.1.5.5.7.3.2'] }), intermediate] }),
	'a certificate for servers and clients': () => ({
		chain: [leaf({ usages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'] }), intermediate],
	}),
	'a CA for clients alone': () => {
		const client = ca({ usages: ['1.3.6.1.5.5.7.3.2'] });
		return { chain: [leaf({ by: client }), client] };
	},
	'an unknown critical extension': () => ({ chain: [leaf({ criticalExtension: '1.2.3.4' }), intermediate] }),
	'RSA with 2048 bits': () => ({ chain: [leaf({ key: 'rsa' }), intermediate] }),
	'RSA with 1024 bits': () => ({ chain: [leaf({ key: 'rsa1024' }), intermediate] }),
	'an intermediate of RSA with 1024 bits': () => {
		const weak = ca({ key: 'rsa1024' });
		return { chain: [leaf({ by: weak }), weak] };
	},
	'SHA-1': () => {
		const old = ca({ key: 'rsa' });
		return { chain: [leaf({ by: old, hash: 'sha1' }), old] };
	},
	MD5: () => {
		const old = ca({ key: 'rsa' });
		return { chain: [leaf({ by: old, hash: 'md5' }), old] };
	},
	Ed25519: () => ({ chain: [leaf({ key: 'ed25519' }), intermediate] }),
	'an empty subject': () => ({ chain: [leaf({ subject: null }), intermediate] }),
	'a signature by another key': () => ({
		chain: [leaf({ by: { ...other.intermediate, name: intermediate.name } }), intermediate],
	}),
	'an intermediate that names itself': () => {
		const liar = issue({
			subject: 'Liar',
			isCa: true,
			by: { ...root, name: issue({ subject: 'Liar' }).name },
		});
		return { chain: [leaf({ by: liar }), liar] };
	},
	'TLS 1.2 alone': () => ({ chain: [leaf(), intermediate], server: { maxVersion: 'TLSv1.2' } }),
	'a deep chain': () => {
		const row: Issued[] = [];
		for (let depth = 0; depth < 9; depth += 1)
			row.unshift(ca({ subject: `CA ${depth}`, by: row[0] ?? root }));
		return { chain: [leaf({ by: row[0] as Issued }), ...row] };
	},
};

/** Whether `openssl s_client` takes the certificate, with the security level that Debian gives it. */
function isTakenByOpenssl(port: number, host: string): Promise<boolean> {
	const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', host, '-verify_hostname', host];
	const trust = [
		'-CAfile',
		scope.path('ca.pem'),
		'-no-CApath',
		'-no-CAstore',
		'-verify_return_error',
		'-brief',
	];
	const level = ['-cipher', 'DEFAULT:@SECLEVEL=2'];
	return new Promise((resolve) => {
		const child = execFile(
			'openssl',
			[...args, ...trust, ...level],
			{ timeout: 20_000 },
			(error, _out, said) => resolve(error === null && /Verification: OK/.test(said)),
		);
		child.stdin?.end();
	});
}

test('there are 40 of them at least', () => {
	expect(Object.keys(setUps).length).toBeGreaterThanOrEqual(40);
});

test.each(Object.entries(setUps))('openssl and this package agree on %s', async (_name, make) => {
	const { chain, host = 'localhost', server } = make();
	const port = await servers.tls(chain, server);
	const report = await checkCertificate({ host, port, connectTo: '127.0.0.1', ca: root.pem });
	// What is about to happen is no reason to refuse a certificate today.
	const refused = report.findings.filter(
		({ code, severity }) => severity === 'critical' && code !== 'expiring',
	);
	expect({ isTaken: refused.length === 0, refused }).toEqual({
		isTaken: await isTakenByOpenssl(port, host),
		refused,
	});
});

test('a subject without alternative names is the one difference: openssl falls back to it, browsers do not', async () => {
	const port = await servers.tls([issue({ subject: 'localhost', by: intermediate }), intermediate]);
	expect(await isTakenByOpenssl(port, 'localhost')).toBe(true);
	expect(await checkCertificate({ host: 'localhost', port, ca: root.pem })).toMatchObject({
		status: 'critical',
		findings: [{ code: 'host_mismatch' }],
	});
});
