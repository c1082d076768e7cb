import { reaches } from '../candidates';
import type { Category, Classification } from './classify';

type Judgement = Pick<Classification, 'category' | 'confidence'>;

/** From where on each is believed. */
export interface CategoryThresholds {
	model: number;
	keywords: number;
}

/**
 * Which category counts: the model's where it is sure, else that of the keywords where they are, else REQUEST, for a
 * false alarm is safer than a request that is missed.
 *
 * @param thresholds 0.7 and 0.5 unless given; met exactly is met
 */
export function resolveCategory(
	keywords: Judgement,
	model?: Judgement,
	thresholds: CategoryThresholds = { model: 0.7, keywords: 0.5 },
): Judgement & { by: 'model' | 'keywords' | 'default' } {
	if (model && reaches(model.confidence, thresholds.model)) return { ...model, by: 'model' };
	if (reaches(keywords.confidence, thresholds.keywords)) {
		return { category: keywords.category, confidence: keywords.confidence, by: 'keywords' };
	}
	const category: Category = 'REQUEST';
	return { category, confidence: keywords.confidence, by: 'default' };
}
