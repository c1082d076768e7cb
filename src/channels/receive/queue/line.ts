import type { Waiting } from './names';

interface Place {
	waiting: Waiting;
	isRunning: boolean;
}

/** What a queue holds as far as this process knows, first come first; who is being worked on keeps their place. */
export class Line {
	private readonly places = new Map<string, Place>();
	private ordered: Place[] | undefined = [];
	private last = 0;

	get size(): number {
		return this.places.size;
	}

	/** In their order. */
	get all(): readonly Place[] {
		return (this.ordered ??= [...this.places.values()].sort(
			(one, other) => one.waiting.sequence - other.waiting.sequence,
		));
	}

	/** Those that nobody works on, in their order. */
	get waiting(): Waiting[] {
		return this.all.flatMap(({ waiting, isRunning }) => (isRunning ? [] : [waiting]));
	}

	/** A place behind all others, which also a clock that is set back does not change. */
	reserve(): number {
		this.last = Math.max(this.last + 1, Date.now() * 1000);
		return this.last;
	}

	find(name: string): Readonly<Place> | undefined {
		return this.places.get(name);
	}

	isWaiting(name: string): boolean {
		return this.places.get(name)?.isRunning === false;
	}

	set(waiting: Waiting, isRunning = false): void {
		this.last = Math.max(this.last, waiting.sequence);
		const known = this.places.get(waiting.name);
		if (known?.waiting.sequence === waiting.sequence) {
			Object.assign(known, { waiting, isRunning });
			return;
		}
		this.places.set(waiting.name, { waiting, isRunning });
		this.ordered = undefined;
	}

	delete(name: string): void {
		if (this.places.delete(name)) this.ordered = undefined;
	}
}
