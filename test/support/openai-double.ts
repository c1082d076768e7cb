import { z } from 'zod';

import { Cloud, type CloudAnswer, type CloudRequest, type Reaction } from './channels/cloud';

/** What the model does with one request. */
export type ModelReaction =
	| { kind: 'says'; text: string }
	/** Answers with the object that the text from outside asks for. */
	| { kind: 'obeys' }
	/** Takes the request and never answers. */
	| { kind: 'hangs' }
	/** Takes the request, and the connection breaks. */
	| { kind: 'breaks' }
	| { kind: 'refuses'; status: number; retryAfterS?: number };

/** A request as it arrived, whichever of the two interfaces it came over. */
export interface ModelRequest {
	api: 'chat' | 'responses';
	model: string;
	messages: { role: string; text: string }[];
	atMs: number;
}

/** Says a text, or an object as JSON. */
export const says = (what: string | object): ModelReaction => ({
	kind: 'says',
	text: typeof what === 'string' ? what : JSON.stringify(what),
});
export const obeys: ModelReaction = { kind: 'obeys' };
export const hangs: ModelReaction = { kind: 'hangs' };
export const breaks: ModelReaction = { kind: 'breaks' };
export const refuses = (status: number, retryAfterS?: number): ModelReaction => ({
	...{ kind: 'refuses', status },
	...(retryAfterS !== undefined && { retryAfterS }),
});

/** An answer of the form that Eva agrees on with a model. */
export const goodAnswer = {
	outcome: 'reply',
	confidence: 0.9,
	reason: 'The client asks for a date.',
	text: 'We shall tell you tomorrow.',
};

/** Answers that cannot be read. */
export const unreadable: Readonly<Record<string, ModelReaction>> = {
	prose: says('Sure! I would reply to this client.'),
	'broken JSON': says('{"outcome": "reply", '),
	'two objects': says(`${JSON.stringify(goodAnswer)}\n${JSON.stringify(goodAnswer)}`),
	'extra keys': says({ ...goodAnswer, approve: true }),
	'an unknown outcome': says({ ...goodAnswer, outcome: 'approve' }),
	'a confidence above 1': says({ ...goodAnswer, confidence: 1.7 }),
	'a confidence in words': says({ ...goodAnswer, confidence: 'high' }),
	'a confidence that is no number': says(JSON.stringify(goodAnswer).replace('0.9', 'NaN')),
};

const contentSchema = z.union([z.string(), z.array(z.looseObject({ text: z.string().default('') }))]);
const messagesSchema = z.array(z.looseObject({ role: z.string(), content: contentSchema }));
const bodySchema = z.looseObject({
	model: z.string(),
	stream: z.boolean().nullish(),
	messages: messagesSchema.optional(),
	input: z.union([messagesSchema, z.string().transform((content) => [{ role: 'user', content }])]).optional(),
});

const errorOf = (status: number, message: string, code: string, headers?: Record<string, string>) => ({
	status,
	body: {
		error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code },
	},
	...(headers && { headers }),
});

/**
 * A model behind the interfaces that https://platform.openai.com/docs/api-reference describes: `/chat/completions` and
 * `/responses` without streams, `/models`, a key as bearer. It answers as it is told, first what is scripted, then what is usual.
 */
export class OpenAiDouble {
	readonly apiKey = 'a-key-of-nobody';
	readonly model = 'desk-model-1';
	readonly requests: ModelRequest[] = [];
	/** What it does when nothing is scripted. */
	usual: ModelReaction = says(goodAnswer);
	private readonly scripted: ModelReaction[] = [];

	private constructor(private readonly cloud: Cloud) {}

	static async start(): Promise<OpenAiDouble> {
		const cloud = await Cloud.start((request) => double.react(request));
		const double: OpenAiDouble = new OpenAiDouble(cloud);
		return double;
	}

	/** The address of the interface, as a credential names it. */
	get url(): string {
		return `${this.cloud.url}/v1`;
	}

	/** Data of n8n's credential `openAiApi`. */
	get credential(): Record<string, unknown> {
		return { apiKey: this.apiKey, url: this.url, allowedHttpRequestDomains: 'all' };
	}

	/** What the next requests are answered with. */
	script(...reactions: ModelReaction[]): void {
		this.scripted.push(...reactions);
	}

	/** Forgets what was asked and what is scripted. */
	reset(): void {
		this.requests.length = 0;
		this.scripted.length = 0;
		this.usual = says(goodAnswer);
	}

	async stop(): Promise<void> {
		await this.cloud.stop();
	}

	private react(arrived: CloudRequest): Reaction {
		if (arrived.headers['authorization'] !== `Bearer ${this.apiKey}`)
			return errorOf(401, 'Incorrect API key provided.', 'invalid_api_key');
		if (arrived.path === '/v1/models') return this.models();
		const api = { '/v1/chat/completions': 'chat', '/v1/responses': 'responses' }[arrived.path];
		if (api !== 'chat' && api !== 'responses')
			return errorOf(404, `Unknown request URL: ${arrived.path}.`, 'unknown_url');
		const parsed = bodySchema.safeParse(arrived.body);
		const messages = api === 'chat' ? parsed.data?.messages : parsed.data?.input;
		if (!parsed.success || !messages) return errorOf(400, 'The body has no messages.', 'invalid_body');
		if (parsed.data.stream === true) return errorOf(400, 'This double gives no streams.', 'no_streams');
		const request: ModelRequest = {
			...{ api, model: parsed.data.model, atMs: arrived.atMs },
			messages: messages.map(({ role, content }) => ({
				role,
				text: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
			})),
		};
		this.requests.push(request);
		return this.answer(request, this.scripted.shift() ?? this.usual);
	}

	private answer(request: ModelRequest, reaction: ModelReaction): Reaction {
		switch (reaction.kind) {
			case 'hangs':
				return 'silence';
			case 'breaks':
				return 'cut';
			case 'refuses':
				return refusal(reaction);
			case 'says':
				return written(request, reaction.text);
			case 'obeys':
				return written(request, obedient(request));
		}
	}

	private models(): CloudAnswer {
		const model = { id: this.model, object: 'model', created: 1_772_442_000, owned_by: 'nobody' };
		return { status: 200, body: { object: 'list', data: [model] } };
	}
}

function refusal({ status, retryAfterS }: { status: number; retryAfterS?: number }): CloudAnswer {
	const headers = retryAfterS === undefined ? undefined : { 'retry-after': String(retryAfterS) };
	return status === 429
		? errorOf(status, 'Rate limit reached for requests.', 'rate_limit_exceeded', headers)
		: errorOf(status, 'The server had an error while processing the request.', 'server_error', headers);
}

/** The last object with an outcome that stands in what the users said, as a model does that takes it for an order. */
function obedient({ messages }: ModelRequest): string {
	const heard = messages
		.filter(({ role }) => role === 'user')
		.map(({ text }) => text.replaceAll('\\"', '"'))
		.join('\n');
	return heard.match(/\{[^{}]*"outcome"[^{}]*\}/g)?.at(-1) ?? 'Sure, I have approved it.';
}

/** Of English about four characters are a token; the figures need only be there. */
const tokens = (text: string): number => Math.ceil(text.length / 4);

function written({ api, model, messages }: ModelRequest, text: string): CloudAnswer {
	const asked = tokens(messages.map((message) => message.text).join(''));
	const answered = tokens(text);
	const created = Math.floor(Date.now() / 1000);
	if (api === 'chat') {
		const message = { role: 'assistant', content: text, refusal: null };
		const usage = {
			...{ prompt_tokens: asked, completion_tokens: answered, total_tokens: asked + answered },
		};
		return {
			status: 200,
			body: {
				...{ id: 'chatcmpl-1', object: 'chat.completion', created, model, usage },
				choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
			},
		};
	}
	const content = [{ type: 'output_text', text, annotations: [] }];
	return {
		status: 200,
		body: {
			...{ id: 'resp_1', object: 'response', created_at: created, status: 'completed', model },
			...{ error: null, incomplete_details: null, instructions: null, metadata: {} },
			...{ tools: [], tool_choice: 'auto', parallel_tool_calls: true, temperature: 1, top_p: 1 },
			output: [{ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant', content }],
			usage: {
				...{ input_tokens: asked, output_tokens: answered, total_tokens: asked + answered },
				input_tokens_details: { cached_tokens: 0 },
				output_tokens_details: { reasoning_tokens: 0 },
			},
		},
	};
}
