import { setImmediate as others } from 'node:timers/promises';

import { normaliseText } from '../text/normalise';
import { evidence, learn } from './counts';
import { isSpam, scoreOfEvidence, type SpamModel } from './model';
import { foldsOf, sampleOf, thresholdFrom, uniqueExamples, type SpamExample } from './train';

/** How a model does on texts that people have set right, and that it has not learnt from. */
export interface SpamFigures {
	/** Of these, which are no spam, so many would be blocked. */
	ham: number;
	hamBlocked: number;
	/** Of this spam, so much would be found. */
	spam: number;
	spamFound: number;
}

export interface SpamComparison {
	/** Of what the examples teach. */
	model: SpamFigures;
	/** Of the active model on the same texts; null where there is none. */
	active: SpamFigures | null;
	/** Whether it blocks more of what is no spam or, where that is equal, finds less spam. */
	isWorse: boolean;
}

/**
 * Sets what examples teach against the active model, on the corrections among them. Each text is judged by what was learnt
 * from the others, threshold and all: a model knows by heart what it has learnt from, which says nothing of what will come.
 * Other work of this process goes on between the parts.
 *
 * @param learntFrom which of the examples the active model has learnt from, where that is known: on these it is stood for
 *   by what they teach without the text in question. All others it judges itself
 */
export async function compareSpamModels(
	examples: readonly SpamExample[],
	active: SpamModel | null,
	learntFrom: readonly SpamExample[] = [],
): Promise<SpamComparison> {
	const corrections = uniqueExamples(examples).filter(({ corrected }) => corrected === true);
	const fresh = await heldOutVerdicts(examples);
	const model = figuresOf(corrections, (text) => fresh.get(normaliseText(text)) ?? false);
	if (active === null) return { model, active, isWorse: false };
	const earlier = await heldOutVerdicts(learntFrom);
	const present = figuresOf(corrections, (text) => earlier.get(normaliseText(text)) ?? isSpam(active, text));
	return { model, active: present, isWorse: isWorse(model, present) };
}

/** Of each correction, by its normalised text: whether it is spam by what all others teach. */
async function heldOutVerdicts(examples: readonly SpamExample[]): Promise<Map<string, boolean>> {
	const known = uniqueExamples(examples).map((example) => ({ example, sample: sampleOf(example) }));
	const corrections = new Map(
		known
			.filter(({ example }) => example.corrected === true)
			.map(({ example, sample }) => [sample, normaliseText(example.text)]),
	);
	const verdicts = new Map<string, boolean>();
	for (const part of foldsOf([...corrections.keys()])) {
		if (part.size === 0) continue;
		await others();
		const rest = known.map(({ sample }) => sample).filter((sample) => !part.has(sample));
		const [learned, threshold] = [learn(rest), thresholdFrom(rest)];
		for (const sample of part)
			verdicts.set(
				corrections.get(sample) ?? '',
				scoreOfEvidence(evidence(learned, sample.features)) >= threshold,
			);
	}
	return verdicts;
}

function figuresOf(corrections: readonly SpamExample[], isTaken: (text: string) => boolean): SpamFigures {
	const texts = (ofSpam: boolean): string[] =>
		corrections.filter(({ spam }) => spam === ofSpam).map(({ text }) => text);
	const [ham, spam] = [texts(false), texts(true)];
	return {
		...{ ham: ham.length, hamBlocked: ham.filter(isTaken).length },
		...{ spam: spam.length, spamFound: spam.filter(isTaken).length },
	};
}

function isWorse(model: SpamFigures, active: SpamFigures): boolean {
	if (model.hamBlocked !== active.hamBlocked) return model.hamBlocked > active.hamBlocked;
	return model.spamFound < active.spamFound;
}
