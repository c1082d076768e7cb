import { createHash } from 'node:crypto';

import type { Destination } from './destinations/destination';
import type { ProgressMeter } from './progress';

/** The file of an artefact as it lies in the destination, hashed while it is read. */
export class StoredFile {
	/** What kept it from being read. */
	failure: unknown;
	private hash = createHash('sha256');

	constructor(
		private readonly destination: Destination,
		private readonly path: string,
		private readonly meter: ProgressMeter,
	) {}

	/** From its beginning. @throws the reason of the signal */
	async *read(signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
		this.hash = createHash('sha256');
		try {
			for await (const part of this.destination.read(this.path)) {
				signal?.throwIfAborted();
				this.hash.update(part);
				this.meter.stored(part.length);
				yield part;
			}
		} catch (thrown) {
			this.failure = thrown;
			throw thrown;
		}
	}

	async readWholly(signal: AbortSignal | undefined): Promise<void> {
		for await (const part of this.read(signal)) void part;
	}

	/** Of what was read last. */
	sha256(): string {
		return this.hash.digest('hex');
	}
}
