import { z } from 'zod';

import { metrics } from '../policy/definition';
import { timerStatuses, type TimerState } from '../timer/state';

/** ISO 8601 in UTC, as JavaScript writes it. */
export const instantSchema = z.string().transform((text) => new Date(text).toISOString());

const interval = z.object({ start: z.number(), end: z.number() });
export const stepKinds = ['warning', 'breach', 'escalation'] as const;
const stepKind = z.enum(stepKinds);
const reached = z.object({ kind: stepKind, level: z.number(), atMs: z.number() });

const cycle = z.object({
	number: z.number(),
	messageId: z.string().nullable(),
	startedAtMs: z.number(),
	pauses: z.array(interval),
	reached: z.array(reached),
	isExhausted: z.boolean(),
	endedAtMs: z.number().nullable(),
	reason: z.string().nullable(),
});

export const stateSchema: z.ZodType<TimerState> = z.object({
	metric: z.enum(metrics),
	status: z.enum(timerStatuses),
	pausedAtMs: z.number().nullable(),
	answeredAtMs: z.number().nullable(),
	cycle: cycle.nullable(),
	earlier: z.array(cycle),
});

/** A step as it is kept with its timer. */
export const plannedStepSchema = z.object({
	cycle: z.number(),
	kind: stepKind,
	/** From 1 on, within its kind. */
	level: z.number(),
	/** Milliseconds since 1970. */
	atMs: z.number(),
	/** Time that will have counted by then, by the clock of the policy. */
	elapsedMs: z.number(),
	notify: z.array(z.string()),
	/** Whether no escalation follows. */
	isLast: z.boolean(),
});
export type PlannedStep = z.output<typeof plannedStepSchema>;

const named = z.object({ id: z.number(), name: z.string() });

export const conversationKinds = ['private', 'group', 'channel'] as const;
export const conversationStatuses = ['active', 'assigned_human', 'closed'] as const;

/** What alerts and lists tell of a conversation. */
export const conversationFactsSchema = z.object({
	id: z.number(),
	platform: z.string(),
	/** Bot, page or number on the platform. */
	account: z.string(),
	/** The newest one, where the chat has had several; empty when it has none any more. */
	chatId: z.string(),
	kind: z.enum(conversationKinds),
	title: z.string().optional(),
	status: z.enum(conversationStatuses),
	tier: z.string().optional(),
	assignee: named.optional(),
	team: named.optional(),
});
export type ConversationFacts = z.output<typeof conversationFactsSchema>;

/** A timer as the store keeps it. */
export const storedTimerSchema = z.object({
	id: z.number(),
	/** Changes with everything that happens to the timer. */
	revision: z.number(),
	metric: z.enum(metrics),
	status: z.enum(timerStatuses),
	conversation: conversationFactsSchema,
	/** Number of the last cycle. Null, as the start, while nothing has begun: an answer came that nobody waited for. */
	cycle: z.number().nullable(),
	startedAt: instantSchema.nullable(),
	/** When it is breached. Null while it is paused, and when nothing is promised. */
	deadline: instantSchema.nullable(),
	endedAt: instantSchema.nullable(),
	/** When its conversation was closed, until that has ended the timer, which whoever reads it sees to. */
	closedAt: instantSchema.nullable(),
	/** The next warning, breach or escalation. */
	nextDueAt: instantSchema.nullable(),
	targetMinutes: z.number().nullable(),
	/** Whether the breach was recorded, or the answer came too late. */
	isBreached: z.boolean(),
	createdAt: instantSchema,
	/** By which it was planned; the id is null when the schedule is gone, or none was needed. */
	scheduleId: z.number().nullable(),
	scheduleVersion: z.number().nullable(),
	state: stateSchema,
	/** What is still to come, in order. */
	steps: z.array(plannedStepSchema),
});
export type StoredTimer = z.output<typeof storedTimerSchema>;
