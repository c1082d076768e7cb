export interface GatheringOptions<Item> {
	/** Items that one run takes. */
	most: number;
	/** Runs at the same time. */
	atOnce: number;
	/** So long at most, in milliseconds, what has come waits for a run that is under way before another one starts beside it. */
	forMs: number;
	/** Settles when the run has ended. */
	start: (items: Item[]) => Promise<void>;
}

/** No run has begun with it, and none will. */
export class NotStarted extends Error {}

/** Starts a run at once when none is under way, and else one for all that comes meanwhile: the more comes, the more goes together. */
export class Gathering<Item> {
	private readonly waiting: Array<{ item: Item; settle: (run: Promise<void>) => void }> = [];
	private running = 0;
	private lastStart = 0;
	private timer: NodeJS.Timeout | undefined;
	private isClosed = false;

	constructor(private readonly options: GatheringOptions<Item>) {}

	/** @returns when the run that takes it has ended. Fails with that run, or as `NotStarted`. */
	async add(item: Item): Promise<void> {
		if (this.isClosed) throw new NotStarted();
		await new Promise<void>((settle) => {
			this.waiting.push({ item, settle });
			this.startMore();
		});
	}

	/** Starts nothing more; runs that are under way go on. */
	close(): void {
		this.isClosed = true;
		clearTimeout(this.timer);
		for (const { settle } of this.waiting.splice(0)) settle(Promise.reject(new NotStarted()));
	}

	private startMore(): void {
		clearTimeout(this.timer);
		const { most, atOnce, forMs } = this.options;
		while (this.waiting.length > 0 && this.running < atOnce) {
			const waitMs = this.running === 0 ? 0 : this.lastStart + forMs - performance.now();
			if (waitMs > 0) {
				this.timer = setTimeout(() => this.startMore(), waitMs);
				return;
			}
			this.start(this.waiting.splice(0, most));
		}
	}

	private start(taken: typeof this.waiting): void {
		this.running += 1;
		this.lastStart = performance.now();
		const run = this.options.start(taken.map(({ item }) => item));
		for (const { settle } of taken) settle(run);
		const ended = (): void => {
			this.running -= 1;
			this.startMore();
		};
		run.then(ended, ended);
	}
}
