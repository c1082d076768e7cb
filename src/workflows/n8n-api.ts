import { z, type ZodType } from 'zod';
import { errorMessage, isN8nKey, n8nAddress } from '../shared';
import type { NamedCredential } from './credentials';
import { WorkflowError } from './errors';
import { nodeSchema, workflowSchema } from './model';

export interface N8nConnection {
	/** Address of n8n as in the browser, e.g. `https://n8n.example.com`; a path before `/api/v1` is kept. */
	url: string;
	apiKey: string;
	/** How long n8n may take for one answer. Default 30000. */
	timeoutMs?: number;
}

const storedSchema = workflowSchema.and(
	z.looseObject({
		id: z.string(),
		active: z.boolean().default(false),
		isArchived: z.boolean().default(false),
	}),
);

export type StoredWorkflow = z.infer<typeof storedSchema>;

/**
 * A workflow that something else made in an odd way, e.g. a node without a position: what can be read of it is
 * enough to tell whether it is ours, and as its connections are left out it counts as changed by a person.
 */
const oddSchema = z
	.looseObject({
		id: z.string(),
		name: z.string(),
		active: z.unknown().optional(),
		isArchived: z.unknown().optional(),
	})
	.transform(({ id, name, active, isArchived, ...rest }): StoredWorkflow => ({
		...{ id, name, connections: {}, active: active === true, isArchived: isArchived === true },
		nodes: z.array(nodeSchema.nullable().catch(null)).catch([]).parse(rest.nodes).filter(isPresent),
	}));

const isPresent = <T>(value: T | null): value is T => value !== null;

const credentialSchema = z.object({ id: z.coerce.string(), name: z.string(), type: z.string() });
const tagSchema = z.looseObject({ id: z.string(), name: z.string() });
const pageOf = <T>(entry: ZodType<T>): ZodType<{ data: T[]; nextCursor?: string | null | undefined }> =>
	z.object({ data: z.array(entry), nextCursor: z.string().nullish() });

/** The part of n8n's public API that an import needs. The key is sent in a header only and stands in no error. */
export class N8nApi {
	private readonly base: string;
	private readonly apiKey: string;
	private readonly timeoutMs: number;

	/** @throws WorkflowError `invalid_url` or `invalid_key` */
	constructor({ url, apiKey, timeoutMs = 30_000 }: N8nConnection) {
		this.base = `${webAddress(url)}/api/v1`;
		if (!isN8nKey(apiKey)) {
			throw new WorkflowError(
				'invalid_key',
				'The API key is empty or holds characters that no key has.',
				'Make a key in n8n under Settings → n8n API and hand it over unchanged.',
			);
		}
		this.apiKey = apiKey;
		this.timeoutMs = timeoutMs;
	}

	/** Every workflow the key may see, archived ones left out. */
	async workflows(): Promise<StoredWorkflow[]> {
		const all = await this.pages('workflows?limit=100&excludePinnedData=true', storedSchema.or(oddSchema));
		return all.filter(({ isArchived }) => !isArchived);
	}

	/** Names of all credentials; what they hold is never handed out. The key needs the scope `credential:list`. */
	async credentials(): Promise<NamedCredential[]> {
		return await this.pages('credentials?limit=100', credentialSchema);
	}

	async create(fields: Record<string, unknown>): Promise<StoredWorkflow> {
		return await this.request('POST', 'workflows', storedSchema, fields);
	}

	/** Replaces the named fields. A published workflow is published anew. */
	async update(id: string, fields: Record<string, unknown>): Promise<StoredWorkflow> {
		return await this.request('PUT', `workflows/${encodeURIComponent(id)}`, storedSchema, fields);
	}

	/** Publishes the newest version. */
	async publish(id: string): Promise<void> {
		await this.request('POST', `workflows/${encodeURIComponent(id)}/activate`, z.unknown(), {});
	}

	/** Adds tags by name, making those that are missing; tags the workflow has stay. */
	async addTags(workflow: StoredWorkflow, names: string[]): Promise<void> {
		const has = new Set((workflow.tags ?? []).map(({ name }) => name));
		if (names.every((name) => has.has(name))) return;
		const known = await this.pages('tags?limit=100', tagSchema);
		const wanted = [...new Set([...has, ...names])];
		const ids = [];
		for (const name of wanted) {
			const tag = known.find((entry) => entry.name === name) ?? (await this.createTag(name));
			ids.push({ id: tag.id });
		}
		await this.request('PUT', `workflows/${encodeURIComponent(workflow.id)}/tags`, z.unknown(), ids);
	}

	private async createTag(name: string): Promise<z.infer<typeof tagSchema>> {
		return await this.request('POST', 'tags', tagSchema, { name });
	}

	private async pages<T>(path: string, entry: ZodType<T>): Promise<T[]> {
		const found: T[] = [];
		let cursor: string | null | undefined;
		do {
			const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
			const page = await this.request('GET', `${path}${query}`, pageOf(entry));
			found.push(...page.data);
			cursor = page.nextCursor;
		} while (cursor);
		return found;
	}

	private async request<T>(method: string, path: string, schema: ZodType<T>, body?: unknown): Promise<T> {
		const { status, ok, text } = await this.send(method, path, body);
		if (!ok) throw refusal(status, `${method} ${path.split('?')[0]}`, text);
		const parsed = schema.safeParse(parseJson(text));
		if (parsed.success) return parsed.data;
		throw new WorkflowError(
			'not_an_n8n',
			`${this.base} does not answer as n8n's public API does.`,
			'Give the address at which you open n8n in the browser, and see that its public API is not switched off.',
		);
	}

	/** Sends one request and reads the answer to its end, because either can fail. */
	private async send(
		method: string,
		path: string,
		body: unknown,
	): Promise<{ status: number; ok: boolean; text: string }> {
		const headers = {
			'X-N8N-API-KEY': this.apiKey,
			Accept: 'application/json',
			'Content-Type': 'application/json',
		};
		const signal = AbortSignal.timeout(this.timeoutMs);
		try {
			const response = await fetch(`${this.base}/${path}`, {
				method,
				headers,
				// A redirect would carry the key to another host.
				redirect: 'error',
				signal,
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			// A proxy that shows the request it refused would bring the key into an error.
			const text = (await response.text()).replaceAll(this.apiKey, '***');
			return { status: response.status, ok: response.ok, text };
		} catch (error) {
			throw signal.aborted ? tooSlow(this.base, this.timeoutMs) : unreachable(this.base, error);
		}
	}
}

function webAddress(url: string): string {
	const address = n8nAddress(url);
	if (address !== undefined) return address;
	throw new WorkflowError(
		'invalid_url',
		'The address of n8n is not a web address without user name and password.',
		'Give it as in the browser, e.g. --url https://n8n.example.com',
	);
}

const tooSlow = (base: string, timeoutMs: number): WorkflowError =>
	new WorkflowError(
		'timeout',
		`${base} did not answer within ${timeoutMs} ms.`,
		'See whether n8n is well, and try again.',
	);

function unreachable(base: string, error: unknown): WorkflowError {
	const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
	return new WorkflowError(
		'unreachable',
		`${base} cannot be reached: ${errorMessage(cause)}`,
		'See that n8n runs and that --url is the address at which you open it in the browser, without a redirect.',
		{ cause: error },
	);
}

function refusal(status: number, request: string, text: string): WorkflowError {
	const answer = z.looseObject({ message: z.string() }).safeParse(parseJson(text));
	const reason = answer.success ? answer.data.message.slice(0, 500) : `status ${status}`;
	if (status === 401) {
		return new WorkflowError(
			'unauthorised',
			`n8n does not accept the API key (${reason}).`,
			'Make a key in n8n under Settings → n8n API; it may have expired.',
		);
	}
	if (status === 403) {
		return new WorkflowError(
			'forbidden',
			`n8n does not allow ${request} with this API key (${reason}).`,
			'Give the key the scopes workflow:list, workflow:create, workflow:update, workflow:activate, tag:list, tag:create and workflowTags:update, and credential:list for --credential.',
		);
	}
	if (status === 404 && !answer.success) {
		return new WorkflowError(
			'not_an_n8n',
			`There is no public API of n8n at this address (${request}: 404).`,
			'Give the address at which you open n8n in the browser.',
		);
	}
	return new WorkflowError(
		'n8n_refused',
		`n8n refused ${request}: ${reason}`,
		'Correct what n8n names; a newer n8n or a newer n8n-nodes-opsdesk may be needed.',
	);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
