/** Something that several wait for, each to look again whether it may go on. */
export class Change {
	private readonly waiting = new Set<() => void>();

	/** Resolves with the next change. */
	async next(): Promise<void> {
		await new Promise<void>((resolve) => this.waiting.add(resolve));
	}

	happened(): void {
		const waiting = [...this.waiting];
		this.waiting.clear();
		for (const resolve of waiting) resolve();
	}
}
