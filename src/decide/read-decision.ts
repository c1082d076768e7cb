import { z } from 'zod';

import { parseInput } from '../shared';
import { reasonCodes, type Decision } from './decision';
import { invalidInput } from './errors';
import { outcomes, timingSchema } from './rules/definition';

const name = z.string().nullable();
const optionalText = z.string().exactOptional();
const reason = z.looseObject({ code: z.enum(reasonCodes), text: z.string() });

const schema: z.ZodType<Decision> = z.looseObject({
	outcome: z.enum(outcomes),
	reasons: z.tuple([reason], reason, { error: 'must be a list of at least one reason' }),
	decidedBy: z.enum(['guard', 'rule', 'model', 'default']),
	rule: name,
	alsoHeld: z.array(z.string()),
	facts: z.record(
		z.string(),
		z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())], {
			error: 'must be a text, a number, yes or no, null, or a list of texts',
		}),
	),
	confidence: z.number(),
	runnerUp: z
		.looseObject({ outcome: z.enum(outcomes), by: z.string(), confidence: z.number().nullable() })
		.nullable(),
	actions: z.looseObject({
		team: optionalText,
		notify: z.array(z.string()).exactOptional(),
		timing: timingSchema.exactOptional(),
		withinMinutes: z.number().exactOptional(),
		template: optionalText,
		tone: optionalText,
		style: optionalText,
		length: optionalText,
	}),
	answer: name.default(null),
	draft: name.default(null),
	versions: z.looseObject({ rules: z.string(), spamModel: name, prompt: name, model: name }),
	trace: z.array(
		z.looseObject({
			rule: z.string(),
			priority: z.number(),
			matched: z.boolean(),
			failed: z.number().exactOptional(),
			problem: optionalText,
		}),
	),
});

/**
 * Reads a decision that was kept as JSON.
 *
 * @throws DecideError `invalid_input` with every fault
 */
export function parseDecision(input: unknown): Decision {
	const parsed = parseInput(schema, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput('decision', parsed.faults);
}
