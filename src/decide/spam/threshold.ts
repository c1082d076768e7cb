/** A score that an example got from a model that had not seen it. */
export interface Judged {
	score: number;
	isSpam: boolean;
}

/** What a desk can bear: of a thousand messages of clients, so many may be taken for spam. */
const hamBlocked = 0.004;
/** Where few examples leave no ham near the border, a text must still be likelier spam than not. */
const leastThreshold = 0.5;
/** Nothing reaches it: without both kinds of examples nothing is spam. */
export const unreachable = 1;

/**
 * The lowest score that is spam: as low as the ham that would be blocked allows.
 *
 * @param judged examples that were held back, in any order
 */
export function thresholdOf(judged: readonly Judged[]): number {
	const ham = judged.filter(({ isSpam }) => !isSpam).map(({ score }) => score);
	const spam = judged.filter(({ isSpam }) => isSpam);
	if (ham.length === 0 || spam.length === 0) return unreachable;
	ham.sort((one, other) => other - one);
	const allowed = Math.floor(ham.length * hamBlocked);
	const highestLeft = ham[allowed] ?? 0;
	const above = spam.map(({ score }) => score).filter((score) => score > highestLeft);
	const next = above.length > 0 ? Math.min(...above) : 1;
	return Math.max(leastThreshold, Math.min((highestLeft + next) / 2, 0.99));
}
