const lookMs = 100;
const lateMs = 150;

/** Whether the thread does what it is asked to much later than it should: whoever waits for an answer waits as long. */
export class ThreadLag {
	private late = false;
	private expectedAt = performance.now() + lookMs;
	private readonly timer = setInterval(() => this.look(), lookMs).unref();

	get isLate(): boolean {
		// Also while it has not come to look.
		return this.late || performance.now() - this.expectedAt > lateMs;
	}

	close(): void {
		clearInterval(this.timer);
	}

	private look(): void {
		const now = performance.now();
		this.late = now - this.expectedAt > lateMs;
		this.expectedAt = now + lookMs;
	}
}
