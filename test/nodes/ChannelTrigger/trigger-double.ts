import { EventEmitter } from 'node:events';
import {
	NodeHelpers,
	type IDataObject,
	type IHookFunctions,
	type INode,
	type INodeExecutionData,
	type IRun,
	type ITriggerFunctions,
	type IWebhookFunctions,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import { ChannelTrigger } from '../../../nodes/ChannelTrigger/ChannelTrigger.node';

export interface DeskSetting {
	parameters: IDataObject;
	credentials: Record<string, object>;
	/** Another one has a queue of its own. */
	workflowId: string;
	mode?: WorkflowExecuteMode;
	/** Whether runs come to their end. Default true. */
	finish?: boolean;
}

export interface HttpRequest {
	method?: string;
	headers?: Record<string, string>;
	query?: IDataObject;
	url?: string;
	body?: Buffer;
}

/** A published node as n8n holds it: what it has emitted, answered and logged. */
export class Desk {
	readonly items: IDataObject[] = [];
	/** How many items each run has begun with. */
	readonly runs: number[] = [];
	private readonly underWay: Array<() => void> = [];
	readonly keys: string[] = [];
	readonly log: string[] = [];
	readonly staticData: IDataObject = {};
	private closeFunction: (() => Promise<void>) | undefined;
	private readonly node = new ChannelTrigger();

	constructor(private readonly setting: DeskSetting) {}

	/** Sets the webhook and begins to work off, as publishing does. */
	async publish(): Promise<this> {
		const { checkExists, create } = this.node.webhookMethods.default;
		const hooks = this.context() as unknown as IHookFunctions;
		if (!(await checkExists.call(hooks))) await create.call(hooks);
		await this.listen();
		return this;
	}

	async listen(): Promise<void> {
		const trigger = this.context() as unknown as ITriggerFunctions;
		const { closeFunction } = await this.node.trigger.call(trigger);
		this.closeFunction = closeFunction;
	}

	async unpublish(): Promise<void> {
		await this.closeFunction?.();
		this.closeFunction = undefined;
		await this.node.webhookMethods.default.delete.call(this.context() as unknown as IHookFunctions);
	}

	async close(): Promise<void> {
		await this.closeFunction?.();
	}

	/** Those that do not come to their end by themselves. */
	endRuns(): void {
		for (const end of this.underWay.splice(0)) end();
	}

	/** What n8n would answer, and the items of a run that begins with the request itself. */
	async request({ method = 'POST', headers = {}, query = {}, url = '/channel', body }: HttpRequest): Promise<{
		status: number;
		headers: Record<string, string>;
		body: string;
		run: INodeExecutionData[][] | undefined;
	}> {
		const said = { status: 0, headers: {} as Record<string, string>, body: '' };
		const response = Object.assign(new EventEmitter(), {
			writeHead: (status: number, given: Record<string, string>) =>
				void Object.assign(said, { status, headers: given }),
			end: (text: string) => void Object.assign(said, { body: text }),
		});
		const request: { rawBody?: Buffer; readRawBody(): Promise<void> } & Record<string, unknown> = {
			method,
			headers,
			originalUrl: url,
			readRawBody: () => {
				if (body) request.rawBody = body;
				return Promise.resolve();
			},
		};
		const context = {
			...this.context(),
			getRequestObject: () => request,
			getResponseObject: () => response,
			getQueryData: () => query,
			getHeaderData: () => headers,
		};
		const answered = await this.node.webhook.call(context as unknown as IWebhookFunctions);
		return { ...said, run: answered.workflowData };
	}

	/** n8n looks at the first entry of a name, with the values of fields that are shown. */
	private isHandedOut(name: string, node: INode): boolean {
		const { description } = this.node;
		const entry = description.credentials?.find((one) => one.name === name);
		const { properties } = description;
		const values =
			NodeHelpers.getNodeParameters(properties, node.parameters, true, false, node, description) ?? {};
		return (
			entry !== undefined &&
			NodeHelpers.displayParameter(values, entry, node, description) &&
			node.credentials?.[name] !== undefined
		);
	}

	private context() {
		const { parameters, credentials, workflowId, mode = 'trigger' } = this.setting;
		const node = {
			...{ id: 'trigger', name: 'Channel', type: 'x', typeVersion: 1, position: [0, 0], parameters },
			credentials: Object.fromEntries(Object.keys(credentials).map((name) => [name, { id: name, name }])),
		};
		return {
			getMode: () => mode,
			getNode: () => node as unknown as INode,
			getWorkflow: () => ({ id: workflowId, name: 'Desk', active: true }),
			getWorkflowStaticData: () => this.staticData,
			getNodeParameter: (name: string, fallback?: unknown) => parameters[name] ?? fallback,
			getNodeWebhookUrl: () => `https://n8n.example.com/webhook/${workflowId}/channel`,
			getCredentials: (name: string) =>
				this.isHandedOut(name, node as unknown as INode)
					? Promise.resolve(credentials[name])
					: Promise.reject(new Error(`n8n hands out no ${name} here.`)),
			logger: { warn: (text: string) => this.log.push(text), info: (text: string) => this.log.push(text) },
			helpers: { createDeferredPromise },
			emit: (
				[items]: [{ json: IDataObject }[]],
				_response: undefined,
				done: { resolve(run: unknown): void },
				key: string,
			) => {
				this.items.push(...items.map(({ json }) => json));
				this.runs.push(items.length);
				this.keys.push(key);
				if (this.setting.finish === false) this.underWay.push(() => done.resolve({}));
				else setImmediate(() => done.resolve({}));
			},
		};
	}
}

function createDeferredPromise(): object {
	const deferred: { resolve?: (run: IRun) => void; reject?: (reason: unknown) => void } = {};
	const promise = new Promise<IRun>((resolve, reject) => Object.assign(deferred, { resolve, reject }));
	return Object.assign(deferred, { promise });
}
