import { z } from 'zod';

import { parseInput } from '../../shared';
import { invalidInput } from '../errors';
import { evidence, type Learned } from './counts';
import { featuresOf } from './features';

const schema = z.strictObject({
	kind: z.literal('opsdesk-spam'),
	format: z.literal(1),
	/** SHA-256 of the examples, in hexadecimal digits: the same examples are the same version. */
	version: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
	examples: z.strictObject({ spam: z.number().int().nonnegative(), ham: z.number().int().nonnegative() }),
	/** The lowest score that is spam. */
	threshold: z.number().min(0).max(1),
	bias: z.number(),
	/** Feature and weight by turns, which is shorter than an object and has no names to trip over. */
	weights: z.array(z.union([z.string(), z.number()])),
});

/** What was learned from examples, as plain JSON. */
export type SpamModel = z.output<typeof schema>;

/** Evidence that makes a score of 0.73: sums over all words are far from 0, and scores are to be told apart. */
const evidenceUnit = 10;
const prepared = new WeakMap<SpamModel, Learned>();

/** 0 … 1 of evidence, both ends out of reach. */
export const scoreOfEvidence = (sum: number): number =>
	Math.min(0.999999, Math.max(0.000001, 1 / (1 + Math.exp(-sum / evidenceUnit))));

/**
 * How much a text is like spam.
 *
 * @returns 0 … 1
 */
export function scoreSpam(model: SpamModel, text: string): number {
	return scoreOfEvidence(evidence(learnedOf(model), featuresOf(text)));
}

/** Whether a text is spam: its score reaches the threshold that was chosen on the examples. */
export function isSpam(model: SpamModel, text: string): boolean {
	return scoreSpam(model, text) >= model.threshold;
}

/**
 * The words and pairs of words that speak loudest for spam, for people to read.
 *
 * @param most how many
 * @returns the loudest first; none where nothing speaks for it
 */
export function spamWords(model: SpamModel, text: string, most = 5): string[] {
	const { weights } = learnedOf(model);
	return [...featuresOf(text)]
		.filter((feature) => /^[wp] /.test(feature))
		.map((feature) => ({ words: feature.slice(2).trim(), weight: weights.get(feature) ?? 0 }))
		.filter(({ weight }) => weight > 0)
		.sort((one, other) => other.weight - one.weight)
		.slice(0, most)
		.map(({ words }) => words);
}

/**
 * Reads a model that was kept as JSON.
 *
 * @throws DecideError `invalid_input` with every fault
 */
export function parseSpamModel(input: unknown): SpamModel {
	const parsed = parseInput(schema, input);
	if (parsed.ok) return parsed.value;
	throw invalidInput('spam model', parsed.faults);
}

function learnedOf(model: SpamModel): Learned {
	const known = prepared.get(model);
	if (known) return known;
	const weights = new Map<string, number>();
	for (let at = 0; at + 1 < model.weights.length; at += 2) {
		weights.set(String(model.weights[at]), Number(model.weights[at + 1]));
	}
	const learned = { weights, bias: model.bias };
	prepared.set(model, learned);
	return learned;
}
