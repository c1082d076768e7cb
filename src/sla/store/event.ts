import { z } from 'zod';

import { StoreError } from '../../store';
import { metrics, type Metric } from '../policy/definition';
import { timerStatuses, type TimerStatus } from '../timer/state';
import { conversationKinds, conversationStatuses, stepKinds, type ConversationFacts } from './answers';

const memberSchema = z.object({
	id: z.number(),
	name: z.string(),
	role: z.enum(['admin', 'manager', 'observer']),
	email: z.string().optional(),
	/** Their ids on the channels. */
	identities: z.array(z.object({ platform: z.string(), id: z.string() })),
});

/** Who is told of an event. */
export interface SlaTarget {
	/**
	 * As the policy names them: `assignee`, `team`, `duty`, `manager`, `admin`, `observer`, the e-mail of a member or
	 * `member:` with an id. Anything else is an address of your own and has no members; those of removed members are left
	 * out. `leaders` are admins and managers:
	 * they are told when the policy has named nobody who is there.
	 */
	recipient: string;
	members: Array<z.output<typeof memberSchema>>;
}

const targetsSchema = z.array(z.object({ recipient: z.string(), members: z.array(memberSchema) }));

/** Targets as a claim has given them, from where nobody has looked at them since. @returns undefined when they are none */
export function readTargets(value: unknown): readonly SlaTarget[] | undefined {
	const read = targetsSchema.safeParse(value);
	return read.success ? read.data : undefined;
}

interface Level {
	/** The same however often it is handed over; of each timer, cycle, kind and level there is one. */
	id: number;
	kind: (typeof stepKinds)[number];
	/** From 1 on, within its kind. */
	level: number;
	dueAt: string;
}

/** A warning, breach or escalation that is to be handed over. */
export interface SlaEvent extends Level {
	/** Whether it may have been handed over before: whoever had claimed it never said so. */
	redelivered: boolean;
	/** How often it was claimed, this time included. */
	attempts: number;
	/** Whether no escalation follows. */
	isLast: boolean;
	/** Earlier levels of the timer that are not told on their own any more, because this one was due as well. */
	superseded: Level[];
	timer: {
		id: number;
		metric: Metric;
		/** Now: an answer may have come since it was due. */
		status: TimerStatus;
		cycle: number;
		/** The message that has begun it. */
		messageId: string | null;
		startedAt: string;
		deadline: string | null;
		targetMinutes: number | null;
		/** Counted until this was due. */
		elapsedMinutes: number;
	};
	conversation: ConversationFacts;
	/** When this claim was made. */
	claimedAt: string;
	/** Until when nobody else is given it. */
	leaseUntil: string;
	/** Who is to be told, as it is now. */
	targets: readonly SlaTarget[];
}

/** Rows of columns: `{ id: [1, 2], … }` has two. Each name is sent once, and the database has them sooner. */
const rowsOf = (columns: Record<string, unknown[] | null>): Array<Record<string, unknown>> => {
	const rows = (columns['id'] ?? []).map((): Record<string, unknown> => ({}));
	for (const [name, values] of Object.entries(columns))
		for (const [index, row] of rows.entries()) row[name] = values?.[index];
	return rows;
};
const columns = z.record(z.string(), z.array(z.unknown()).nullable()).transform(rowsOf);

const eventRow = z.object({
	...{ id: z.number(), kind: z.enum(stepKinds), level: z.number(), dueAtMs: z.number() },
	...{ redelivered: z.boolean(), attempts: z.number(), isLast: z.boolean() },
	...{ timerId: z.number(), metric: z.enum(metrics), timerStatus: z.enum(timerStatuses) },
	...{ cycle: z.number(), messageId: z.string().nullable() },
	...{ startedAtMs: z.number(), deadlineMs: z.number().nullable() },
	...{ targetMs: z.number().nullable(), elapsedMs: z.number() },
	...{ conversationId: z.number(), account: z.number(), chatId: z.string() },
	...{ sort: z.enum(conversationKinds), title: z.string().nullable() },
	...{ status: z.enum(conversationStatuses), tier: z.string().nullable() },
	...{ assignee: z.number().nullable(), team: z.number().nullable() },
	/** Place in the list of those who are told. */
	targets: z.number(),
});
const supersededRow = z.object({
	/** The one that tells of it. */
	by: z.number(),
	...{ id: z.number(), kind: z.enum(stepKinds), level: z.number(), dueAtMs: z.number() },
});
const named = z
	.array(z.object({ id: z.number(), name: z.string() }))
	.nullable()
	.transform((rows) => new Map((rows ?? []).map((row) => [row.id, row])));

const foundSchema = z.object({
	events: columns.pipe(z.array(eventRow)),
	superseded: columns.pipe(z.array(supersededRow)),
	accounts: z.array(z.object({ id: z.number(), platform: z.string(), account: z.string() })),
	...{ assignees: named, teams: named },
	told: z.object({
		people: z.array(memberSchema),
		targets: z.array(z.array(z.object({ recipient: z.string(), members: z.array(z.number()) }))),
	}),
});

/** What the store answers to a claim. */
export const claimedSchema = z.object({
	found: foundSchema.nullable(),
	claimedAtMs: z.number(),
	leaseUntilMs: z.number(),
	nextDueAtMs: z.number().nullable(),
	clockMs: z.number(),
});

const instant = (ms: number): string => new Date(ms).toISOString();

/**
 * The events of an answer, each on its own.
 *
 * @throws StoreError `unexpected_answer` when it names an account that it does not tell of
 */
export function eventsOf({ found, ...claim }: z.output<typeof claimedSchema>): SlaEvent[] {
	if (found === null) return [];
	const accounts = new Map(found.accounts.map((row) => [row.id, row]));
	const superseded = new Map<number, Level[]>();
	for (const row of found.superseded)
		superseded.set(row.by, [...(superseded.get(row.by) ?? []), levelOf(row)]);
	const targets = targetsOf(found.told);
	const [claimedAt, leaseUntil] = [instant(claim.claimedAtMs), instant(claim.leaseUntilMs)];
	return found.events.map((row) => {
		const account = accounts.get(row.account);
		if (!account)
			throw new StoreError(
				'unexpected_answer',
				`The store names the account ${row.account} for an event and does not tell of it.`,
				'Install the schema of this version of the package (opsdesk schema apply).',
			);
		const assignee = row.assignee === null ? undefined : found.assignees.get(row.assignee);
		const team = row.team === null ? undefined : found.teams.get(row.team);
		return {
			...levelOf(row),
			...{ redelivered: row.redelivered, attempts: row.attempts, isLast: row.isLast },
			superseded: superseded.get(row.id) ?? [],
			timer: {
				...{ id: row.timerId, metric: row.metric, status: row.timerStatus },
				...{ cycle: row.cycle, messageId: row.messageId },
				startedAt: instant(row.startedAtMs),
				deadline: row.deadlineMs === null ? null : instant(row.deadlineMs),
				targetMinutes: row.targetMs === null ? null : row.targetMs / 60_000,
				elapsedMinutes: row.elapsedMs / 60_000,
			},
			conversation: {
				...{ id: row.conversationId, platform: account.platform, account: account.account },
				...{ chatId: row.chatId, kind: row.sort, ...(row.title !== null && { title: row.title }) },
				...{ status: row.status, ...(row.tier !== null && { tier: row.tier }) },
				...(assignee && { assignee }),
				...(team && { team }),
			},
			...{ claimedAt, leaseUntil, targets: targets[row.targets] ?? [] },
		};
	});
}

const levelOf = ({ id, kind, level, dueAtMs }: z.output<typeof supersededRow> | EventRow): Level => ({
	...{ id, kind, level, dueAt: instant(dueAtMs) },
});
type EventRow = z.output<typeof eventRow>;

function targetsOf({ people, targets }: z.output<typeof foundSchema>['told']): SlaTarget[][] {
	const byId = new Map(people.map((person) => [person.id, person]));
	return targets.map((list) =>
		list.map(({ recipient, members }) => ({
			recipient,
			members: members.flatMap((id) => byId.get(id) ?? []),
		})),
	);
}
