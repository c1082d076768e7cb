interface Work<Result> {
	waiting: number;
	/** Nobody waits any more. */
	hasEnded: boolean;
	end: () => void;
	done: Promise<Result>;
}

/** Work that several want at the same time is done once. */
export class SharedWork<Result> {
	private readonly underWay = new Map<string, Work<Result>>();

	/**
	 * Waits for the work of this name, which is begun unless it is under way.
	 *
	 * @param begin gets a signal that ends when nobody waits any more
	 * @param signal of the one who waits; the work goes on while others do
	 * @throws what the work throws
	 */
	async join(
		name: string,
		begin: (signal: AbortSignal) => Promise<Result>,
		signal?: AbortSignal,
	): Promise<Result> {
		for (;;) {
			const work = this.underWay.get(name) ?? this.start(name, begin);
			const wasEnded = work.hasEnded;
			try {
				return await wait(work, signal);
			} catch (thrown) {
				// It was on its way out when this one came.
				if (!wasEnded || signal?.aborted) throw thrown;
			}
		}
	}

	private start(name: string, begin: (signal: AbortSignal) => Promise<Result>): Work<Result> {
		const ended = new AbortController();
		const done = begin(ended.signal).finally(() => this.underWay.delete(name));
		const work: Work<Result> = { waiting: 0, hasEnded: false, end: () => ended.abort(), done };
		this.underWay.set(name, work);
		return work;
	}
}

async function wait<Result>(work: Work<Result>, signal: AbortSignal | undefined): Promise<Result> {
	let isWaiting = true;
	const leave = (): void => {
		if (!isWaiting) return;
		isWaiting = false;
		work.waiting -= 1;
		if (work.waiting > 0) return;
		work.hasEnded = true;
		work.end();
	};
	work.waiting += 1;
	signal?.addEventListener('abort', leave, { once: true });
	try {
		if (signal?.aborted) leave();
		return await work.done;
	} finally {
		signal?.removeEventListener('abort', leave);
		leave();
	}
}
