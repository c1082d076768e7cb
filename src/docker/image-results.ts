import type { PullReport } from './pull';

/** All given conditions must hold. */
export interface ImageFilter {
	/** Name with tag, with `*` and `?`, e.g. `ghcr.io/shop/*`. */
	name?: string | undefined;
	/** `key` or `key=value`; all must be present. */
	labels?: string[] | undefined;
	/** Only those without, or only those with, a name with a tag. */
	dangling?: boolean | undefined;
	/** Only those from which a container was made, or only the others. */
	inUse?: boolean | undefined;
}

export interface PullResult extends Partial<PullReport> {
	/** Null in a dry run where only the registry could tell. */
	changed: boolean | null;
	name: string;
	id: string | null;
	/** What the name stood for before; null where the engine had none. */
	previousId: string | null;
	durationMs: number;
	dryRun?: true;
}

export interface TagResult {
	changed: boolean;
	name: string;
	id: string;
	/** The image that had this name before; null where none had. */
	previousId: string | null;
	dryRun?: true;
}

export interface RemoveImageResult {
	/** False when the engine had none. */
	changed: boolean;
	/** Whether the image itself is gone, and not only one of its names. */
	deleted: boolean;
	name: string;
	id: string | null;
	/** Names that are gone. */
	untagged: string[];
	/** Layers that are gone; null where the engine's answer did not come. */
	layersDeleted: number | null;
	dryRun?: true;
}
