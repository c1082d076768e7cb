/** What a prune is about, in the order in which it goes. */
export const pruneKinds = ['container', 'image', 'network', 'volume', 'buildCache'] as const;
export type PruneKind = (typeof pruneKinds)[number];

export interface PruneRules {
	/** Containers that do not run. */
	containers: boolean;
	/** Those without a name, or all that no container was made from. */
	images: 'none' | 'dangling' | 'unused';
	networks: boolean;
	/** Never unless asked for: those that nobody gave a name, or all that no container has. */
	volumes: 'none' | 'anonymous' | 'all';
	buildCache: boolean;
	/** What is younger stays: a container since it ended, an image since it came, the rest since it was made or used. */
	olderThanHours: number;
	/** Whether a stopped container with a restart policy goes too: somebody has stopped it, and may want it again. */
	services: boolean;
	/** Names with `*` and `?` that stay. */
	keep: readonly string[];
	/** Containers that stay because somebody else works with them, by full id, or `*` for all. */
	holds: readonly { container: string; reason: string }[];
}

/** One thing, removed or to be removed. */
export interface PrunedThing {
	kind: PruneKind;
	name: string | null;
	/** What it takes at most; null where the engine does not tell. Images share layers with others. */
	sizeBytes: number | null;
	/** Why it may go. */
	reason: string;
	id: string;
}

/** One thing that nobody uses and that stays all the same. */
export interface KeptThing {
	kind: PruneKind;
	name: string | null;
	/** Why it stays. */
	reason: string;
	id: string;
}

export interface PlannedThing extends PrunedThing {
	/** Names of an image, which go one by one. */
	names?: string[];
	/** Of a volume: one of the same name that was made later is another one. */
	createdAt?: string | null;
}

export interface PrunePlan {
	/** In the order in which it is removed. */
	remove: PlannedThing[];
	keep: KeptThing[];
}

export interface PruneReport {
	/** Whether anything was removed, or would be. */
	changed: boolean;
	/** Sum of the sizes of what was removed: at most so much disk is free by it. */
	freedBytes: number;
	/** In a dry run, what would be removed. */
	removed: PrunedThing[];
	/** What has come into use or changed since it was looked at. */
	skipped: KeptThing[];
	failed: (KeptThing & { code: string; remedy: string })[];
	/** Unused, but kept by a rule. */
	kept: KeptThing[];
	dryRun?: true;
}

/** A thing that carries it is never pruned. */
export const keepLabel = 'opsdesk.keep';
