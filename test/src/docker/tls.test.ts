import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

import { Containers, DockerError, parseConnection } from '../../../src/docker';
import { Scope } from '../../support/scope';

let scope: Scope;
const servers: Server[] = [];

beforeAll(async () => {
	scope = await Scope.open('tls');
	for (const name of ['ca', 'other-ca']) {
		openssl('req', '-x509', ...newKey(name), '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '9');
	}
	certificate('engine', { names: 'DNS:localhost' });
	certificate('misnamed', { names: 'DNS:engine.example.com' });
	certificate('expired-engine', { names: 'DNS:localhost', days: -1 });
	certificate('client');
	certificate('expired-client', { days: -1 });
	certificate('foreign-client', { ca: 'other-ca' });
	const encrypt = ['-aes256', '-passout', 'pass:open sesame'];
	openssl(
		'pkcs8',
		'-topk8',
		'-in',
		'client.key',
		'-out',
		'encrypted.key',
		'-v2',
		'aes256',
		...encrypt.slice(1),
	);
	openssl('ec', '-in', 'client.key', '-out', 'encrypted-old.key', ...encrypt);
});

afterEach(() =>
	servers.splice(0).forEach((server) => {
		server.closeAllConnections();
		server.close();
	}),
);
afterAll(() => scope.close());

function openssl(...args: string[]): void {
	execFileSync('openssl', args, { cwd: scope.folder, stdio: 'pipe' });
}

function newKey(name: string): string[] {
	return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
}

function certificate(name: string, { names = '', ca = 'ca', days = 2 } = {}): void {
	openssl('req', ...newKey(name), '-out', `${name}.csr`, '-subj', `/CN=${name}`);
	writeFileSync(scope.path('extensions'), names ? `subjectAltName=${names}` : 'basicConstraints=CA:FALSE');
	const signer = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial'];
	const rest = ['-out', `${name}.pem`, '-extfile', 'extensions', '-days', String(days)];
	openssl('x509', '-req', '-in', `${name}.csr`, ...signer, ...rest);
}

const file = (name: string) => readFileSync(scope.path(name), 'utf8');

/** An engine's TLS port, as `dockerd --tlsverify` guards it. */
async function serve(name: string): Promise<number> {
	const options = { key: file(`${name}.key`), cert: file(`${name}.pem`), ca: file('ca.pem') };
	const server = createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (_, response) => {
		response.writeHead(200, { 'api-version': '1.41' }).end('[]');
	});
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}

async function list(engine: string, overrides: Record<string, string> = {}): Promise<unknown> {
	const connection = parseConnection({
		connectionType: 'tls',
		host: 'localhost',
		port: await serve(engine),
		ca: file('ca.pem'),
		clientCertificate: file('client.pem'),
		clientPrivateKey: file('client.key'),
		accessLevel: 'read',
		allowedContainers: '*',
		timeoutSeconds: 5,
		...overrides,
	});
	return await new Containers(connection).list();
}

const client = (name: string) => ({
	clientCertificate: file(`${name}.pem`),
	clientPrivateKey: file(`${name}.key`),
});

test('DK-27 a trusted engine and an accepted client certificate work', async () => {
	expect(await list('engine')).toEqual([]);
});

const refusals: [fault: string, message: RegExp, remedy: RegExp, make: () => Promise<unknown>][] = [
	['a wrong CA', /trusted CA/, /"CA Certificate"/, () => list('engine', { ca: file('other-ca.pem') })],
	['no CA', /trusted CA/, /"CA Certificate"/, () => list('engine', { ca: '' })],
	['another name', /another host name/, /"Host"/, () => list('misnamed')],
	['an expired engine', /not valid at this time/, /Renew/, () => list('expired-engine')],
	[
		'an expired client',
		/client certificate has expired \(20/,
		/new client certificate/,
		() => list('engine', client('expired-client')),
	],
	[
		'a foreign client',
		/closed|refused/,
		/client certificate/,
		() => list('engine', client('foreign-client')),
	],
	[
		'no client',
		/does not accept the client certificate, or there is none/,
		/--tlscacert/,
		() => list('engine', { clientCertificate: '', clientPrivateKey: '' }),
	],
	[
		'a key of another certificate',
		/do not belong together/,
		/key/,
		() => list('engine', { clientPrivateKey: file('foreign-client.key') }),
	],
	[
		'a wrong passphrase',
		/passphrase does not open/,
		/Passphrase/,
		() => list('engine', { clientPrivateKey: file('encrypted.key'), clientPrivateKeyPassphrase: 'wrong' }),
	],
	[
		'an unreadable key',
		/cannot be read/,
		/PEM/,
		() =>
			list('engine', {
				clientPrivateKey: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
			}),
	],
];

test.each(refusals)('DK-27 %s is refused, with its own remedy', async (_fault, message, remedy, make) => {
	for (const environment of [undefined, '0']) {
		if (environment) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = environment;
		const thrown: unknown = await make().catch((error: unknown) => error);
		delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
		expect(thrown).toBeInstanceOf(DockerError);
		const error = thrown as DockerError;
		expect(error.message).toMatch(message);
		expect(error.message).not.toMatch(/openssl|\n/);
		expect(error.remedy).toMatch(remedy);
	}
});

describe('certificates and keys pasted into a field of one line', () => {
	test.each([
		['blanks', ' '],
		['nothing', ''],
		['a written \\n', '\\n'],
		['Windows line ends', '\r\n'],
	])('work with %s in place of line breaks', async (_name, separator) => {
		const flat = (name: string) => file(name).replaceAll('\n', separator);
		expect(
			await list('engine', {
				ca: `${flat('other-ca.pem')}${flat('ca.pem')}`,
				clientCertificate: flat('client.pem'),
				clientPrivateKey: flat('client.key'),
			}),
		).toEqual([]);
	});

	test.each(['encrypted.key', 'encrypted-old.key'])('work for an encrypted key too: %s', async (name) => {
		expect(
			await list('engine', {
				clientPrivateKey: file(name).replaceAll('\n', ' '),
				clientPrivateKeyPassphrase: 'open sesame',
			}),
		).toEqual([]);
	});

	test('a key in the field of the certificate is refused by name', async () => {
		await expect(list('engine', { clientCertificate: file('client.key') })).rejects.toThrow(
			/clientCertificate: must be a certificate in PEM format/,
		);
	});
});
