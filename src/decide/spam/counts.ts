/** A text as its features, with what it is. */
export interface Sample {
	features: ReadonlySet<string>;
	isSpam: boolean;
	/** As how many texts it counts. */
	weight: number;
}

/** How much each feature speaks for spam, and all of a text's features that are left out. */
export interface Learned {
	weights: Map<string, number>;
	bias: number;
}

/** A feature of a single text says nothing of others. */
const fewest = 2;
/** Added to each count: what was not seen yet is rare, not impossible. */
const unseen = 0.1;

/**
 * Naive Bayes over the presence of features (Bernoulli, without those that are absent): the logarithm of how much more
 * often each is in spam than in other texts.
 */
export function learn(samples: readonly Sample[]): Learned {
	const counts = new Map<string, { spam: number; ham: number }>();
	let [spamTotal, hamTotal] = [0, 0];
	for (const { features, isSpam, weight } of samples) {
		if (isSpam) spamTotal += weight;
		else hamTotal += weight;
		for (const feature of features) {
			const count = counts.get(feature) ?? { spam: 0, ham: 0 };
			if (isSpam) count.spam += weight;
			else count.ham += weight;
			counts.set(feature, count);
		}
	}
	const partOf = (amount: number, total: number): number =>
		Math.log((amount + unseen) / (total + 2 * unseen));
	const weights = new Map<string, number>();
	for (const [feature, { spam, ham }] of counts) {
		if (spam + ham >= fewest) weights.set(feature, partOf(spam, spamTotal) - partOf(ham, hamTotal));
	}
	return { weights, bias: Math.log((spamTotal + 1) / (hamTotal + 1)) };
}

/** The sum of what a text's features say; above 0 spam is the likelier. */
export function evidence({ weights, bias }: Learned, features: ReadonlySet<string>): number {
	let sum = bias;
	for (const feature of features) sum += weights.get(feature) ?? 0;
	return sum;
}
