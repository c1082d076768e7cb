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

/** Starts a run for each event in the queue, as long as the workflow is published. @throws NodeOperationError */
export async function workOff(context: ITriggerFunctions): Promise<ITriggerResponse> {
	// A test run starts with the request itself.
	if (context.getMode() === 'manual') return {};
	try {
		const parameters = triggerParameters(context);
		const channels = await import('../../src/channels/index.js');
		const inbox = await inboxOf(context, channels);
		const store = parameters.storesMessages ? new MessageStore(context, inbox.queue.id) : undefined;
		const worker = new channels.QueueWorker(inbox.queue, {
			...(store && { store: async (messages) => await store.store(messages) }),
			handOver: async (handed) => {
				await store?.noteMembership(handed.event);
				await startRun(context, handed, itemOf(handed, parameters, channels));
			},
			atOnce: parameters.atOnce,
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

async function startRun(
	context: ITriggerFunctions,
	handed: HandedOver,
	item: INodeExecutionData,
): Promise<void> {
	const done = context.helpers.createDeferredPromise<IRun>();
	const ending = new AbortController();
	// n8n takes a key once: an event that it has already is not run again, also after a fault on the way there.
	context.emit([[item]], undefined, done, keyOf(context, handed));
	try {
		await Promise.race([done.promise, sleep(longestRunMs, undefined, { ref: false, signal: ending.signal })]);
	} finally {
		ending.abort();
	}
}

function keyOf(context: ITriggerFunctions, { event, attempt }: HandedOver): string {
	const digest = createHash('sha256').update(event.id).digest('hex').slice(0, 40);
	return `channel:${placeOf(context)}:${digest}:${attempt}`;
}
