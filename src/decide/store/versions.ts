/** Things that never change under their version, the last ones that were used: to prepare one takes longer than to use it. */
export class KnownVersions<Thing> {
	private readonly things = new Map<string, Thing>();

	constructor(private readonly most: number) {}

	/** The one that was used last stays longest. */
	get(version: string): Thing | undefined {
		const found = this.things.get(version);
		if (found !== undefined) this.keep(version, found);
		return found;
	}

	keep(version: string, thing: Thing): void {
		this.things.delete(version);
		this.things.set(version, thing);
		const [oldest] = this.things.keys();
		if (this.things.size > this.most && oldest !== undefined) this.things.delete(oldest);
	}

	versions(): string[] {
		return [...this.things.keys()];
	}
}
