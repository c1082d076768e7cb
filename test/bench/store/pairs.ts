import type { Tell } from '../main';
import { median, rounded } from '../numbers';

/** Does its work once and answers how long it took, in seconds. */
export type Side = (round: number) => Promise<number>;

export interface Pairs {
	/** Median of how many times as fast the product is as its peer, round by round. */
	ratio: number;
	productSeconds: number;
	peerSeconds: number;
}

/** Lets product and peer work in turns, each first in every other round, and compares them round by round. */
export async function inPairs(
	label: string,
	{ product, peer }: { product: Side; peer: Side },
	roundCount: number,
	tell: Tell,
): Promise<Pairs> {
	const rounds: Array<{ product: number; peer: number }> = [];
	for (let round = 0; round < roundCount; round += 1) {
		const first = round % 2 === 0 ? await product(round) : 0;
		const peerSeconds = await peer(round);
		const seconds = round % 2 === 0 ? first : await product(round);
		rounds.push({ product: seconds, peer: peerSeconds });
	}
	const pairs = {
		ratio: rounded(median(rounds.map((times) => times.peer / times.product))),
		productSeconds: median(rounds.map((times) => times.product)),
		peerSeconds: median(rounds.map((times) => times.peer)),
	};
	tell(
		`${label}: ${pairs.ratio} times as fast as the peer (${rounds.map((times) => rounded(times.peer / times.product)).join(', ')})`,
	);
	return pairs;
}

/** How long something takes, in seconds. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
	const begun = performance.now();
	await work();
	return (performance.now() - begun) / 1000;
}
