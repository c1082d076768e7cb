import type { ReportedImage } from './images';
import type { UpdateWay } from './marks';

export interface UpdateOptions {
	/** Image to update to; the one the container was made from when absent. */
	image?: string | undefined;
	/** Ask the registry for the image first. Default true. */
	pull?: boolean | undefined;
	/** Chosen by what the container is when absent. */
	way?: UpdateWay | undefined;
	/** How long the new one may take to become healthy. Default 120. */
	healthTimeoutSeconds?: number | undefined;
	/** How long a new one without a health check has to run to count as well. Default 10. */
	settleSeconds?: number | undefined;
	/** How long the old one goes on with open connections once nobody finds it any more. Default 5. */
	drainSeconds?: number | undefined;
	/** Before the old one is killed; its own time when absent. */
	graceSeconds?: number | undefined;
	/** The name of a protected container, typed in full: it is updated all the same. */
	overrideProtection?: string | undefined;
	/** Check everything, change nothing. */
	dryRun?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

/** What an update has done. */
export interface UpdateResult {
	name: string;
	/** Whether a new container has taken the place; null in a dry run that cannot know it. */
	changed: boolean | null;
	/** Whether a new container was tried and taken away again. */
	rolledBack: boolean;
	/** Why it was rolled back, or why nothing was to be done. */
	reason: string | null;
	way: UpdateWay;
	/** What keeps it from being updated without a gap. */
	stopFirstBecause: string[];
	from: ReportedImage;
	to: ReportedImage;
	/** `none` means that it runs, and nobody verifies it; null when nothing was started. */
	health: 'healthy' | 'none' | null;
	/** From the stop of the old one until the new one was started, in milliseconds; 0 with start first. */
	gapMs: number | null;
	/** The last lines of a container that was rolled back. */
	log: string[];
	warnings: string[];
	durationMs: number;
	/** Of the container that has the name now. */
	id: string;
	dryRun?: true;
}
