import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CloudRequest {
	path: string;
	headers: Record<string, string | string[] | undefined>;
	/** Parsed JSON or form; the text of anything else. */
	body: Record<string, unknown>;
	/** When it arrived, by this process's clock. */
	atMs: number;
}

export interface CloudAnswer {
	status: number;
	body: unknown;
	headers?: Record<string, string>;
}

/** `silence`: taken, and never answered. `cut`: taken, and the connection breaks before the answer. */
export type Reaction = CloudAnswer | 'silence' | 'cut';

/** The HTTP side of a platform's cloud: keeps what arrives and answers as it is told. */
export class Cloud {
	readonly requests: CloudRequest[] = [];
	private readonly silent = new Set<ServerResponse>();

	private constructor(
		private readonly server: Server,
		readonly url: string,
	) {}

	static async start(react: (request: CloudRequest) => Reaction | Promise<Reaction>): Promise<Cloud> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		const cloud = new Cloud(server, `http://127.0.0.1:${port}`);
		server.on('request', (request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const arrived = {
					path: request.url ?? '',
					headers: request.headers,
					body: parsed(Buffer.concat(chunks).toString(), request.headers['content-type'] ?? ''),
					atMs: performance.now(),
				};
				cloud.requests.push(arrived);
				void Promise.resolve(react(arrived)).then((reaction) => cloud.answer(response, reaction));
			});
		});
		return cloud;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	private answer(response: ServerResponse, reaction: Reaction): void {
		if (reaction === 'silence') {
			this.silent.add(response);
			return;
		}
		if (reaction === 'cut') {
			response.destroy();
			return;
		}
		response.writeHead(reaction.status, { 'content-type': 'application/json', ...reaction.headers });
		response.end(JSON.stringify(reaction.body));
	}
}

function parsed(text: string, type: string): Record<string, unknown> {
	if (type.includes('x-www-form-urlencoded')) {
		const fields = new URLSearchParams(text);
		return Object.fromEntries([...new Set(fields.keys())].map((key) => [key, fields.getAll(key).join('|')]));
	}
	try {
		return JSON.parse(text) as Record<string, unknown>;
	} catch {
		return { text };
	}
}
