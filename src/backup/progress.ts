import type { BackupContext, BackupProgress } from './context';

/** Reports come at most this often: a listener may be slow, and nobody reads faster. */
const intervalMs = 250;

/** How far the work on one artefact is, told at most four times a second and once at the end. */
export class ProgressMeter {
	private toldAt = performance.now();
	private readonly progress: BackupProgress;

	constructor(
		step: BackupProgress['step'],
		artefact: string,
		private readonly tell: BackupContext['progress'],
		/** Content in all, in bytes before compression, where it is known. */
		totalBytes?: number,
	) {
		this.progress = {
			step,
			artefact,
			plainBytes: 0,
			storedBytes: 0,
			...(totalBytes !== undefined && { totalBytes }),
		};
	}

	plain(sizeBytes: number): void {
		this.progress.plainBytes += sizeBytes;
		this.tick();
	}

	stored(sizeBytes: number): void {
		this.progress.storedBytes += sizeBytes;
		this.tick();
	}

	/** How many entries have been seen in all. */
	entries(count: number): void {
		this.progress.entries = count;
	}

	end(): void {
		this.tell?.({ ...this.progress });
	}

	private tick(): void {
		const now = performance.now();
		if (now - this.toldAt < intervalMs) return;
		this.toldAt = now;
		this.end();
	}
}
