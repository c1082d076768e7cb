import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

import { SMTPServer } from 'smtp-server';

import { checkCertificate, type CertificateReport } from '../../../../src/check';
import { Authority, chainOf } from '../../../support/pki/certificates';
import { TlsServers } from '../../../support/pki/servers';

const servers = new TlsServers();
const authority = new Authority('Test');
const { root, intermediate } = authority;
const leaf = authority.leaf();
const secureContext = createSecureContext({ cert: chainOf(leaf, intermediate), key: leaf.keyPem });

afterAll(() => servers.close());

type Protocol = 'smtp' | 'imap' | 'pop3' | 'postgres' | 'mysql';

const ask = async (port: number, starttls: Protocol): Promise<CertificateReport> =>
	await checkCertificate({
		host: 'localhost',
		connectTo: '127.0.0.1',
		port,
		starttls,
		ca: root.pem,
		timeoutMs: 1000,
	});

/** Says what the protocol says up to TLS, each byte on its own. */
async function slowly(socket: Socket, text: string | Buffer): Promise<void> {
	socket.setNoDelay(true);
	for (const byte of Buffer.from(text)) {
		await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
		await new Promise((resolve) => setImmediate(resolve));
	}
}

const heard = (socket: Socket, ends: RegExp): Promise<string> =>
	new Promise((resolve) => {
		let text = '';
		const listen = (bytes: Buffer): void => {
			text += bytes.toString('latin1');
			const match = ends.exec(text);
			if (match === null) return;
			socket.off('data', listen).pause();
			// A client need not wait for an answer.
			const rest = text.slice(match.index + match[0].length);
			if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'));
			resolve(match[0]);
		};
		socket.on('data', listen).resume();
	});

function beginTls(socket: Socket): void {
	const secured = new TLSSocket(socket, { isServer: true, secureContext });
	secured.on('error', () => undefined);
}

const mysqlGreeting = (capabilities: number): Buffer => {
	const payload = Buffer.concat([
		Buffer.from([10]),
		Buffer.from('8.0.36\0'),
		Buffer.alloc(4, 1),
		Buffer.from('abcdefgh\0'),
		Buffer.from([capabilities & 0xff, capabilities >> 8, 45, 2, 0]),
		Buffer.alloc(30),
	]);
	return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
};

type Talk = (socket: Socket, agreed: (answer: string | Buffer) => Promise<void>) => Promise<void>;

const talks: Record<Protocol, Talk> = {
	async smtp(socket, agree) {
		await slowly(socket, '220-mail.example.com\r\n220 ready\r\n');
		await heard(socket, /EHLO \S+\r\n/);
		await slowly(socket, '250-mail.example.com\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n');
		await heard(socket, /STARTTLS\r\n/);
		await agree('220 go ahead\r\n');
	},
	async imap(socket, agree) {
		await slowly(socket, '* OK [CAPABILITY IMAP4rev1] ready\r\n');
		await heard(socket, /a1 STARTTLS\r\n/);
		await agree('* BYE-BYE is no word\r\na1 OK begin\r\n');
	},
	async pop3(socket, agree) {
		await slowly(socket, '+OK ready\r\n');
		await heard(socket, /STLS\r\n/);
		await agree('+OK begin\r\n');
	},
	async postgres(socket, agree) {
		const request = await heard(socket, /^[\s\S]{8}/);
		expect(Buffer.from(request, 'latin1').toString('hex')).toBe('0000000804d2162f');
		await agree('S');
	},
	async mysql(socket, agree) {
		await slowly(socket, mysqlGreeting(0xffff));
		const request = await heard(socket, /^[\s\S]{36}/);
		expect(Buffer.from(request, 'latin1').subarray(0, 4)).toEqual(Buffer.from([32, 0, 0, 1]));
		await agree('');
	},
};

const protocols = Object.keys(talks) as Protocol[];

test.each(protocols)('TL-17 %s changes over to TLS, though each byte comes on its own', async (protocol) => {
	const port = await servers.raw((socket) => {
		void talks[protocol](socket, async (answer) => {
			await slowly(socket, answer);
			beginTls(socket);
		});
	});
	expect(await ask(port, protocol)).toMatchObject({ status: 'ok', trusted: true, chain: { length: 2 } });
});

test.each(['smtp', 'imap', 'pop3', 'postgres'] as const)(
	'TL-17 words put behind the agreement of %s are refused, not taken as said under TLS',
	async (protocol) => {
		const port = await servers.raw((socket) => {
			void talks[protocol](socket, async (answer) => {
				socket.write(`${answer.toString()}250 injected\r\n`);
				beginTls(socket);
			});
		});
		const report = await ask(port, protocol);
		expect(report).toMatchObject({ status: 'failed', findings: [{ code: 'not_tls' }] });
		expect(report.findings[0]?.message).toContain('goes on to speak without encryption');
	},
);

test.each<[Protocol, string, string | Buffer, RegExp]>([
	[
		'smtp',
		'that does not offer it',
		'220 a\r\n250-x\r\n250 HELP\r\n',
		/does not change over to TLS \(SMTP\): it does not offer it/,
	],
	['smtp', 'that refuses', '220 a\r\n250 STARTTLS\r\n454 not now\r\n', /454 not now/],
	['smtp', 'that is away', '554 no service\r\n', /554 no service/],
	['imap', 'that refuses', '* OK x\r\na1 NO none\r\n', /\(IMAP\): a1 NO none/],
	['pop3', 'that refuses', '+OK x\r\n-ERR none\r\n', /\(POP3\): -ERR none/],
	['postgres', 'without TLS', 'N', /\(PostgreSQL\): it has no TLS/],
	['mysql', 'without TLS', mysqlGreeting(0xf7ff), /\(MySQL\): it has no TLS/],
	[
		'mysql',
		'that blocks us',
		Buffer.from([18, 0, 0, 0, 255, 0x69, 4, ...Buffer.from('Host is blocked')]),
		/Host is blocked/,
	],
	['smtp', 'that is an SSH server', 'SSH-2.0-x\r\n', /does not speak SMTP; it says "SSH-2.0-x"/],
	['imap', 'of garbage', '\u0001\u0002\n', /does not speak IMAP/],
	['pop3', 'of garbage', 'HTTP/1.1 400\r\n', /does not speak POP3/],
	['postgres', 'of garbage', 'X', /does not speak PostgreSQL/],
	['mysql', 'of garbage', Buffer.from([3, 0, 0, 0, 1, 2, 3]), /does not speak MySQL/],
])('TL-17 a server of %s %s is named', async (protocol, _what, says, message) => {
	const port = await servers.raw((socket) => void socket.write(says));
	const report = await ask(port, protocol);
	expect(report).toMatchObject({ status: 'failed', findings: [{ code: 'not_tls' }] });
	expect(report.findings[0]?.message).toMatch(message);
});

test.each(protocols)(
	'TL-17 a server of %s that is silent, ends or never ends is named in time',
	async (protocol) => {
		const silent = await servers.raw(() => undefined);
		expect((await ask(silent, protocol)).findings).toMatchObject([{ code: 'timeout' }]);
		const closing = await servers.raw((socket) => socket.end());
		expect((await ask(closing, protocol)).findings).toMatchObject([{ code: 'connect_failed' }]);
		const endless = await servers.raw((socket) => {
			const flood = (): void => {
				while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x')));
			};
			socket.on('drain', flood);
			flood();
		});
		expect((await ask(endless, protocol)).findings).toMatchObject([{ code: 'not_tls' }]);
	},
);

test('TL-17 a mail server of others is read', async () => {
	const server = new SMTPServer({ cert: chainOf(leaf, intermediate), key: leaf.keyPem } as object);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.server.address() as { port: number };
	try {
		expect(await ask(port, 'smtp')).toMatchObject({ status: 'ok', trusted: true });
	} finally {
		await new Promise<void>((resolve) => server.close(() => resolve()));
	}
});
