import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type * as Channels from '../../src/channels';
import { n8nStateFolder, sharedStateVariable } from '../../src/shared';
import type { TriggerFunctions } from '../shared/store/stores';

/** The queue of one trigger in this process, and who works it off. */
export interface Inbox {
	queue: Channels.EventQueue;
	worker?: Channels.QueueWorker;
	/** When a process without a worker has looked last for what ended ones have left, in milliseconds. */
	lookedAt?: number;
}

/** Requests come in before and after the workflow is published anew, and all of them want the same queue. */
const inboxes = new Map<string, Promise<Inbox>>();

/** @throws ChannelError `queue_unavailable` */
export async function inboxOf(context: TriggerFunctions, channels: typeof Channels): Promise<Inbox> {
	const folder = join(n8nStateFolder(), 'channels', placeOf(context));
	const known = inboxes.get(folder);
	if (known) return await known;
	const opening = channels.EventQueue.open(folder).then((queue): Inbox => ({ queue }));
	inboxes.set(folder, opening);
	// Whoever comes next tries again.
	opening.catch(() => inboxes.delete(folder));
	return await opening;
}

/** Names this trigger in keys and folders. */
export function placeOf(context: TriggerFunctions): string {
	const identity = `${context.getWorkflow().id}:${context.getNode().id}`;
	return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}

/**
 * Whether another process than this one may have to work off what comes in here, without seeing its disk: a webhook
 * process of n8n's queue mode, or one of several main processes.
 */
export function isWorkedOffElsewhere(
	argv: readonly string[] = process.argv,
	env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
	if (env[sharedStateVariable] === 'true') return false;
	return argv.slice(2).includes('webhook') || env['N8N_MULTI_MAIN_SETUP_ENABLED'] === 'true';
}
