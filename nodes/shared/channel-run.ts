import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';

import type { HandedOver } from '../../src/channels';

/** A run that takes longer keeps no other event waiting; n8n has it, whatever becomes of it. */
const longestRunMs = 5 * 60_000;

/** An event, and what a run gets of it. */
export interface Ready {
	handed: HandedOver;
	item: INodeExecutionData;
	/** Of the trigger that it came to. */
	place: string;
	/** Of the workflow of that trigger. */
	workflowId: string;
}

/** Starts a run and waits for its end. @returns the run, or nothing when that takes too long */
export async function startRun(
	context: ITriggerFunctions,
	ready: readonly Ready[],
	key: string,
): Promise<IRun | undefined> {
	const done = context.helpers.createDeferredPromise<IRun>();
	const ending = new AbortController();
	// n8n takes a key once: an event that it has already is not run again, also after a fault on the way there.
	context.emit([ready.map(({ item }) => item)], undefined, done, key);
	try {
		const enough = sleep(longestRunMs, undefined, { ref: false, signal: ending.signal });
		return (await Promise.race([done.promise, enough])) ?? undefined;
	} finally {
		ending.abort();
	}
}

/** What tells one from others in a key. */
export function digestOf(named: string): string {
	return createHash('sha256').update(named).digest('hex').slice(0, 40);
}
