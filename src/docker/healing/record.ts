import { z } from 'zod';

import { alertKinds } from './decision';

const instant = z.number().int();
const line = z.string().max(300);

const untold = z.object({
	/** Null for the end of the trouble. */
	alert: z.enum(alertKinds).nullable(),
	run: line,
	/** By then that run has told it, or never will. */
	until: instant,
});

/** Something that is told once, with the run that has it to tell. */
export type Untold = z.infer<typeof untold>;

const record = z.object({
	id: line,
	name: line,
	imageId: line,
	/** Of the last look, to see what has changed since. */
	startedAt: instant.nullable(),
	restartCount: z.number().int().min(0),
	/** Instants of our own restarts and starts that still count. */
	attempts: z.array(instant).max(1000),
	/** Restarts by the engine's own policy between two looks, as far as they still count. */
	engineRestarts: z.array(z.object({ at: instant, count: z.number().int().min(1) })).max(1000),
	/** Attempts since it last ran well for long enough; the exponent of the back-off. */
	failures: z.number().int().min(0),
	/** No attempt before this instant. */
	nextAttemptAt: instant.nullable(),
	/** Since when it has run well without a break. */
	wellSince: instant.nullable(),
	/** Since when it has not been well, until it has been so for long enough and people were told. */
	downSince: instant.nullable().default(null),
	/** An attempt that is being made now, and how long that can take. */
	pending: z.object({ run: line, until: instant }).nullable(),
	/** The end of the container that an attempt of our own has brought about, by the engine's clock. */
	endedByUs: instant.nullable(),
	/** The end that a person has brought about; the engine soon forgets who it was. */
	endedByPerson: instant.nullable().default(null),
	/** When the container whose network it shares was started that it was last restarted after, by the engine's clock. */
	followed: instant.nullable().default(null),
	quarantinedAt: instant.nullable(),
	/** Since it was let out of quarantine, or started anew, by somebody else. */
	releasedAt: instant.nullable(),
	/** Alerts of the present trouble, so that each is given once. */
	told: z.array(line).max(50),
	/** An alert was given, and its end was not told yet. */
	open: z.boolean(),
	/** What was decided to be told, until the run that has it to tell has ended. */
	untold: z.array(untold).max(50).default([]),
});

/** What healing remembers of a container. */
export type HealRecord = z.infer<typeof record>;

/** Everything that healing remembers of one engine. */
export const recordDocument = z.object({ version: z.literal(1), records: z.array(record) });

/** @param of whom nothing is known yet */
export function newRecord(of: {
	id: string;
	name: string;
	imageId: string;
	startedAt: number | null;
	restartCount: number;
}): HealRecord {
	const { id, name, imageId, startedAt, restartCount } = of;
	return {
		...{ id, name, imageId, startedAt, restartCount },
		attempts: [],
		engineRestarts: [],
		failures: 0,
		nextAttemptAt: null,
		wellSince: null,
		downSince: null,
		pending: null,
		endedByUs: null,
		endedByPerson: null,
		followed: null,
		quarantinedAt: null,
		releasedAt: null,
		told: [],
		open: false,
		untold: [],
	};
}

/** Whether there is nothing in it that a look later could need. */
export function isBlank(known: HealRecord): boolean {
	const { attempts, engineRestarts, told, untold, failures, open } = known;
	const { pending, endedByUs, endedByPerson, followed, quarantinedAt, downSince } = known;
	const lists = attempts.length + engineRestarts.length + told.length + untold.length;
	const instants = [pending, endedByUs, endedByPerson, followed, quarantinedAt, downSince];
	return lists + failures === 0 && instants.every((one) => one === null) && !open;
}
