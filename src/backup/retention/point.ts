import { describeHold, type CatalogueEntry, type GenerationState } from '../catalogue/entries';

/** What the rules of retention see of a restore point. */
export interface RetentionPoint {
	id: string;
	/** When its run began. */
	startedAtMs: number;
	state: GenerationState;
	/** Whether a verification has proved it. */
	verified: boolean;
	/** Why it is not to be removed; only while that holds. */
	held?: string | undefined;
}

/** Newest first; those of one instant by their ids. */
export function byAge(a: RetentionPoint, b: RetentionPoint): number {
	return b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

/** What the rules of retention see of a restore point. */
export function retentionPointOf(entry: CatalogueEntry): RetentionPoint {
	const { id, startedAtMs, generation, verified, hold } = entry;
	return {
		id,
		startedAtMs,
		state: generation,
		verified: verified?.outcome === 'proved',
		held: hold && describeHold(hold),
	};
}
