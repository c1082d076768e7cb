import type { MessageInput } from '../../../src/shared';

type NewMessage = Extract<MessageInput, { event?: 'message' }>;

let last = 0;

/** A message with an id of its own, sent a little after the one before. */
export function message(more: Partial<NewMessage> = {}): NewMessage {
	last += 1;
	return {
		platform: 'telegram',
		account: 'helpbot',
		id: `m${last}`,
		chat: { id: '-100500', kind: 'group', title: 'Clients' },
		sender: { id: '4242', name: 'Anna Petrova', username: 'annap' },
		sentAt: new Date(Date.UTC(2026, 0, 5) + last * 1000).toISOString(),
		text: `Hello ${last}`,
		...more,
	};
}
