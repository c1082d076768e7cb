import { StoreError, type Store } from '../../store';
import { compareSpamModels, type SpamComparison, type SpamFigures } from '../spam/compare';
import type { SpamExample } from '../spam/train';
import { modelVersionSchema, type SavedModel, type StoredSpamModel } from './answers';
import { getSpamModel } from './spam-models';

/**
 * `first`: none was active. `notWorse`, `worse`: than the active one. `forced`: it is worse, and that was wanted. `same`: it
 * is the active one already. `chosen`: a person has preferred another one to it. `notAsked`: it was to be kept only.
 */
export type Activation = 'first' | 'notWorse' | 'worse' | 'forced' | 'same' | 'chosen' | 'notAsked';

export interface Activated {
	isActive: boolean;
	activation: Activation;
	/** Why it is the active one now, or is not. */
	reason: string;
	/** On corrections that neither has learnt from; not told of the active one itself. */
	heldOut?: Omit<SpamComparison, 'isWorse'>;
}

export interface ActivationRequest {
	saved: SavedModel;
	/** Of which it was learnt. */
	examples: readonly SpamExample[];
	activate: boolean;
	evenIfWorse: boolean;
	/** What of the examples the active model has learnt from; undefined where that is not known. */
	learntFrom: (active: StoredSpamModel) => readonly SpamExample[] | undefined;
	signal: AbortSignal | undefined;
}

/** How often another process may make its own model the active one meanwhile. */
const attempts = 3;

/**
 * Lets messages be judged by a model that was trained, unless the active one is better.
 *
 * @throws StoreError `conflict` where others activate models all the while
 */
export async function activateIfNotWorse(store: Store, request: ActivationRequest): Promise<Activated> {
	const { saved, examples, activate, evenIfWorse, learntFrom, signal } = request;
	for (let attempt = 1; ; attempt += 1) {
		const active = await activeModel(store);
		if (active?.version === saved.version)
			return { isActive: true, activation: 'same', reason: 'It is the active model already.' };
		const { isWorse, ...heldOut } = await compareSpamModels(
			examples,
			active?.model ?? null,
			active ? learntFrom(active) : undefined,
		);
		const activation = activationOf(active, { saved, activate, evenIfWorse, isWorse });
		const reason = `${because[activation]} ${told(heldOut)}`;
		if (['worse', 'chosen', 'notAsked'].includes(activation))
			return { isActive: false, activation, reason, heldOut };
		try {
			const answer = { answer: modelVersionSchema, repeatable: true, signal };
			const insteadOf = active?.version ?? null;
			await store.call('activate_spam_model', { version: saved.version, insteadOf }, answer);
			return { isActive: true, activation, reason, heldOut };
		} catch (error) {
			if (!(error instanceof StoreError && error.code === 'conflict') || attempt === attempts) throw error;
		}
	}
}

function activationOf(
	active: StoredSpamModel | null,
	{
		saved,
		activate,
		evenIfWorse,
		isWorse,
	}: Pick<ActivationRequest, 'saved' | 'activate' | 'evenIfWorse'> & { isWorse: boolean },
): Exclude<Activation, 'same'> {
	if (!activate) return 'notAsked';
	if (active === null) return 'first';
	if (evenIfWorse) return isWorse ? 'forced' : 'notWorse';
	// They have seen this one at work, or could have.
	const isKnown = !saved.isNew && Date.parse(active.chosenAt ?? '') > Date.parse(saved.trainedAt);
	if (isKnown) return 'chosen';
	return isWorse ? 'worse' : 'notWorse';
}

const because: Record<Exclude<Activation, 'same'>, string> = {
	first: 'It is the first one.',
	notWorse: 'It is not worse than the one that was active.',
	worse: 'The active model stays, for this one is worse. It is kept, and a person may activate it.',
	forced: 'It is worse than the one that was active, and was to be activated even so.',
	chosen:
		'A person has activated another model since this one was learnt. That one stays until there is more to learn from.',
	notAsked: 'It is kept, and activating it was not asked for.',
};

function told({ model, active }: Omit<SpamComparison, 'isWorse'>): string {
	if (model.ham + model.spam === 0) return 'People have set nothing right by which models could be compared.';
	const own = `On corrections that were held out it blocks ${model.hamBlocked} of ${model.ham} messages that are no spam, and finds ${model.spamFound} of ${model.spam} that are`;
	return active === null ? `${own}.` : `${own}; the other one ${figures(active)}.`;
}

const figures = ({ hamBlocked, spamFound }: SpamFigures): string =>
	`blocks ${hamBlocked} and finds ${spamFound}`;

async function activeModel(store: Store): Promise<StoredSpamModel | null> {
	try {
		return await getSpamModel(store);
	} catch (error) {
		if (error instanceof StoreError && error.code === 'not_found') return null;
		throw error;
	}
}
