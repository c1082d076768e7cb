import type { ZodType } from 'zod';

export interface N8nRequest {
	method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
	body?: unknown;
	headers?: Record<string, string>;
}

/** n8n's refusal of a request: what was asked and what it answered. */
export class N8nRequestError extends Error {
	constructor(
		readonly status: number,
		request: string,
		readonly answer: string,
	) {
		super(`n8n refused ${request} with status ${status}: ${answer.slice(0, 1000)}`);
	}
}

/** Sends one request with a JSON body; throws N8nRequestError for every status from 400. */
export async function sendRequest(url: string, request: N8nRequest = {}): Promise<Response> {
	const { method = 'GET', body, headers } = request;
	const response = await fetch(url, {
		method,
		headers: { 'content-type': 'application/json', ...headers },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	if (response.status < 400) return response;
	throw new N8nRequestError(response.status, `${method} ${new URL(url).pathname}`, await response.text());
}

/** Sends a request and reads the answer as `schema` describes it. */
export async function requestJson<T>(url: string, schema: ZodType<T>, request?: N8nRequest): Promise<T> {
	const response = await sendRequest(url, request);
	return schema.parse(await response.json());
}
