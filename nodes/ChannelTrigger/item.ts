import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { HandedOver } from '../../src/channels';

/** What a run starts with: one event. */
export function itemOf(
	{ event, stored, attempt }: HandedOver,
	{ includesRaw }: { includesRaw: boolean },
): INodeExecutionData {
	const { id: eventId, raw, ...rest } = event;
	const isRefused = stored?.status === 'refused';
	const told = isRefused ? withoutContent(event) : rest;
	return {
		json: {
			eventId,
			...told,
			...(stored && { stored: { ...stored } }),
			...(attempt > 1 && { redelivered: true }),
			// Whoever refuses that their words are kept has not allowed that they stand in a run either.
			...(includesRaw && !isRefused && { raw }),
		} as unknown as IDataObject,
	};
}

/** That somebody has written, and where to answer; nothing of what. */
function withoutContent(event: HandedOver['event']): object {
	if (event.kind !== 'message') return { kind: event.kind };
	const { platform, account, id, chat, sender, event: change } = event.message;
	return {
		kind: event.kind,
		platform: event.platform,
		account: event.account,
		message: {
			event: change,
			platform,
			account,
			id,
			chat: { id: chat.id, kind: chat.kind },
			...(sender && { sender: { id: sender.id } }),
		},
	};
}
