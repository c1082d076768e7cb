import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type * as Channels from '../../src/channels';

/** What a run starts with: one event. */
export function itemOf(
	{ event, stored, attempt }: Channels.HandedOver,
	{ includesRaw }: { includesRaw: boolean },
	channels: typeof Channels,
): INodeExecutionData {
	const { id: eventId, raw, ...rest } = event;
	const isRefused = stored?.status === 'refused';
	const told = isRefused ? withoutContent(event, channels) : rest;
	return {
		json: {
			eventId,
			...told,
			...(stored && { stored: { ...stored, ...sideIn(event, stored, channels) } }),
			...(attempt > 1 && { redelivered: true }),
			// Whoever refuses that their words are kept has not allowed that they stand in a run either.
			...(includesRaw && !isRefused && { raw }),
		} as unknown as IDataObject,
	};
}

/** Who has written it, for whoever works on it. */
function sideIn(
	event: Channels.ChannelEvent,
	stored: Channels.StoreVerdict,
	channels: typeof Channels,
): { side?: Channels.Side } {
	return event.kind === 'message' ? { side: channels.sideOf(event.message, stored) } : {};
}

/** That somebody has written, and where to answer; nothing of what, unless it ends, or takes back, what we may send. */
function withoutContent(event: Channels.ChannelEvent, channels: typeof Channels): object {
	const { kind, platform, account } = event;
	if (event.kind !== 'message') return { kind };
	const { message } = event;
	const { id, chat, sender, direction, sentAt, event: change } = message;
	return {
		...{ kind, platform, account },
		message: {
			...{ event: change, platform: message.platform, account: message.account, id, sentAt },
			chat: { id: chat.id, kind: chat.kind },
			...(direction && { direction }),
			...(sender && { sender: { id: sender.id } }),
			...(channels.optOutOf(message) && 'text' in message && { text: message.text }),
		},
	};
}
