import type { INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import type * as Channels from '../../src/channels';
import type { ChannelEvent, EventQueue, HandedOver, Waiting } from '../../src/channels';
import { errorMessage } from '../../src/shared';
import type { Inbox } from './inbox';
import { itemOf } from './item';
import { MessageStore } from './message-store';
import type { TriggerParameters } from './parameters';
import { warn } from './reports';

interface Taken {
	begun: Waiting;
	handed: HandedOver;
}

/** n8n begins the run after the answer, and says nothing of it: until then the event stays on the disk. */
const untilRunMs = 5000;
const lookForLeftMs = 10_000;
/** So much of what others have left goes with one request. */
const mostAtOnce = 100;
const mostAttempts = 3;

/**
 * For a process that nobody works off for: n8n starts the run with the request itself. What this process, or with a
 * store any other, has had already starts none; what a request before this one could not hand over goes with it.
 *
 * @returns what to start the run with; nothing when all of it was known
 * @throws ChannelError when the disk takes nothing, StoreError when the store cannot be reached: the platform tries again
 */
export async function handOverHere(
	context: IWebhookFunctions,
	channels: typeof Channels,
	inbox: Inbox,
	events: ChannelEvent[],
	parameters: TriggerParameters,
): Promise<INodeExecutionData[]> {
	const { queue } = inbox;
	const kept = await Promise.all(events.map(async (event) => await queue.put(event)));
	const own = new Set(kept.map(({ name }) => name));
	if (Date.now() - (inbox.lookedAt ?? 0) >= lookForLeftMs) {
		inbox.lookedAt = Date.now();
		await queue.takeUpLeft();
	}
	const taken: Taken[] = [];
	const taking = take(context, queue, own, taken).then(async () => {
		if (parameters.storesMessages) await store(context, queue.id, taken);
	});
	await taking.catch(async (thrown: unknown) => {
		for (const { begun } of taken) await queue.giveBack(begun);
		throw thrown;
	});
	setTimeout(() => {
		for (const { begun } of taken) {
			queue.done(begun).catch((thrown: unknown) => warn(context, 'kept', errorMessage(thrown)));
		}
	}, untilRunMs).unref();
	return taken
		.filter(({ begun, handed }) => handed.stored?.status !== 'duplicate' || begun.recovered)
		.map(({ handed }) => itemOf(handed, parameters, channels));
}

async function take(
	context: IWebhookFunctions,
	queue: EventQueue,
	own: ReadonlySet<string>,
	taken: Taken[],
): Promise<void> {
	let left = 0;
	const chosen = queue.waiting.filter(({ name }) => own.has(name) || (left += 1) <= mostAtOnce);
	for (const one of chosen) {
		if (one.attempts >= mostAttempts) {
			const place = await queue.bury(one);
			warn(context, 'dead', `An event was handed over ${one.attempts} times. It is kept in ${place}.`);
			continue;
		}
		const event = await queue.read(one);
		const begun = event && (await queue.begin(one));
		if (begun) taken.push({ begun, handed: { event, attempt: begun.attempts } });
		else queue.forget(one);
	}
}

async function store(context: IWebhookFunctions, deliveryId: string, taken: Taken[]): Promise<void> {
	const target = new MessageStore(context, deliveryId);
	try {
		for (const { handed } of taken) await target.noteMembership(handed.event);
		const written = taken.flatMap(({ handed }) =>
			handed.event.kind === 'message' ? [{ handed, message: handed.event.message }] : [],
		);
		if (written.length === 0) return;
		const verdicts = await target.store(written.map(({ message }) => message));
		for (const [place, { handed }] of written.entries()) {
			const verdict = verdicts[place];
			if (verdict) handed.stored = verdict;
		}
	} finally {
		await target.close();
	}
}
