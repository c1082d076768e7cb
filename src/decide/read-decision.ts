import { z } from 'zod';

import { parseInput } from '../shared';
import type { Decision } from './decision';
import { invalidInput } from './errors';
import { outcomes } from './rules/definition';

const name = z.string().nullable();
const reason = z.looseObject({ code: z.string(), text: z.string() });

const schema = z.looseObject({
	outcome: z.enum(outcomes),
	reasons: z.array(reason).min(1, 'must have at least one entry'),
	decidedBy: z.enum(['guard', 'rule', 'model', 'default']),
	rule: name,
	alsoHeld: z.array(z.string()),
	facts: z.record(z.string(), z.unknown()),
	confidence: z.number(),
	runnerUp: z
		.looseObject({ outcome: z.enum(outcomes), by: z.string(), confidence: z.number().nullable() })
		.nullable(),
	actions: z.looseObject({ notify: z.array(z.string()).optional() }),
	versions: z.looseObject({ rules: z.string(), spamModel: name, prompt: name, model: name }),
	trace: z.array(z.looseObject({ rule: z.string(), matched: z.boolean() })),
});

/**
 * Reads a decision that was kept as JSON.
 *
 * @throws DecideError `invalid_input` with every fault
 */
export function parseDecision(input: unknown): Decision {
	const parsed = parseInput(schema, input);
	// The rest of it is shown and not worked with.
	if (parsed.ok) return parsed.value as unknown as Decision;
	throw invalidInput('decision', parsed.faults);
}
