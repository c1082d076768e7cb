import type { INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import type { ChannelEvent, HandedOver } from '../../src/channels';
import type { Inbox } from './inbox';
import { itemOf } from './item';
import { MessageStore } from './message-store';
import type { TriggerParameters } from './parameters';

/**
 * For a process that nobody works off for: n8n starts the run with the request itself. What this process, or with a
 * store any other, has had already starts none.
 *
 * @returns what to start the run with; nothing when all of it was known
 * @throws StoreError when the store cannot be reached: the platform tries again
 */
export async function handOverHere(
	context: IWebhookFunctions,
	{ queue }: Inbox,
	events: ChannelEvent[],
	parameters: TriggerParameters,
): Promise<INodeExecutionData[]> {
	const left = new Map(queue.waiting.map((waiting) => [waiting.name, waiting]));
	const fresh: Array<{ name: string; handed: HandedOver }> = [];
	for (const event of events) {
		const { name, isNew } = await queue.put(event);
		// One that was there when this process began was never handed over: it was killed in between.
		if (isNew || left.get(name)?.recovered === true) fresh.push({ name, handed: { event, attempt: 1 } });
	}
	if (parameters.storesMessages) await store(context, queue.id, fresh);
	for (const { name } of fresh) await queue.done({ name, attempts: 0, recovered: false });
	return fresh
		.filter(({ handed }) => handed.stored?.status !== 'duplicate')
		.map(({ handed }) => itemOf(handed, parameters));
}

async function store(
	context: IWebhookFunctions,
	deliveryId: string,
	fresh: Array<{ handed: HandedOver }>,
): Promise<void> {
	const target = new MessageStore(context, deliveryId);
	try {
		const written = fresh.flatMap(({ handed }) =>
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
