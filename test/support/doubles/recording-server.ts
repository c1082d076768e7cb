import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface RecordedRequest {
	method: string;
	path: string;
	headers: IncomingMessage['headers'];
	/** The parsed JSON body, or the text when it is not JSON. */
	body: unknown;
}

export interface Answer {
	status: number;
	body?: unknown;
}

/** An HTTP server on 127.0.0.1 that keeps what it was sent and answers as `respond` says. */
export class RecordingServer {
	readonly requests: RecordedRequest[] = [];
	/** Those of them that came while it was not out of order. */
	readonly taken: RecordedRequest[] = [];
	/** When set, every request is answered with this instead: a service that is out of order. */
	outage: Answer | undefined;

	private constructor(
		private readonly server: Server,
		readonly url: string,
	) {}

	static async start(respond: (request: RecordedRequest) => Answer): Promise<RecordingServer> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		const recorder = new RecordingServer(server, `http://127.0.0.1:${port}`);
		server.on('request', (request: IncomingMessage, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const recorded = {
					method: request.method ?? '',
					path: request.url ?? '',
					headers: request.headers,
					body: parsed(Buffer.concat(chunks).toString()),
				};
				recorder.requests.push(recorded);
				if (recorder.outage === undefined) recorder.taken.push(recorded);
				const { status, body } = recorder.outage ?? respond(recorded);
				response.writeHead(status, { 'content-type': 'application/json' });
				response.end(body === undefined ? '' : JSON.stringify(body));
			});
		});
		return recorder;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
