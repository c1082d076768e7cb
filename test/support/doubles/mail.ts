import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
	from: string;
	to: string[];
	/** Header lines, unfolded. */
	headers: string[];
	/** Everything after the headers, as it was sent. */
	body: string;
}

/** A real SMTP server on 127.0.0.1, without TLS and login, that keeps the mails it is given. */
export class MailServer {
	readonly mails: ReceivedMail[] = [];

	private constructor(
		private readonly server: SMTPServer,
		readonly port: number,
	) {}

	static async start(): Promise<MailServer> {
		const server = new SMTPServer({
			disabledCommands: ['AUTH', 'STARTTLS'],
			onData(stream, session, done) {
				const chunks: Buffer[] = [];
				stream.on('data', (chunk: Buffer) => chunks.push(chunk));
				stream.on('end', () => {
					const { mailFrom, rcptTo } = session.envelope;
					const from = mailFrom === false ? '' : mailFrom.address;
					receiver.mails.push({
						from,
						to: rcptTo.map(({ address }) => address),
						...parts(Buffer.concat(chunks)),
					});
					done();
				});
			},
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const receiver = new MailServer(server, (server.server.address() as AddressInfo).port);
		return receiver;
	}

	async stop(): Promise<void> {
		await new Promise<void>((resolve) => this.server.close(resolve));
	}
}

function parts(raw: Buffer): { headers: string[]; body: string } {
	const text = raw.toString();
	const end = text.indexOf('\r\n\r\n');
	const headers = text
		.slice(0, end)
		.replace(/\r\n[ \t]+/g, ' ')
		.split('\r\n');
	return { headers, body: text.slice(end + 4) };
}
