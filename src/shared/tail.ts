const maxBytes = 16 * 1024;

/** The end of what a program has complained about, at most 16 KiB of it. */
export class Tail {
	private kept: Buffer = Buffer.alloc(0);

	push(bytes: Buffer): void {
		this.kept = Buffer.concat([this.kept, bytes]).subarray(-maxBytes);
	}

	text(): string {
		return this.kept.toString('utf8').trim();
	}
}
