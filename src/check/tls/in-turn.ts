/** Does the same with each of a list, so many at the same time; the results in their order. */
export async function inTurn<One, Result>(
	list: readonly One[],
	concurrency: number,
	work: (one: One) => Promise<Result>,
): Promise<Result[]> {
	const results = new Map<number, Result>();
	const waiting = list.entries();
	const worker = async (): Promise<void> => {
		for (const [index, one] of waiting) results.set(index, await work(one));
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, list.length) }, worker));
	return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}
