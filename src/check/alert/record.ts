import { z } from 'zod';
import { levels } from './level';

const instant = z.number().int();
const line = z.string().max(500);
const level = z.enum(levels);

/** What a person can be told of a target. */
export const toldConditions = [...levels, 'flapping', 'unknown'] as const;
const toldCondition = z.enum(toldConditions);
export type ToldCondition = z.infer<typeof toldCondition>;

export const noticeKinds = ['firing', 'changed', 'reminder', 'resolved'] as const;

/** Results in a row, since when. */
const run = z.object({ count: z.number().int().min(1), since: instant });
export type Run = z.infer<typeof run>;

const word = z.object({ by: line, at: instant, until: instant.nullable(), note: line });
/** What a person has said of a trouble. */
export type PersonsWord = z.infer<typeof word>;

const aspects = z.array(z.string().max(60)).max(40).default([]);

export const alertRecord = z.object({
	/** What the thresholds have made of the results. */
	condition: level,
	/** The first of the results that led to it; the true beginning of a trouble and the true end of one. */
	since: instant,
	/** Of a trouble that goes on in stages, how far it has come; 0: none. */
	stage: z.number().int().min(0).default(0),
	/** Codes of all that is wrong. */
	aspects,
	/** Of a trouble, the worst so far. */
	worst: level,
	/** The last result, whatever the thresholds say. */
	last: z.object({
		at: instant,
		level: z.enum([...levels, 'unknown']),
		/** Before it was lowered to the severity of the check. */
		found: z.enum([...levels, 'unknown']),
		reason: line,
		message: line,
	}),
	/** What the last result that was not good has said, for messages about a trouble. */
	trouble: line,
	/** The last results that say something, oldest first. */
	recent: z.array(z.object({ at: instant, level })).max(100),
	/** Results in a row that are at least so bad. */
	bad: z.object({ warning: run.nullable(), critical: run.nullable() }),
	/** Results in a row that are better than the condition. */
	better: run.extend({ worst: level }).nullable(),
	/** Results in a row that say nothing. */
	blind: run.nullable(),
	/** How many in a row have said something since. */
	sighted: z.number().int().min(0),
	/** Since when nothing can be found out, for long enough to be told. */
	blindSince: instant.nullable(),
	flappingSince: instant.nullable(),
	/** When the last troubles began, oldest first. */
	raised: z.array(instant).max(10).default([]),
	/** What people are known to have been told last. */
	told: z.object({
		condition: toldCondition,
		since: instant,
		stage: z.number().int().min(0).default(0),
		aspects,
		at: instant,
		group: line,
	}),
	/** A notice that was handed out and has not reached everybody yet, as far as is known. */
	offered: z
		.object({
			id: line,
			group: line,
			kind: z.enum(noticeKinds),
			condition: toldCondition,
			since: instant,
			stage: z.number().int().min(0).default(0),
			aspects,
			at: instant,
			/** When it was handed out first, where that is not `at`. */
			first: instant.optional(),
			/** Unknown: nobody has said yet what became of it. */
			reached: z.enum(['unknown', 'some', 'none']),
			/** How often it was handed out. */
			times: z.number().int().min(1),
		})
		.nullable(),
	/** A trouble that somebody may have been told of, by a notice that did not reach everybody or nobody knows. */
	maybeTold: z.object({ since: instant, group: line }).nullable(),
	/** Somebody takes care: no reminders of this trouble. */
	acknowledged: word.nullable(),
	/** Nothing is told until then. */
	silenced: word.nullable(),
});

/** What is remembered of one target. Plain JSON. */
export type AlertRecord = z.infer<typeof alertRecord>;

export function newAlertRecord(at: number): AlertRecord {
	return {
		condition: 'ok',
		since: at,
		stage: 0,
		aspects: [],
		worst: 'ok',
		last: {
			...{ at, level: 'unknown', found: 'unknown' },
			...{ reason: 'not_checked', message: 'It was not checked yet.' },
		},
		trouble: '',
		recent: [],
		bad: { warning: null, critical: null },
		better: null,
		blind: null,
		sighted: 0,
		blindSince: null,
		flappingSince: null,
		raised: [],
		told: { condition: 'ok', since: at, stage: 0, aspects: [], at, group: '' },
		offered: null,
		maybeTold: null,
		acknowledged: null,
		silenced: null,
	};
}
