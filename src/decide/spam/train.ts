import { createHash } from 'node:crypto';

import { z } from 'zod';

import { parseInput } from '../../shared';
import { invalidInput } from '../errors';
import { normaliseText } from '../text/normalise';
import { evidence, learn, type Sample } from './counts';
import { featuresOf } from './features';
import { scoreOfEvidence, type SpamModel } from './model';
import { thresholdOf, type Judged } from './threshold';

const mostExamples = 1_000_000;

const schema = z
	.array(
		z.object({
			text: z.string(),
			spam: z.boolean(),
			/** Whether a person has set it right, which weighs as much as several others. */
			corrected: z.boolean().optional(),
		}),
	)
	.max(mostExamples, `must have at most ${mostExamples} entries`);

/** A text with what it is. */
export type SpamExample = z.output<typeof schema>[number];

const folds = 5;
const weightOfCorrection = 5;
const leastWeight = 0.01;
const weightDecimals = 1000;
const thresholdDecimals = 1_000_000;

/**
 * Learns what spam is from examples, in any language. The threshold is chosen on examples that were held back in
 * turn, so it needs no others. What comes later in the list stands against the same text before it, so corrections are
 * added at its end. Examples of one kind alone give a model that takes nothing for spam.
 *
 * @returns a model as plain JSON: the same examples give the same model
 * @throws DecideError `invalid_input` for what is no list of examples
 */
export function trainSpamModel(examples: readonly SpamExample[]): SpamModel {
	const parsed = parseInput(schema, examples);
	if (!parsed.ok) throw invalidInput('list of examples', parsed.faults);
	const unique = uniqueExamples(parsed.value);
	const samples = unique.map(sampleOf);
	const { weights, bias } = learn(samples);
	const kept = [...weights].flatMap(([feature, weight]) =>
		Math.abs(weight) < leastWeight ? [] : [feature, rounded(weight, weightDecimals)],
	);
	return {
		kind: 'opsdesk-spam',
		format: 1,
		version: versionOf(unique),
		examples: {
			spam: unique.filter(({ spam }) => spam).length,
			ham: unique.filter(({ spam }) => !spam).length,
		},
		threshold: rounded(thresholdFrom(samples), thresholdDecimals),
		bias: rounded(bias, weightDecimals),
		weights: kept,
	};
}

/** The last word on each text, in an order of their own: that of the list changes nothing. */
export function uniqueExamples(examples: readonly SpamExample[]): SpamExample[] {
	const byText = new Map<string, SpamExample>();
	for (const example of examples) byText.set(normaliseText(example.text), example);
	return [...byText.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, example]) => example);
}

export const sampleOf = ({ text, spam, corrected = false }: SpamExample): Sample => ({
	features: featuresOf(text),
	isSpam: spam,
	weight: corrected ? weightOfCorrection : 1,
});

/** Chosen on samples that are held back in turn. */
export const thresholdFrom = (samples: readonly Sample[]): number => thresholdOf(heldBack(samples));

function versionOf(examples: readonly SpamExample[]): string {
	const hash = createHash('sha256');
	for (const { text, spam, corrected = false } of examples)
		hash.update(JSON.stringify([text, spam, corrected]));
	return hash.digest('hex');
}

const rounded = (value: number, decimals: number): number => Math.round(value * decimals) / decimals;

/** Scores that each example gets from a model that learned from the other folds. */
function heldBack(samples: readonly Sample[]): Judged[] {
	return foldsOf(samples).flatMap((fold) => {
		const learned = learn(samples.filter((sample) => !fold.has(sample)));
		return [...fold].map(({ features, isSpam }) => ({
			score: scoreOfEvidence(evidence(learned, features)),
			isSpam,
		}));
	});
}

/** By turns within each kind, so that every part has both. */
export function foldsOf(samples: readonly Sample[]): Set<Sample>[] {
	const parts = Array.from({ length: folds }, () => new Set<Sample>());
	for (const kind of [true, false]) {
		samples
			.filter(({ isSpam }) => isSpam === kind)
			.forEach((sample, index) => parts[index % folds]?.add(sample));
	}
	return parts;
}
