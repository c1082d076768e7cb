/** A request as it came over HTTP. */
export interface InboundRequest {
	method: string;
	/** Names in small letters. */
	headers: Readonly<Record<string, string | string[] | undefined>>;
	query: Readonly<Record<string, unknown>>;
	/** The bytes as they came: what signatures are made of. */
	body: Buffer;
	/** As the platform knows it, with what stands before n8n: scheme, host, port, path and query. */
	publicUrl: string;
}

export interface Answer {
	status: number;
	contentType: string;
	body: string;
}

/** Part of a request that could not be read; the rest of it was. */
export interface BrokenEntry {
	/** Where it stands in the body, such as `entry.1.changes.0`. */
	path: string;
	problem: string;
}

/** One header; undefined when it is missing or came more than once. */
export function header(request: Pick<InboundRequest, 'headers'>, name: string): string | undefined {
	const value = request.headers[name];
	return typeof value === 'string' ? value : undefined;
}

const plain = 'text/plain; charset=utf-8';

/** What nobody is to read as a page, whatever it holds. */
export function answer(status: number, body = ''): Answer {
	return { status, contentType: plain, body };
}
