/**
 * Does what may take no more than a part of the time that is left, so that there is some for what comes after it.
 *
 * @param endsAt when all must be over, by `performance.now()`
 * @param part 0 to 1
 */
export async function withinPart<Result>(
	endsAt: number,
	part: number,
	signal: AbortSignal,
	work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
	const limit = new AbortController();
	const timer = setTimeout(
		() => limit.abort(new DOMException('The time is over.', 'TimeoutError')),
		Math.max(0, part * (endsAt - performance.now())),
	);
	try {
		return await work(AbortSignal.any([signal, limit.signal]));
	} finally {
		clearTimeout(timer);
		// Whatever is still open, such as a question to another name server, ends with it.
		limit.abort();
	}
}
