import type { Candidate } from './decision';
import type { RuleSet, Stakes } from './rules/definition';

/** Differences of decimals are off by less than this. */
const tolerance = 1e-9;

/** A threshold that is met exactly is met. */
export const reaches = (value: number, threshold: number): boolean => value >= threshold - tolerance;

/** Whether an estimate is good enough for what is at stake. Who is told by a person is never left to an estimate. */
export function isSure(candidate: Candidate, stakes: Stakes, { thresholds }: RuleSet): boolean {
	if (candidate.outcome === 'escalate' || candidate.outcome === 'route') return true;
	return candidate.confidence === null || reaches(candidate.confidence, thresholds[stakes]);
}

/**
 * Whether two estimates with different outcomes are too near each other to choose. A margin that is kept exactly is
 * kept.
 */
export function isAmbiguous(best: Candidate, next: Candidate | null, { ambiguity }: RuleSet): boolean {
	if (!next || next.outcome === best.outcome) return false;
	if (best.confidence === null || next.confidence === null) return false;
	return !reaches(best.confidence - next.confidence, ambiguity.margin);
}
