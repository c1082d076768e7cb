import { Gathering, NotStarted, type GatheringOptions } from './gathering';

export interface BatchOptions<Item> extends GatheringOptions<Item> {
	/** Whether it takes this one; by default each. */
	takes?: (item: Item) => boolean;
}

/** One that takes what is left to it. */
export interface Batch {
	/** Takes nothing more; what waits goes back to whoever has left it. */
	close(): void;
}

/**
 * Where several channels leave what one taker, known by its name, takes together. Nothing is kept here: who leaves
 * something keeps it until it is told that it was taken to an end.
 */
export class Batches<Item> {
	private readonly takers = new Map<string, { gathering: Gathering<Item>; takes: (item: Item) => boolean }>();
	private readonly onlookers = new Map<string, Set<(item: Item) => void>>();
	private readonly expecting = new Map<string, Set<() => void>>();

	/** Takes what is left to a name from now on, instead of whoever took it before. */
	take(name: string, { takes = () => true, ...options }: BatchOptions<Item>): Batch {
		const gathering = new Gathering<Item>(options);
		const taker = { gathering, takes };
		this.takers.get(name)?.gathering.close();
		this.takers.set(name, taker);
		for (const goOn of this.expecting.get(name) ?? []) goOn();
		return {
			close: () => {
				if (this.takers.get(name) === taker) this.takers.delete(name);
				gathering.close();
			},
		};
	}

	/** Sees what is left to a name, and takes nothing of it. @returns ends that */
	watch(name: string, onlooker: (item: Item) => void): () => void {
		return added(this.onlookers, name, onlooker);
	}

	/**
	 * Leaves something for the next run, and waits for the end of that.
	 *
	 * @param waitMs so long to wait for a taker where there is none yet, in milliseconds
	 * @returns whether a run has taken it
	 * @throws what that run has failed with
	 */
	async leave(name: string, item: Item, waitMs = 0): Promise<boolean> {
		if (waitMs > 0 && !this.takers.has(name)) await this.expect(name, waitMs);
		for (const onlooker of this.onlookers.get(name) ?? []) onlooker(item);
		const taker = this.takers.get(name);
		if (!taker?.takes(item)) return false;
		try {
			await taker.gathering.add(item);
			return true;
		} catch (thrown) {
			if (thrown instanceof NotStarted) return false;
			throw thrown;
		}
	}

	private async expect(name: string, waitMs: number): Promise<void> {
		await new Promise<void>((resolve) => {
			const timer = setTimeout(() => goOn(), waitMs).unref();
			const end = added(this.expecting, name, () => goOn());
			const goOn = (): void => {
				clearTimeout(timer);
				end();
				resolve();
			};
		});
	}
}

/** @returns takes it out again */
function added<Value>(all: Map<string, Set<Value>>, name: string, value: Value): () => void {
	const own = all.get(name) ?? new Set<Value>();
	all.set(name, own.add(value));
	return () => {
		own.delete(value);
		if (own.size === 0) all.delete(name);
	};
}
