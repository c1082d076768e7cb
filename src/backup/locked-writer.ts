import type { ArtefactWriter } from './destinations/destination';
import type { SiteLock } from './lock';

/** A writer that refuses to go on once the lock is lost, and remembers why it failed. */
export interface RunWriter extends ArtefactWriter {
	readonly failure: unknown;
}

export class LockedWriter implements RunWriter {
	failure: unknown;

	constructor(
		private readonly writer: ArtefactWriter,
		private readonly lock: SiteLock,
	) {}

	/** Ends at once when the lock is lost, even while the destination takes nothing. */
	async write(bytes: Buffer): Promise<void> {
		await this.remembering(() => this.lock.whileHeld(this.writer.write(bytes)));
	}

	async commit(): Promise<void> {
		await this.remembering(() => this.writer.commit());
	}

	async abort(): Promise<void> {
		await this.writer.abort();
	}

	private async remembering(step: () => Promise<void>): Promise<void> {
		try {
			this.lock.assertHeld();
			await step();
		} catch (thrown) {
			this.failure = thrown;
			throw thrown;
		}
	}
}
