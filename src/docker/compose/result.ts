import type { UpdateResult } from '../update';
import type { Health } from '../summary';

/** A Compose project as its containers tell it; no Compose file is read. */
export interface ProjectSummary {
	name: string;
	/** `running` when all run, `partly running` when some do. */
	state: 'running' | 'partly running' | 'stopped';
	/** The worst of its containers; `none` when nobody checks any of them. */
	health: Health;
	services: string[];
	containers: number;
	running: number;
	/** Containers of the project that the credential does not cover; nothing is done to them. */
	notCovered: number;
	/** Where its Compose files were when it was made. */
	configFiles: string | null;
}

export interface ProjectContainer {
	name: string;
	service: string | null;
	state: string;
	health: Health;
	image: string;
	id: string;
}

export interface ProjectDetails extends ProjectSummary {
	/** Names of containers in the order of starting; those in one group need nothing of each other. */
	order: string[][];
	/** Names of containers that need each other: their order is broken. */
	circles: string[][];
	/** Services that others need and that have no container. */
	missing: string[];
	members: ProjectContainer[];
}

/** What became of one container of a project. */
export interface ProjectPart {
	name: string;
	service: string | null;
	outcome: 'changed' | 'unchanged' | 'failed' | 'rolled back' | 'skipped';
	/** Why it failed, was rolled back or skipped, or was left as it is. */
	reason: string | null;
	state: string;
	durationMs: number;
	/** Of an update. */
	update?: UpdateResult;
}

export interface ProjectResult {
	name: string;
	action: 'start' | 'stop' | 'restart' | 'update';
	changed: boolean;
	/** Whether every container is as asked for. */
	complete: boolean;
	/** In the order in which they were taken. */
	parts: ProjectPart[];
	order: string[][];
	circles: string[][];
	missing: string[];
	warnings: string[];
	durationMs: number;
	dryRun?: true;
}
