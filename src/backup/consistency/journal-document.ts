import { z } from 'zod';

import { lockHolderSchema } from '../lock-holder';

const line = z.string().max(1000);
const instant = z.iso.datetime();

/** What is done to a container, and how far that is. */
const containerRecord = z.object({
	id: line,
	name: line,
	project: line.optional(),
	service: line.optional(),
	action: z.enum(['stop', 'pause']),
	/** Its place in the order of starting; those with a smaller one go first. */
	level: z.number().int().min(0),
	/** Something that starts later waits until it is healthy. */
	awaitHealthy: z.boolean(),
	/** How long the engine may take to stop it. */
	graceSeconds: z.number(),
	/** Since when it may be stopped or paused; missing until then. Written before the engine is asked. */
	touchedAt: instant.optional(),
	/** The engine has said that it is done. */
	settled: z.boolean(),
	/** It was looked after: runs again, or is gone. */
	closed: z.boolean(),
});

const hookRecord = z.object({
	id: line,
	name: line,
	command: z.array(z.string()),
	timeoutSeconds: z.number(),
	user: line.optional(),
});

const runRecord = z.object({
	site: line,
	/** Of the run; no two are the same. */
	run: line,
	/** For people: where the containers are. */
	engine: line,
	holder: lockHolderSchema,
	since: instant,
	/** When the holder has last shown that it lives. */
	aliveAt: instant,
	/** The run has ended and could not bring everything back; whoever comes next tries again. */
	left: z.boolean(),
	containers: z.array(containerRecord),
	/** Programs that are still to run after the containers. */
	after: z.array(hookRecord),
});

/** Everything that runs have paused or stopped and not yet brought back. */
export const journalDocument = z.object({ version: z.literal(1), runs: z.array(runRecord) });

export type JournalDocument = z.infer<typeof journalDocument>;
export type RunRecord = z.infer<typeof runRecord>;
export type ContainerRecord = z.infer<typeof containerRecord>;
export type HookRecord = z.infer<typeof hookRecord>;
