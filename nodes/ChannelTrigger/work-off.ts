import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import type * as Channels from '../../src/channels';
import { errorMessage, maskSecrets, sharedStateVariable } from '../../src/shared';
import { channelBatches } from '../shared/channel-batches';
import { digestOf, startRun, type Ready } from '../shared/channel-run';
import { toNodeError } from '../shared/node-error';
import { inboxOf, placeOf } from './inbox';
import { itemOf } from './item';
import { MessageStore } from './message-store';
import { triggerParameters } from './parameters';

const rescanMs = 1000;
/** A run that asks a model takes many times longer, and what comes meanwhile does not wait for it. */
const gatherMs = 2000;
/** A starting n8n begins with one workflow after the other: the one that messages are left to may come a moment later. */
const startingSeconds = 120;
const laterMs = 15_000;

/** Starts a run for each event in the queue, as long as the workflow is published. @throws NodeOperationError */
export async function workOff(context: ITriggerFunctions): Promise<ITriggerResponse> {
	// A test run starts with the request itself.
	if (context.getMode() === 'manual') return {};
	try {
		const parameters = triggerParameters(context);
		const channels = await import('../../src/channels/index.js');
		const inbox = await inboxOf(context, channels);
		const store = parameters.storesMessages ? new MessageStore(context, inbox.queue.id) : undefined;
		const place = placeOf(context);
		const { id: workflowId = '' } = context.getWorkflow();
		const runs = new channels.Gathering<Ready>({
			...{ most: parameters.perRun, atOnce: parameters.atOnce, forMs: parameters.perRun > 1 ? gatherMs : 0 },
			start: async (ready) => void (await startRun(context, ready, keyOf(place, ready))),
		});
		const isLeft = leaver(context, channels, parameters.clientsTo);
		const worker = new channels.QueueWorker(inbox.queue, {
			...(store && { store: async (messages) => await store.store(messages) }),
			handOver: async (handed) => {
				await store?.noteMembership(handed.event);
				const ready = { handed, item: itemOf(handed, parameters, channels), place, workflowId };
				if (!(await isLeft(ready))) await runs.add(ready);
			},
			atOnce: parameters.atOnce,
			together: parameters.perRun,
			...(process.env[sharedStateVariable] === 'true' && { rescanMs }),
			onProblem: (problem) => context.logger.warn(`Channel Trigger: ${maskSecrets(problem)}`),
		});
		await inbox.worker?.close();
		inbox.worker = worker;
		return {
			closeFunction: async () => {
				if (inbox.worker === worker) delete inbox.worker;
				await worker.close();
				await store?.close();
			},
		};
	} catch (thrown) {
		throw toNodeError(context.getNode(), thrown, 0);
	}
}

/** Leaves messages of clients to the workflow that is chosen for them. @returns whether that has worked on it to its end */
function leaver(
	context: ITriggerFunctions,
	channels: typeof Channels,
	workflowId: string | undefined,
): (ready: Ready) => Promise<boolean> {
	const isStarting = process.uptime() < startingSeconds;
	const untilMs = isStarting ? performance.now() + laterMs : 0;
	return async (ready) => {
		const { event, stored } = ready.handed;
		if (workflowId === undefined || event.kind !== 'message' || !stored) return false;
		if (channels.sideOf(event.message, stored) !== 'client') return false;
		const waitMs = Math.max(0, untilMs - performance.now());
		try {
			return await channelBatches(channels).leave(workflowId, ready, waitMs);
		} catch (thrown) {
			const problem = `What workflow ${workflowId} did not work on to its end starts this one.`;
			context.logger.warn(`Channel Trigger: ${problem} ${maskSecrets(errorMessage(thrown))}`);
			// Some of it may be done.
			ready.item.json['redelivered'] = true;
			return false;
		}
	};
}

function keyOf(place: string, ready: Ready[]): string {
	const [first] = ready;
	const isOne = first !== undefined && ready.length === 1;
	const names = ready.map(({ handed: { event, attempt } }) => [event.id, attempt]);
	const named = isOne ? first.handed.event.id : JSON.stringify(names);
	return `channel:${place}:${digestOf(named)}:${isOne ? first.handed.attempt : 'together'}`;
}
