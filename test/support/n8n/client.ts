import { z, type ZodType } from 'zod';
import { executionSchema, isSettled, matches, type Execution, type ExecutionFilter } from './executions';
import { N8nRequestError, requestJson, type N8nRequest } from './http';
import { NodeCatalogue } from './node-catalogue';
import { poll } from './poll';
import { Publication } from './publication';
import { editorHeaders, setUpOwner, signIn, type N8nSession } from './session';
import { callWebhook, type WebhookAnswer, type WebhookCall } from './webhook';
import { findTrigger, savedFields, storedWorkflowSchema } from './workflow';
import type { CredentialReference, StoredWorkflow, WorkflowJson } from './workflow';

export interface StoredCredential extends CredentialReference {
	type: string;
}

export interface ManualRun {
	/** Name of the trigger to start from; default: the manual trigger, else the first one. */
	trigger?: string;
	/** How long the run may take. Default 120000. */
	timeoutMs?: number;
}

/** An n8n as its owner uses it: what the editor does, through the same requests, and the public API. */
export class N8nClient {
	/** Node types and the lists the editor offers in their parameters. */
	readonly catalogue: NodeCatalogue;
	private readonly publication: Publication;

	constructor(readonly session: N8nSession) {
		const rest = <T>(path: string, schema: ZodType<T>, request?: N8nRequest): Promise<T> =>
			this.rest(path, schema, request);
		this.catalogue = new NodeCatalogue(session, rest);
		this.publication = new Publication(rest);
	}

	/** Makes the owner of a new n8n. */
	static async forNewN8n(url: string): Promise<N8nClient> {
		return new N8nClient(await setUpOwner(url));
	}

	/** Signs in again, e.g. after a restart. */
	static async signIn(url: string, email: string, password: string): Promise<N8nClient> {
		return new N8nClient(await signIn(url, email, password));
	}

	get url(): string {
		return this.session.url;
	}

	/** Key of the public API. */
	get apiKey(): string {
		return this.session.apiKey;
	}

	/** A request as the editor sends it to `/rest/…`; `schema` describes the answer's `data`. */
	async rest<T>(path: string, schema: ZodType<T>, request: N8nRequest = {}): Promise<T> {
		const headers = { ...editorHeaders(this.session), ...request.headers };
		const answer = await requestJson(`${this.url}/rest/${path}`, z.object({ data: z.unknown() }), {
			...request,
			headers,
		});
		return schema.parse(answer.data);
	}

	/** A request to the public API, `/api/v1/…`. */
	publicApi<T>(path: string, schema: ZodType<T>, request: N8nRequest = {}): Promise<T> {
		const headers = { 'x-n8n-api-key': this.apiKey, ...request.headers };
		return requestJson(`${this.url}/api/v1/${path}`, schema, { ...request, headers });
	}

	async createCredential(
		name: string,
		type: string,
		data: Record<string, unknown>,
	): Promise<StoredCredential> {
		const schema = z.object({ id: z.string(), name: z.string(), type: z.string() });
		return await this.rest('credentials', schema, { method: 'POST', body: { name, type, data } });
	}

	/** Tests a stored credential as the button of its dialogue does. */
	async testCredential(credential: StoredCredential): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const stored = await this.rest(
			`credentials/${credential.id}?includeData=true`,
			z.object({ data: z.record(z.string(), z.unknown()) }),
		);
		const { id, name, type } = credential;
		return await this.rest(
			'credentials/test',
			z.object({ status: z.enum(['OK', 'Error']), message: z.string().default('') }),
			{ method: 'POST', body: { credentials: { id, name, type, data: stored.data } } },
		);
	}

	async deleteCredential(id: string): Promise<void> {
		await this.rest(`credentials/${id}`, z.unknown(), { method: 'DELETE' });
	}

	/** Stores a workflow file; one with the same id is replaced, as n8n's import command does. */
	async importWorkflow(workflow: WorkflowJson): Promise<StoredWorkflow> {
		if (workflow.id !== undefined && (await this.workflowExists(workflow.id))) {
			return await this.updateWorkflow(workflow.id, workflow);
		}
		const body = { ...savedFields(workflow, await this.tagIds(workflow)), id: workflow.id };
		return await this.rest('workflows', storedWorkflowSchema, { method: 'POST', body });
	}

	async updateWorkflow(id: string, workflow: WorkflowJson): Promise<StoredWorkflow> {
		const body = savedFields(workflow, await this.tagIds(workflow));
		return await this.rest(`workflows/${id}`, storedWorkflowSchema, { method: 'PATCH', body });
	}

	async workflow(id: string): Promise<StoredWorkflow> {
		return await this.rest(`workflows/${id}`, storedWorkflowSchema);
	}

	/** Deactivates, archives and deletes a workflow. */
	async deleteWorkflow(id: string): Promise<void> {
		await this.rest(`workflows/${id}/archive`, z.unknown(), { method: 'POST', body: {} });
		// n8n takes triggers down in the background and refuses (409) until it has.
		const deleted = await poll(90_000, () =>
			this.rest(`workflows/${id}`, z.unknown(), { method: 'DELETE' }).then(
				() => true,
				(thrown: unknown) => {
					if (thrown instanceof N8nRequestError && thrown.status === 409) return undefined;
					throw thrown;
				},
			),
		);
		if (!deleted) throw new Error(`n8n did not take workflow ${id} down within 90 seconds.`);
	}

	/** Activates the workflow's newest version and waits until its triggers listen. */
	async activate(id: string, timeoutMs = 90_000): Promise<void> {
		const { versionId } = await this.workflow(id);
		await this.publication.activate(id, versionId, timeoutMs);
	}

	/** Deactivates a workflow and waits until its triggers are gone. */
	async deactivate(id: string, timeoutMs = 90_000): Promise<void> {
		await this.publication.deactivate(id, timeoutMs);
	}

	/** Calls `/webhook/<path>`, or `/webhook-test/<path>` with `test`; answers every status. */
	async callWebhook(path: string, call: WebhookCall = {}): Promise<WebhookAnswer> {
		return await callWebhook(this.url, path, call);
	}

	/** Runs a workflow as the editor's button does and waits for its end, whatever that is. */
	async run(id: string, { trigger, timeoutMs = 120_000 }: ManualRun = {}): Promise<Execution> {
		const name = trigger ?? findTrigger(await this.workflow(id));
		const answer = await this.startManually(id, name);
		if (answer.executionId === undefined) {
			throw new Error(`"${name}" waits for a request. Use listenForTest and callWebhook with test: true.`);
		}
		return await this.settledExecution(answer.executionId, timeoutMs);
	}

	/** Makes the test address of a webhook trigger answer once, as "Listen for test event" does. */
	async listenForTest(id: string, trigger?: string): Promise<void> {
		const name = trigger ?? findTrigger(await this.workflow(id));
		const { waitingForWebhook } = await this.startManually(id, name);
		if (!waitingForWebhook)
			throw new Error(`"${name}" does not listen for requests. Name a webhook trigger.`);
	}

	/** The newest execution that fits, with its data. Throws when there is none within `timeoutMs`. */
	async waitForExecution(filter: ExecutionFilter, timeoutMs = 90_000): Promise<Execution> {
		const found = await poll(timeoutMs, async () =>
			(await this.newest(filter.workflowId, false)).find((execution) => matches(execution, filter)),
		);
		if (found) return await this.withData(found.id);
		const seen = (await this.newest(filter.workflowId, false)).map(
			({ id, mode, status }) => `${id} ${mode} ${status}`,
		);
		throw new Error(
			`No execution matches ${JSON.stringify(filter)} after ${timeoutMs} ms. There are: ${seen.join(', ') || 'none'}.`,
		);
	}

	/** The newest executions of a workflow with their data, newest first. */
	async executions(workflowId: string): Promise<Execution[]> {
		return await this.newest(workflowId, true);
	}

	/** One execution by its id once it has settled. */
	async settledExecution(id: string, timeoutMs = 90_000): Promise<Execution> {
		const found = await poll(timeoutMs, async () => {
			const execution = await this.publicApi(`executions/${id}`, executionSchema);
			return isSettled(execution) ? execution : undefined;
		});
		if (!found) throw new Error(`Execution ${id} still runs after ${timeoutMs} ms.`);
		return await this.withData(id);
	}

	private async withData(id: string): Promise<Execution> {
		return await this.publicApi(`executions/${id}?includeData=true`, executionSchema);
	}

	/** While somebody waits, n8n is asked ten times a second: reading the data of fifty runs for that would slow it down. */
	private async newest(workflowId: string, includeData: boolean): Promise<Execution[]> {
		const query = `executions?includeData=${includeData}&limit=50&workflowId=${encodeURIComponent(workflowId)}`;
		return (await this.publicApi(query, z.object({ data: z.array(executionSchema) }))).data;
	}

	private async startManually(
		id: string,
		trigger: string,
	): Promise<{ executionId?: string | undefined; waitingForWebhook?: boolean | undefined }> {
		const schema = z.object({
			executionId: z.string().optional(),
			waitingForWebhook: z.boolean().optional(),
		});
		const body = { triggerToStartFrom: { name: trigger } };
		return await this.rest(`workflows/${id}/run`, schema, { method: 'POST', body });
	}

	private async workflowExists(id: string): Promise<boolean> {
		return (await this.rest(`workflows/${id}/exists`, z.object({ exists: z.boolean() }))).exists;
	}

	/** Ids of the workflow's tags; missing ones are made. */
	private async tagIds(workflow: WorkflowJson): Promise<string[] | undefined> {
		const { tags } = workflow;
		if (tags === undefined) return undefined;
		const tag = z.object({ id: z.string(), name: z.string() });
		const known = async () =>
			new Map((await this.rest('tags', z.array(tag))).map(({ id, name }) => [name, id]));
		const before = await known();
		const idOf = async (name: string): Promise<string> => {
			const there = before.get(name);
			if (there !== undefined) return there;
			try {
				return (await this.rest('tags', tag, { method: 'POST', body: { name } })).id;
			} catch (thrown) {
				// Another test may just have made it.
				const made = (await known()).get(name);
				if (made === undefined) throw thrown;
				return made;
			}
		};
		return await Promise.all(tags.map(({ name }) => idOf(name)));
	}
}
