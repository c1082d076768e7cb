import { z } from 'zod';

import { parseInput } from '../../shared';
import { invalidInput } from '../errors';
import { ownFactName } from '../facts/fields';
import { filterValueSchema } from './filter/filter-value';

/** What is done with a message. */
export const outcomes = ['reply', 'escalate', 'route', 'ignore', 'defer'] as const;
export type Outcome = (typeof outcomes)[number];

/** What is at stake when an answer is wrong; it decides how sure an answer must be. */
export const stakesKinds = ['high', 'standard', 'low'] as const;
export type Stakes = (typeof stakesKinds)[number];

const mostRules = 2000;
const word = z.string().min(1).max(200);
const text = z.string().max(2000);
const part = z.number().min(0).max(1);
const week = 7 * 24 * 60;

export const timingSchema = z.discriminatedUnion('kind', [
	z.strictObject({ kind: z.literal('immediate') }),
	z.strictObject({
		kind: z.literal('delayed'),
		delayMinutes: z
			.number()
			.positive()
			.max(52 * week),
	}),
	/** When the desk opens next. */
	z.strictObject({ kind: z.literal('nextOpening') }),
]);

const rule = z.strictObject({
	id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be a short name such as urgent_negative'),
	name: text.optional(),
	enabled: z.boolean().default(true),
	/** The greater comes first; among equals the order of the list counts. */
	priority: z.number().min(-1000).max(1000).default(0),
	/** n8n's filter with the names of facts on the left. Without conditions it always holds. */
	when: filterValueSchema.default({
		combinator: 'and',
		conditions: [],
		options: { caseSensitive: true, typeValidation: 'loose', version: 2 },
	}),
	/** Left out by a rule that only adds to what others decide. */
	outcome: z.enum(outcomes).optional(),
	/** Whether rules after it may add what it leaves open. */
	then: z.enum(['stop', 'continue']).default('stop'),
	team: word.optional(),
	/** Whom to tell besides. */
	notify: z.array(word).max(50).optional(),
	timing: timingSchema.optional(),
	/** Until then it has to be done. */
	withinMinutes: z.number().positive().max(week).optional(),
	/** Name of the text to send; beside `escalate` it is what the client hears meanwhile. */
	template: word.optional(),
	tone: word.optional(),
	style: word.optional(),
	length: word.optional(),
	stakes: z.enum(stakesKinds).optional(),
	/** How sure it is, where it is an estimate: below what the stakes ask for, a person decides. */
	confidence: z.union([part, z.strictObject({ fact: z.string().max(200) })]).optional(),
	reason: text.optional(),
});

const thresholds = z.strictObject({
	high: part.default(0.8),
	standard: part.default(0.6),
	low: part.default(0.4),
	/** Below it nothing that a model wrote is kept, not even as a draft. */
	draft: part.default(0.3),
});

const ruleSet = z.strictObject({
	/** What people call this state of the rules. */
	name: text.optional(),
	rules: z.array(rule).max(mostRules, `must have at most ${mostRules} entries`).default([]),
	/** Facts of the desk's own, with their types. */
	facts: z
		.record(
			z.string().regex(ownFactName, 'must be a name with a point, such as crm.plan'),
			z.enum(['string', 'number', 'boolean', 'dateTime', 'array']),
		)
		.default({}),
	/** When no rule decides and there is no model, or it is of no use. */
	otherwise: z
		.strictObject({ outcome: z.enum(['escalate', 'route']).default('escalate'), team: word.optional() })
		.default({ outcome: 'escalate' }),
	thresholds: thresholds.default({ high: 0.8, standard: 0.6, low: 0.4, draft: 0.3 }),
	/** Two candidates nearer than the margin: a person decides, or the client is asked with the template. */
	ambiguity: z
		.strictObject({
			margin: part.default(0.1),
			then: z.enum(['escalate', 'ask']).default('escalate'),
			template: word.optional(),
		})
		.refine(({ then, template }) => then === 'escalate' || template !== undefined, {
			path: ['template'],
			error: 'is missing: the question that is asked',
		})
		.default({ margin: 0.1, then: 'escalate' }),
	/** So many automatic answers in a row, and no more. */
	mostAutomaticReplies: z.number().int().min(1).max(1000).default(5),
	/** Hosts that a model's answer may link to. */
	modelLinks: z.array(word).max(1000).default([]),
	/** What a model may decide where no rule does. Silence is for rules alone. */
	modelOutcomes: z
		.array(z.enum(['reply', 'escalate', 'route', 'defer']))
		.default(['reply', 'escalate', 'route']),
});

/** How a desk decides, as data. */
export type RuleSet = z.output<typeof ruleSet>;
export type RuleSetInput = z.input<typeof ruleSet>;
export type Rule = RuleSet['rules'][number];
export type Timing = z.output<typeof timingSchema>;

/**
 * Reads a rule set; what is left out has its default.
 *
 * @throws DecideError `invalid_input` with every fault, each with its field
 */
export function parseRuleSet(input: unknown): RuleSet {
	const parsed = parseInput(ruleSet, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput('rule set', parsed.faults);
}
