import { z } from 'zod';

import { parseInput } from '../../shared';
import { categories } from '../classify/classify';
import { invalidInput } from '../errors';
import type { Surroundings } from './build';
import { ownFactName } from './fields';

const most = 1000;
const word = z.string().max(200);
const text = z.string().max(100_000);
const yes = z.boolean().exactOptional();
const instant = z.iso.datetime({ offset: true, error: 'must be a time in ISO 8601 with its offset' });
const fact = z.union([z.string().max(100_000), z.number(), z.boolean(), z.null(), z.array(word).max(most)]);

const schema = z.strictObject({
	sender: z
		.strictObject({
			...{ isVip: yes, isBlocked: yes, isKnown: yes, isFirstContact: yes },
			tags: z.array(word).max(most).exactOptional(),
			messageCount: z.number().int().nonnegative().exactOptional(),
		})
		.exactOptional(),
	conversation: z
		.strictObject({
			...{ status: word.exactOptional(), tier: word.exactOptional(), team: word.exactOptional() },
			...{ isHandledByPerson: yes, isDesk: yes },
			handedBackAt: instant.exactOptional(),
			automaticReplies: z.number().int().nonnegative().exactOptional(),
		})
		.exactOptional(),
	history: z
		.array(
			z.strictObject({
				id: z.union([z.string(), z.number()]).transform(String),
				sentAt: instant,
				author: z.enum(['contact', 'bot', 'person'], { error: 'must be "contact", "bot" or "person"' }),
				text: text.default(''),
			}),
		)
		.max(most)
		.exactOptional(),
	quoted: text.exactOptional(),
	time: z.strictObject({ timezone: word.exactOptional(), isOpen: yes, isHoliday: yes }).exactOptional(),
	consent: z.strictObject({ aiAnalysis: yes }).exactOptional(),
	language: word.exactOptional(),
	classification: z
		.strictObject({ category: z.enum(categories), confidence: z.number().min(0).max(1) })
		.exactOptional(),
	own: z
		.record(z.string().regex(ownFactName, 'must be a name with a point, such as crm.plan'), fact)
		.exactOptional(),
});

/** What is known of a message beside itself, where no store knows it. The spam model is read by itself. */
export type KnownSurroundings = Omit<Surroundings, 'spamModel'>;

/**
 * Reads what a user says about a message: its sender, conversation, history, time and consent.
 *
 * @throws DecideError `invalid_input` with every fault, each with its field
 */
export function parseSurroundings(input: unknown): KnownSurroundings {
	const parsed = parseInput(schema, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput('description of what is known', parsed.faults);
}
