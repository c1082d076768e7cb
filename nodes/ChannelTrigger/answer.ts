import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type * as Channels from '../../src/channels';
import { errorMessage } from '../../src/shared';
import { channelOf } from './channel';
import { handOverHere } from './hand-over-here';
import { inboxOf, isWorkedOffElsewhere } from './inbox';
import { itemOf } from './item';
import { triggerParameters, type TriggerParameters } from './parameters';
import { reportReception, warn } from './reports';
import { requestOf, respond } from './request';

/** Platforms give up after some seconds; what is on disk by then is stored a moment later. */
const storeAtMostMs = 5000;

/** Answers a platform once what it has sent is safe. Never throws: n8n would keep each failure as a run. */
export async function answerWebhook(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const channels = await import('../../src/channels/index.js');
	try {
		const parameters = triggerParameters(context);
		const channel = await channelOf(context, channels, parameters.platform);
		const request = await requestOf(context, channels, parameters);
		const reception = channels.receive(channel, request, { maxBytes: parameters.maxBytes });
		reportReception(context, reception);
		const events = reception.events.filter(({ kind }) => parameters.events.includes(kind));
		const started = await keep(context, channels, events, parameters);
		respond(context, reception.answer);
		return started;
	} catch (thrown) {
		warn(context, 'failed', `A request could not be taken: ${errorMessage(thrown)}`);
		// The platform keeps what it has and tries again.
		respond(context, channels.answer(503));
		return { noWebhookResponse: true };
	}
}

async function keep(
	context: IWebhookFunctions,
	channels: typeof Channels,
	events: Channels.ChannelEvent[],
	parameters: TriggerParameters,
): Promise<IWebhookResponseData> {
	const nothing = { noWebhookResponse: true };
	if (events.length === 0) return nothing;
	if (context.getMode() === 'manual') {
		const items = events.map((event) => itemOf({ event, attempt: 1 }, parameters, channels));
		return { ...nothing, workflowData: [items] };
	}
	const inbox = await inboxOf(context, channels);
	if (!inbox.worker && isWorkedOffElsewhere()) {
		const items = await handOverHere(context, channels, inbox, events, parameters);
		return items.length === 0 ? nothing : { ...nothing, workflowData: [items] };
	}
	const kept = await Promise.all(events.map(async (event) => await inbox.queue.put(event)));
	const names = kept.flatMap(({ name, isNew }) => (isNew ? [name] : []));
	inbox.worker?.nudge();
	if (parameters.storesMessages) await inbox.worker?.untilStored(names, storeAtMostMs);
	return nothing;
}
