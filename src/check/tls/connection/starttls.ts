import { oneLine } from '../../probes/finding';
import type { Conversation } from './conversation';
import { ReadFault } from './fault';

/** Protocols that begin without TLS and change over to it. */
export const startTlsProtocols = ['smtp', 'imap', 'pop3', 'postgres', 'mysql'] as const;

export type StartTls = (typeof startTlsProtocols)[number];

export const startTlsPorts: Record<StartTls, number> = {
	smtp: 25,
	imap: 143,
	pop3: 110,
	postgres: 5432,
	mysql: 3306,
};

/**
 * Asks the server to change over to TLS.
 *
 * @throws ReadFault when it does not, or speaks another protocol; NetworkFault
 */
export async function startTls(protocol: StartTls, conversation: Conversation, at: string): Promise<void> {
	await ways[protocol](conversation, at);
	conversation.end();
}

const ways: Record<StartTls, (conversation: Conversation, at: string) => Promise<void>> = {
	/** RFC 3207 */
	async smtp(conversation, at) {
		await smtpReply(conversation, at, '220', 'a greeting of SMTP');
		conversation.say('EHLO certificate-check.invalid\r\n');
		const offered = await smtpReply(conversation, at, '250', 'an answer to EHLO');
		if (!offered.some((line) => /^STARTTLS\b/i.test(line))) throw refused(at, 'SMTP', 'it does not offer it');
		conversation.say('STARTTLS\r\n');
		await smtpReply(conversation, at, '220', 'an answer to STARTTLS');
	},
	/** RFC 9051, 6.2.1 */
	async imap(conversation, at) {
		const greeting = await conversation.line('a greeting of IMAP');
		if (!/^\* (OK|PREAUTH)\b/i.test(greeting)) throw unexpected(at, 'IMAP', greeting);
		conversation.say('a1 STARTTLS\r\n');
		for (let lines = 0; lines < mostLines; lines += 1) {
			const line = await conversation.line('an answer to STARTTLS');
			if (/^a1 OK\b/i.test(line)) return;
			if (/^a1 /i.test(line)) throw refused(at, 'IMAP', line);
			if (!line.startsWith('* ')) throw unexpected(at, 'IMAP', line);
		}
		throw unexpected(at, 'IMAP', 'an endless answer');
	},
	/** RFC 2595, 4 */
	async pop3(conversation, at) {
		const greeting = await conversation.line('a greeting of POP3');
		if (!greeting.startsWith('+OK')) throw unexpected(at, 'POP3', greeting);
		conversation.say('STLS\r\n');
		const answer = await conversation.line('an answer to STLS');
		if (!answer.startsWith('+OK')) throw refused(at, 'POP3', answer);
	},
	/** PostgreSQL's documentation, 54.2.11: SSLRequest */
	async postgres(conversation, at) {
		conversation.say(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
		const answer = (await conversation.hear(firstByte, 'an answer of PostgreSQL')).toString('latin1');
		if (answer === 'S') return;
		if (answer === 'N' || answer === 'E') throw refused(at, 'PostgreSQL', 'it has no TLS');
		throw unexpected(at, 'PostgreSQL', answer);
	},
	/** MySQL's internals manual: HandshakeV10 and SSLRequest; MariaDB does the same. */
	async mysql(conversation, at) {
		const packet = await conversation.hear(mysqlPacketEnd, 'a greeting of MySQL');
		const payload = packet.subarray(4);
		if (payload[0] === 0xff) throw refused(at, 'MySQL', payload.subarray(3).toString('latin1'));
		const version = payload.indexOf(0, 1);
		// Thread id (4), the beginning of a nonce (8) and a filler (1) stand before the capabilities.
		const capabilities = version === -1 ? -1 : version + 14;
		if (payload[0] !== 10 || capabilities === -1 || payload.length < capabilities + 2)
			throw unexpected(at, 'MySQL', payload.toString('latin1'));
		if ((payload.readUInt16LE(capabilities) & clientTls) === 0) throw refused(at, 'MySQL', 'it has no TLS');
		const request = Buffer.alloc(36);
		request.writeUIntLE(32, 0, 3);
		request[3] = (packet[3] ?? 0) + 1;
		request.writeUInt32LE(clientTls | clientProtocol41 | clientSecureConnection, 4);
		request.writeUInt32LE(0x0100_0000, 8);
		request[12] = 45; // utf8mb4
		conversation.say(request);
	},
};

const mostLines = 100;
const clientProtocol41 = 0x0200;
const clientTls = 0x0800;
const clientSecureConnection = 0x8000;

const firstByte = (heard: Buffer): number | undefined => (heard.length === 0 ? undefined : 1);

function mysqlPacketEnd(heard: Buffer): number | undefined {
	if (heard.length < 4) return undefined;
	const end = 4 + heard.readUIntLE(0, 3);
	return heard.length < end ? undefined : end;
}

/** The lines of a reply, without its code (RFC 5321, 4.2.1). */
async function smtpReply(
	conversation: Conversation,
	at: string,
	code: string,
	what: string,
): Promise<string[]> {
	const lines: string[] = [];
	for (;;) {
		const line = await conversation.line(what);
		if (!/^\d{3}[ -]?/.test(line) || lines.length >= mostLines) throw unexpected(at, 'SMTP', line);
		if (!line.startsWith(code)) throw refused(at, 'SMTP', line);
		lines.push(line.slice(4));
		if (line[3] !== '-') return lines;
	}
}

const refused = (at: string, protocol: string, why: string): ReadFault =>
	new ReadFault('not_tls', `${at} does not change over to TLS (${protocol}): ${oneLine(why, 200)}.`);

const unexpected = (at: string, protocol: string, said: string): ReadFault =>
	new ReadFault('not_tls', `${at} does not speak ${protocol}; it says "${oneLine(said, 100)}".`);
