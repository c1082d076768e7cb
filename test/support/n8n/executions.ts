import { z } from 'zod';

const item = z.looseObject({ json: z.record(z.string(), z.unknown()) });
const failure = z.looseObject({ message: z.string().optional(), description: z.string().nullish() });

const nodeRun = z.looseObject({
	executionStatus: z.string().optional(),
	error: failure.optional(),
	data: z.record(z.string(), z.array(z.array(item).nullable())).optional(),
});

/** An execution as n8n's public API answers it with `includeData=true`. */
export const executionSchema = z.looseObject({
	id: z.union([z.string(), z.number()]).transform(String),
	workflowId: z.union([z.string(), z.number()]).transform(String),
	status: z.string(),
	mode: z.string(),
	startedAt: z.string().nullish(),
	stoppedAt: z.string().nullish(),
	data: z
		.looseObject({
			resultData: z.looseObject({
				runData: z.record(z.string(), z.array(nodeRun)).default({}),
				error: failure.optional(),
				lastNodeExecuted: z.string().optional(),
			}),
		})
		.optional(),
});

export type Execution = z.infer<typeof executionSchema>;
export type ExecutionItem = z.infer<typeof item>;

/** Whether nothing more happens to an execution without an event from outside. */
export const isSettled = (execution: Execution): boolean => !['new', 'running'].includes(execution.status);

/** The items a node gave out in its last run; empty when the node did not run or gave none. */
export function outputItems(execution: Execution, node: string, output = 0): ExecutionItem[] {
	const runs = execution.data?.resultData.runData[node] ?? [];
	return runs.at(-1)?.data?.main?.[output] ?? [];
}

/** The error an execution or one of its nodes ended with. */
export function executionError(execution: Execution): z.infer<typeof failure> | undefined {
	const result = execution.data?.resultData;
	const ofNode = Object.values(result?.runData ?? {}).flatMap((runs) => runs.map((run) => run.error));
	return result?.error ?? ofNode.find((error) => error !== undefined);
}

export interface ExecutionFilter {
	workflowId: string;
	/** e.g. `success` or `error`; default: any that has settled. */
	status?: string;
	/** Only executions started after this one. */
	afterId?: string;
	/** Only executions of this mode, e.g. `webhook`, `manual`, `trigger`, `error`. */
	mode?: string;
}

export const matches = (execution: Execution, filter: ExecutionFilter): boolean =>
	isSettled(execution) &&
	execution.workflowId === filter.workflowId &&
	(filter.status === undefined || execution.status === filter.status) &&
	(filter.mode === undefined || execution.mode === filter.mode) &&
	(filter.afterId === undefined || Number(execution.id) > Number(filter.afterId));
