import { buildFacts, type Facts, type Surroundings } from '../../../src/decide';
import { messageInputSchema, type Message, type MessageInput } from '../../../src/shared';

export const sentAt = '2026-01-05T10:00:00.000Z';

/** A message of a client in its normal form. */
export function message(text: string | undefined, others: Partial<MessageInput> = {}): Content {
	const parsed = messageInputSchema.parse({
		...{ platform: 'telegram', id: 1, chat: { id: 2 }, sender: { id: 3, name: 'Anna' }, sentAt },
		...(text === undefined ? {} : { text }),
		...others,
	});
	if (parsed.event === 'delete') throw new Error('A deletion says nothing.');
	return parsed;
}

type Content = Extract<Message, { event: 'message' | 'edit' }>;

export const factsOf = (text: string, surroundings: Surroundings = {}): Facts =>
	buildFacts(message(text), surroundings);
