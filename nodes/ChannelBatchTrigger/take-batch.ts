import type { ExecutionStatus, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { wholeNumber } from '../../src/shared';
import { channelBatches } from '../shared/channel-batches';
import { digestOf, startRun, type Ready } from '../shared/channel-run';
import { toNodeError } from '../shared/node-error';

/** A run that asks a model takes many times longer, and what comes meanwhile does not wait for it. */
const gatherMs = 2000;
/** Ends of a run that has not worked on all that it was given. */
const unfinished: ExecutionStatus[] = ['error', 'crashed', 'canceled'];

/** Takes what is left to this workflow until n8n closes it. @throws NodeOperationError */
export async function takeBatch(context: ITriggerFunctions): Promise<ITriggerResponse> {
	try {
		const { atOnce, perRun } = batchParameters(context);
		// A workflow that is not saved yet is nobody's choice.
		const { id = '' } = context.getWorkflow();
		const channels = await import('../../src/channels/index.js');
		const batches = channelBatches(channels);
		const takes = callersOf(context);
		if (context.getMode() === 'manual')
			return showNext(context, (show) => batches.watch(id, (ready) => takes(ready) && show(ready)));
		const taken = batches.take(id, {
			...{ most: perRun, atOnce, forMs: gatherMs, takes },
			start: async (ready) => await run(context, ready),
		});
		return {
			closeFunction: () => {
				taken.close();
				return Promise.resolve();
			},
		};
	} catch (thrown) {
		throw toNodeError(context.getNode(), thrown, 0);
	}
}

/** @throws Error when the run has failed: whoever has left the messages then works on them */
async function run(context: ITriggerFunctions, ready: Ready[]): Promise<void> {
	const names = ready.map(({ handed: { event, attempt }, place }) => [place, event.id, attempt]);
	const key = digestOf(JSON.stringify([context.getWorkflow().id, context.getNode().id, ...names]));
	const ended = await startRun(context, ready, `channels:${key}`);
	if (ended && unfinished.includes(ended.status))
		throw new Error(`The run of ${ready.length} messages together has failed, or was cancelled.`);
}

/** What n8n's setting of the workflow says of who may call it holds for who may leave messages to it. */
function callersOf(context: ITriggerFunctions): (ready: Ready) => boolean {
	const { callerPolicy, callerIds = '' } = context.getWorkflowSettings();
	const own = context.getWorkflow().id;
	const listed = callerIds.split(',').map((id) => id.trim());
	return ({ workflowId }) => {
		if (workflowId === own) return true;
		if (callerPolicy === 'workflowsFromAList') return listed.includes(workflowId);
		return callerPolicy !== 'none';
	};
}

/** For a run by hand: a copy of the next message; whoever takes it otherwise takes it all the same. */
function showNext(
	context: ITriggerFunctions,
	watch: (show: (ready: Ready) => void) => () => void,
): ITriggerResponse {
	let end: (() => void) | undefined;
	const manualTriggerFunction = async (): Promise<void> =>
		await new Promise<void>((resolve) => {
			end = watch(({ item }) => {
				end?.();
				// The run that takes it works on its own.
				context.emit([[structuredClone(item)]]);
				resolve();
			});
		});
	return {
		manualTriggerFunction,
		closeFunction: () => {
			end?.();
			return Promise.resolve();
		},
	};
}

/** @throws OpsdeskError `invalid_input` naming the field */
function batchParameters(context: ITriggerFunctions): { atOnce: number; perRun: number } {
	return {
		atOnce: wholeNumber('Executions at Once', context.getNodeParameter('atOnce', 10), 1, 100),
		perRun: wholeNumber('Messages Per Execution', context.getNodeParameter('perRun', 20), 1, 500),
	};
}
