import type { StateStore } from './state-store';

/**
 * Keeps the newest of many values under one key: while one is written, those in between are passed over. For a value
 * that only one process writes; a value that was written by another meanwhile is replaced.
 */
export class StateKeeper {
	private pending: { value: unknown } | undefined;
	private writing: Promise<void> = Promise.resolve();

	constructor(
		private readonly store: StateStore,
		private readonly key: string,
	) {}

	/** @throws StateError */
	async read(): Promise<unknown> {
		return (await this.store.get(this.key))?.value;
	}

	/** On disk when it resolves, or a newer one is. @throws StateError */
	async write(value: unknown): Promise<void> {
		this.pending = { value };
		const before = this.writing;
		const now = before.catch(() => undefined).then(() => this.writePending());
		this.writing = now;
		await now;
	}

	private async writePending(): Promise<void> {
		while (this.pending) {
			const { value } = this.pending;
			this.pending = undefined;
			let written: string | undefined;
			while (written === undefined) {
				const version = (await this.store.get(this.key))?.version;
				written = await this.store.compareAndSet(this.key, version, value);
			}
		}
	}
}
