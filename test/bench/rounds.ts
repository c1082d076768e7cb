import type { Tell } from './main';
import { median, rounded } from './numbers';

/** Does something once and answers how long it took, in seconds, clean-up not counted. */
export type Contestant = () => Promise<number>;

export interface Times<Name extends string> {
	/** Medians in seconds. */
	medians: Record<Name, number>;
	rounds: Record<Name, number>[];
}

/**
 * Lets all contestants do their work once in each round, so that whatever the machine does beside meets all of them.
 * The one that begins changes from round to round.
 */
export async function compete<Name extends string>(
	label: string,
	contestants: Record<Name, Contestant>,
	roundCount: number,
	tell: Tell,
): Promise<Times<Name>> {
	const names = Object.keys(contestants) as Name[];
	const rounds: Record<Name, number>[] = [];
	for (let round = 0; round < roundCount; round += 1) {
		const times = {} as Record<Name, number>;
		const order = names.map((_, index) => names[(index + round) % names.length] as Name);
		for (const name of order) times[name] = rounded(await contestants[name]());
		rounds.push(times);
		const told = names.map((name) => `${name} ${times[name].toFixed(2)} s`).join(', ');
		tell(`${label}, round ${round + 1} of ${roundCount}: ${told}`);
	}
	const entries = names.map((name) => [name, median(rounds.map((times) => times[name]))]);
	return { medians: Object.fromEntries(entries) as Record<Name, number>, rounds };
}

/** How fast the first is as a part of the speed of the second. */
export const speedRatio = (seconds: number, peerSeconds: number): number => rounded(peerSeconds / seconds);
