import type {
	IDataObject,
	INode,
	INodeType,
	IRun,
	ITriggerFunctions,
	ITriggerResponse,
	IWorkflowSettings,
} from 'n8n-workflow';

import { poll } from '../support/n8n/poll';

export interface TriggerSetting {
	parameters: Record<string, unknown>;
	credential(): object;
	mode?: 'trigger' | 'manual';
	activation?: 'init' | 'activate' | 'update' | 'manual';
	workflowId?: string;
	/** Of the workflow. */
	settings?: IWorkflowSettings;
	/** Of the node. */
	name?: string;
	/** As n8n keeps it: what was there when an event was emitted last. */
	staticData?: IDataObject;
	/** Whether the runs that were started come to their end. Default true. */
	finish?: boolean;
	/** Whether n8n starts no run, as when its own database is away. Asked at each event. */
	refuses?(): boolean;
	/** How a run has ended, by what it was started with. Default: well. */
	outcome?(item: IDataObject): IRun['status'];
}

/** A trigger as n8n holds it: what it has emitted, logged and reported. */
export interface RunningTrigger {
	readonly items: IDataObject[];
	/** How many items each run has begun with. */
	readonly runs: number[];
	readonly keys: (string | undefined)[];
	readonly log: string[];
	readonly failedRuns: Error[];
	readonly errors: Error[];
	/** What n8n would have saved until now. */
	saved(): IDataObject;
	until(condition: () => boolean, timeoutMs?: number): Promise<void>;
	close(): Promise<void>;
}

function createDeferredPromise(): object {
	const deferred: { resolve?: (run: IRun) => void; reject?: (reason: unknown) => void } = {};
	const promise = new Promise<IRun>((resolve, reject) => Object.assign(deferred, { resolve, reject }));
	return Object.assign(deferred, { promise });
}

/** Activates a trigger as n8n does; n8n itself is not there. */
export async function activateTrigger(
	type: Pick<INodeType, 'trigger'>,
	setting: TriggerSetting,
): Promise<RunningTrigger> {
	const { parameters } = setting;
	const staticData: IDataObject = structuredClone(setting.staticData ?? {});
	let saved = structuredClone(staticData);
	const items: IDataObject[] = [];
	const runs: number[] = [];
	const keys: (string | undefined)[] = [];
	const log: string[] = [];
	const failedRuns: Error[] = [];
	const errors: Error[] = [];
	const node = {
		id: 'trigger',
		name: setting.name ?? 'Trigger',
		type: 'x',
		typeVersion: 1,
		position: [0, 0],
		parameters,
	};
	const context = {
		getMode: () => setting.mode ?? 'trigger',
		getActivationMode: () => setting.activation ?? 'activate',
		getNode: () => node as unknown as INode,
		getWorkflow: () => ({ id: setting.workflowId ?? 'workflow', name: 'Events', active: true }),
		getWorkflowSettings: () => setting.settings ?? {},
		getWorkflowStaticData: () => staticData,
		getNodeParameter: (name: string, fallback?: unknown) => parameters[name] ?? fallback,
		getCredentials: () => Promise.resolve(setting.credential()),
		logger: { warn: (text: string) => log.push(text), info: (text: string) => log.push(text) },
		helpers: { createDeferredPromise },
		emit: (
			[started]: [[{ json: IDataObject }, ...{ json: IDataObject }[]]],
			_response: undefined,
			done: { resolve(run: unknown): void; reject(reason: unknown): void } | undefined,
			key: string | undefined,
		) => {
			if (setting.refuses?.() === true) {
				setImmediate(() => done?.reject(new Error('No run was started.')));
				return;
			}
			saved = structuredClone(staticData);
			items.push(...started.map(({ json }) => json));
			runs.push(started.length);
			keys.push(key);
			if (setting.finish !== false)
				setImmediate(() => done?.resolve({ status: setting.outcome?.(started[0].json) ?? 'success' }));
		},
		saveFailedExecution: (error: Error) => failedRuns.push(error),
		emitError: (error: Error) => errors.push(error),
	};
	const response: ITriggerResponse | undefined = await type.trigger?.call(
		context as unknown as ITriggerFunctions,
	);
	await response?.manualTriggerFunction?.();
	return {
		items,
		runs,
		keys,
		log,
		failedRuns,
		errors,
		saved: () => structuredClone(saved),
		until: async (condition, timeoutMs = 100_000) => {
			if (await poll(timeoutMs, () => Promise.resolve(condition() ? true : undefined))) return;
			throw new Error(`Emitted: ${JSON.stringify(items.slice(-10))}\nLog: ${log.join('\n')}`);
		},
		close: async () => await response?.closeFunction?.(),
	};
}
