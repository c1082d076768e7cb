export interface WebhookCall {
	/** Default POST. */
	method?: string;
	/** Sent as JSON; a string is sent as it is. */
	body?: unknown;
	headers?: Record<string, string>;
	/** Calls the test address, which answers once after listenForTest. */
	test?: boolean;
}

export interface WebhookAnswer {
	status: number;
	headers: Headers;
	text: string;
	/** The parsed body; undefined when it is not JSON. */
	json: unknown;
}

/** Calls a webhook of the n8n at `url`; answers every status instead of throwing. */
export async function callWebhook(url: string, path: string, call: WebhookCall): Promise<WebhookAnswer> {
	const { method = 'POST', body, headers, test = false } = call;
	const response = await fetch(`${url}/${test ? 'webhook-test' : 'webhook'}/${path}`, {
		method,
		headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
		...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
