import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INodeExecutionData, IRun, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import type { HandedOver } from '../../src/channels';
import { maskSecrets, sharedStateVariable } from '../../src/shared';
import { toNodeError } from '../shared/node-error';
import { inboxOf, placeOf } from './inbox';
import { itemOf } from './item';
import { MessageStore } from './message-store';
import { triggerParameters } from './parameters';

/** A run that takes longer keeps no other event waiting; n8n has it, whatever becomes of it. */
const longestRunMs = 5 * 60_000;
const rescanMs = 1000;
/** A run that asks a model takes many times longer, and what comes meanwhile does not wait for it. */
const gatherMs = 2000;

/** An event, and what a run gets of it. */
interface Ready {
	handed: HandedOver;
	item: INodeExecutionData;
}

/** Starts a run for each event in the queue, as long as the workflow is published. @throws NodeOperationError */
export async function workOff(context: ITriggerFunctions): Promise<ITriggerResponse> {
	// A test run starts with the request itself.
	if (context.getMode() === 'manual') return {};
	try {
		const parameters = triggerParameters(context);
		const channels = await import('../../src/channels/index.js');
		const inbox = await inboxOf(context, channels);
		const store = parameters.storesMessages ? new MessageStore(context, inbox.queue.id) : undefined;
		const runs = new channels.Gathering<Ready>({
			...{ most: parameters.perRun, atOnce: parameters.atOnce, forMs: parameters.perRun > 1 ? gatherMs : 0 },
			start: async (ready) => await startRun(context, ready),
		});
		const worker = new channels.QueueWorker(inbox.queue, {
			...(store && { store: async (messages) => await store.store(messages) }),
			handOver: async (handed) => {
				await store?.noteMembership(handed.event);
				await runs.add({ handed, item: itemOf(handed, parameters, channels) });
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

async function startRun(context: ITriggerFunctions, ready: Ready[]): Promise<void> {
	const done = context.helpers.createDeferredPromise<IRun>();
	const ending = new AbortController();
	// n8n takes a key once: an event that it has already is not run again, also after a fault on the way there.
	context.emit([ready.map(({ item }) => item)], undefined, done, keyOf(context, ready));
	try {
		await Promise.race([done.promise, sleep(longestRunMs, undefined, { ref: false, signal: ending.signal })]);
	} finally {
		ending.abort();
	}
}

function keyOf(context: ITriggerFunctions, ready: Ready[]): string {
	const [first] = ready;
	const isOne = first !== undefined && ready.length === 1;
	const names = ready.map(({ handed: { event, attempt } }) => [event.id, attempt]);
	const named = isOne ? first.handed.event.id : JSON.stringify(names);
	const digest = createHash('sha256').update(named).digest('hex').slice(0, 40);
	return `channel:${placeOf(context)}:${digest}:${isOne ? first.handed.attempt : 'together'}`;
}
