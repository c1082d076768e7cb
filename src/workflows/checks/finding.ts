import type { Workflow } from '../model';

/** One thing wrong with a workflow. */
export interface Finding {
	/** Name of the file without `.json`. */
	workflow: string;
	rule: string;
	/** Node the finding is about; missing when it is about the workflow as a whole. */
	node?: string;
	message: string;
	/** How to put it right. */
	remedy: string;
}

export interface CheckContext {
	/** Name of the file without `.json`. */
	key: string;
	workflow: Workflow;
	/** Ids of workflows that may be called, the workflow's own among them. */
	knownIds: ReadonlySet<string>;
	/** Version of this package. */
	packageVersion: string;
}

export interface Problem {
	node?: string;
	message: string;
	remedy: string;
}

/** A rule yields what is wrong; nothing when all is well. */
export interface Rule {
	name: string;
	check(context: CheckContext): Iterable<Problem>;
}
