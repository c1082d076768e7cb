import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';

import { AGENT_DOUBLE, runWorkflow, type NodeClass, type WorkflowRun } from '../support/in-process';
import type { Supabase } from '../support/supabase';
import type { TransportName } from '../src/store/stand';

const node = (name: string, nodeType: string, extra: Partial<INode> = {}): INode => ({
	...{ id: name, name, type: nodeType, typeVersion: 1, position: [0, 0], parameters: {} },
	...extra,
});

const modelType = 'test.chatModel';

export interface StoreRunOptions {
	through?: TransportName;
	input?: INodeExecutionData[];
	tenant?: string;
	extra?: Partial<INode>;
	/** In place of those of the stand. */
	credentials?: Record<string, IDataObject>;
	/** A chat model that is connected to it. */
	model?: NodeClass;
}

/** What n8n keeps for both ways to a stand. */
export function storeCredentials(
	supabase: Pick<Supabase, 'url' | 'secretKey' | 'ownerUrl'>,
): Record<string, IDataObject> {
	const owner = new URL(supabase.ownerUrl);
	return {
		supabaseApi: { host: supabase.url, serviceRole: supabase.secretKey },
		postgres: {
			host: owner.hostname,
			port: Number(owner.port),
			database: owner.pathname.slice(1),
			user: decodeURIComponent(owner.username),
			password: decodeURIComponent(owner.password),
			ssl: 'disable',
		},
	};
}

/** A node of the store in n8n's engine, called "Store", over a stand or without one. */
export function storeNodeRunner(
	type: string,
	nodeClass: NodeClass,
	supabase?: Pick<Supabase, 'url' | 'secretKey' | 'ownerUrl'>,
) {
	const all = supabase ? storeCredentials(supabase) : {};

	async function run(parameters: IDataObject, options: StoreRunOptions = {}): Promise<WorkflowRun> {
		const { through = 'supabase', input, tenant, extra = {}, credentials = all, model } = options;
		const authentication = through === 'supabase' ? 'supabaseApi' : 'postgres';
		const { type: nodeType = type, ...rest } = extra;
		const store = node('Store', nodeType, {
			parameters: { authentication, ...(tenant !== undefined && { store: { tenant } }), ...parameters },
			credentials: Object.fromEntries(Object.keys(credentials).map((name) => [name, { id: name, name }])),
			...rest,
		});
		const isTool = nodeType.endsWith('Tool');
		const start = node('Start', 'n8n-nodes-base.manualTrigger');
		const next = isTool ? 'Agent' : 'Store';
		return await runWorkflow(
			{
				nodes: [
					...(isTool ? [start, node('Agent', AGENT_DOUBLE), store] : [start, store]),
					...(model ? [node('Model', modelType)] : []),
				],
				connections: {
					Start: { main: [[{ node: next, type: 'main', index: 0 }]] },
					...(isTool && { Store: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] } }),
					...(model && {
						Model: { ai_languageModel: [[{ node: 'Store', type: 'ai_languageModel', index: 0 }]] },
					}),
				},
			},
			{
				nodeTypes: { [type]: nodeClass, ...(model && { [modelType]: model }) },
				credentials: credentials as Record<string, Record<string, string>>,
				...(input && { input }),
			},
		);
	}

	return {
		run,
		/** What came out, after a run that went well. */
		async items(parameters: IDataObject, options: StoreRunOptions = {}): Promise<IDataObject[]> {
			const result = await run(parameters, options);
			if (result.error) throw new Error(result.error.message);
			return result.json('Store');
		},
		/** Message and remedy of a run that failed. */
		async refusal(parameters: IDataObject, options: StoreRunOptions = {}): Promise<string> {
			const { error } = await run(parameters, options);
			return [error?.message, (error as { description?: string } | undefined)?.description].join(' ');
		},
		/** What a model gets that uses the node as a tool. */
		async asTool(parameters: IDataObject, options: StoreRunOptions = {}): Promise<string> {
			const result = await run(parameters, { ...options, extra: { type: `${type}Tool` } });
			return JSON.stringify([result.error, result.raw.data.resultData.runData]);
		},
	};
}

export const byId = (value: unknown) => ({ __rl: true, mode: 'id', value });
export const byPlatform = (value: string) => ({ __rl: true, mode: 'platform', value });
