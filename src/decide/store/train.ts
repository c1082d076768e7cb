import { z } from 'zod';

import type { Store } from '../../store';
import { hashOf } from '../hash';
import { trainSpamModel, uniqueExamples, type SpamExample } from '../spam/train';
import { activateIfNotWorse, type Activated } from './activation';
import { savedModelSchema, type SavedVersion } from './answers';
import { instantField, kept, valid } from './input';

const optionsSchema = z.object({
	fewest: z.int().min(2).default(40),
	since: instantField.optional(),
});

export interface TrainOptions {
	/** Examples of others to begin with; what people say of the desk's own messages stands against them. */
	seeds?: readonly SpamExample[];
	/** With fewer different texts nothing is learnt. Default 40. */
	fewest?: number;
	/**
	 * Whether messages are judged by it from now on, where it is not worse than the active one on corrections that neither
	 * has learnt from. Default true.
	 */
	activate?: boolean;
	/** Activates it even where it is worse. Default false. */
	evenIfWorse?: boolean;
	/** Only what people said from then on, ISO 8601. */
	since?: string;
	/** Whether messages that nobody has set right count as what they were taken for. Default false. */
	includeUncorrected?: boolean;
	signal?: AbortSignal;
}

export interface Trained extends Partial<SavedVersion>, Partial<Activated> {
	/** Different texts in all, and how many of them are spam. */
	examples: number;
	spam: number;
	/** How many of them people have set right. */
	corrected: number;
	/** Why nothing was learnt. */
	skipped?: string;
}

const pageLength = 500;
/** Beyond it the older ones are left out: learning holds up everything else that this process does. */
const mostExamples = 20_000;

const examplesSchema = z.object({
	items: z.array(
		z.object({
			...{ text: z.string(), spam: z.boolean(), corrected: z.boolean() },
			/** When it was said, or decided on. */
			at: z.string().transform((text) => Date.parse(text)),
		}),
	),
	next: z.unknown(),
});
type OwnExample = z.output<typeof examplesSchema>['items'][number];

/**
 * Learns what spam is from what people say of decisions (`isSpam`), and keeps the model as a version of its own; old ones
 * stay. The same examples are the same version. Nothing is learnt from people who were erased or who do not allow an
 * analysis of what they write.
 *
 * @returns the version, how it and the active one do on held-out corrections, and why it is the active one now or is not
 * @throws DecideError `invalid_input`; StoreError
 */
export async function trainFromFeedback(store: Store, options: TrainOptions = {}): Promise<Trained> {
	const { seeds = [], activate = true, evenIfWorse = false, includeUncorrected = false, signal } = options;
	const { fewest, since } = valid('options', optionsSchema, options);
	const own = await readExamples(
		store,
		{ includeUncorrected, ...(since !== undefined && { since }) },
		signal,
	);
	// The last word on a text counts: people's come last.
	const examples = [...seeds, ...own];
	const model = trainSpamModel(examples);
	const counts = {
		examples: model.examples.spam + model.examples.ham,
		spam: model.examples.spam,
		corrected: own.filter(({ corrected }) => corrected).length,
	};
	if (counts.examples < fewest) {
		const skipped = `There are ${counts.examples} examples, and ${fewest} are needed.`;
		return { ...counts, skipped };
	}
	if (model.examples.spam === 0 || model.examples.ham === 0)
		return { ...counts, skipped: 'All examples are of one kind, which teaches nothing.' };
	const training = hashOf([uniqueExamples(seeds), includeUncorrected]);
	const request = kept({ model, corrected: counts.corrected, training });
	const saved = await store.call('save_spam_model', request, {
		...{ answer: savedModelSchema, repeatable: true, signal },
	});
	const activated = await activateIfNotWorse(store, {
		...{ saved, examples, activate, evenIfWorse, signal },
		learntFrom: (active) =>
			active.training === training
				? [...seeds, ...own.filter(({ at }) => at <= Date.parse(active.trainedAt))]
				: undefined,
	});
	const { trainedAt: _, ...version } = saved;
	return { ...counts, ...version, ...activated };
}

async function readExamples(
	store: Store,
	query: { includeUncorrected: boolean; since?: string },
	signal: AbortSignal | undefined,
): Promise<OwnExample[]> {
	const corrected: OwnExample[] = [];
	const others: OwnExample[] = [];
	let after: unknown;
	do {
		const request = { ...query, limit: pageLength, ...(after !== undefined && { after }) };
		const read = await store.call('get_spam_examples', request, {
			...{ answer: examplesSchema, repeatable: true, signal },
		});
		for (const example of read.items) (example.corrected ? corrected : others).push(example);
		after = read.next ?? undefined;
	} while (after !== undefined && corrected.length + others.length < mostExamples);
	// They come newest first, and the last word on a text counts.
	return [...others.reverse(), ...corrected.reverse()];
}
