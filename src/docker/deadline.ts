import type { Readable } from 'node:stream';

/**
 * The end of one exchange: by its time limit, or by the signal of the caller. That signal lives much longer than the
 * exchange, so it is let go of as soon as the exchange is settled; `AbortSignal.any` would stay with it.
 */
export class Deadline {
	/** Whether the limit has passed. */
	passed = false;
	private readonly controller = new AbortController();
	private readonly timer: NodeJS.Timeout;
	private readonly stop = (): void => this.controller.abort();

	constructor(
		limitMs: number,
		private readonly outer: AbortSignal | undefined,
	) {
		this.timer = setTimeout(() => {
			this.passed = true;
			this.controller.abort();
		}, limitMs);
		if (outer?.aborted) this.controller.abort();
		else outer?.addEventListener('abort', this.stop, { once: true });
	}

	get signal(): AbortSignal {
		return this.controller.signal;
	}

	/** Begins the time limit anew, because something has moved. */
	refresh(): void {
		this.timer.refresh();
	}

	release(): void {
		clearTimeout(this.timer);
		this.outer?.removeEventListener('abort', this.stop);
	}
}

/** Ends a stream with the signal, for as long as the stream lives. */
export function endWith(stream: Readable, signal: AbortSignal | undefined, reason: () => Error): void {
	if (signal === undefined) return;
	const stop = (): void => void stream.destroy(reason());
	if (signal.aborted) return stop();
	signal.addEventListener('abort', stop, { once: true });
	stream.once('close', () => signal.removeEventListener('abort', stop));
}
