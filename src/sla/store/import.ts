import { createHash } from 'node:crypto';
import { z } from 'zod';

import { parseInput } from '../../shared';
import { StoreError, type Store } from '../../store';
import { SlaError } from '../errors';
import type { ScheduleDefinition } from '../schedule/definition';
import { valid } from './names';
import { resolveFor, savePolicy } from './policies';
import { saveSchedule } from './schedules';

/** Tables of a help desk on Telegram that say what is promised: hours of a chat, and its threshold. */
export const slaImportTables = ['working_schedules', 'chats'] as const;
export type SlaImportTable = (typeof slaImportTables)[number];

export interface SlaImportOptions {
	/** The bot that the chats are with, as they are stored. Default `default`. */
	account?: string;
	signal?: AbortSignal;
}

/** A row that was not taken over, and why. */
export interface SlaImportProblem {
	/** Of those given, from 1. */
	row: number;
	/** The column, where one is at fault. */
	field?: string;
	problem: string;
}

export interface SlaImported {
	rows: number;
	saved: number;
	problems: SlaImportProblem[];
}

/** Of PostgreSQL: an array, its JSON or `{1,2}`. */
const list = z.preprocess((value) => {
	if (typeof value !== 'string') return value ?? [];
	const inner = value.trim().replace(/^[[{]|[\]}]$/g, '');
	return inner === '' ? [] : inner.split(',').map((part) => part.trim().replace(/^"|"$/g, ''));
}, z.array(z.unknown()));

const chatId = z
	.union([z.string().min(1), z.bigint(), z.int()], {
		error: 'is no id; select it as text, for numbers lose their last digits',
	})
	.transform(String);

/** `09:00:00`, as PostgreSQL writes it. */
const timeOfDay = z
	.string({ error: 'is no time of day' })
	.regex(/^\d\d:\d\d(?::00(?:\.0+)?)?$/, 'must be a time of day in whole minutes, such as 09:00')
	.transform((text) => text.slice(0, 5));

/** A driver makes of a date the midnight of its own clock. */
const date = z
	.union([z.string().regex(/^\d{4}-\d\d-\d\d/), z.date()], { error: 'is no date' })
	.transform((value) =>
		typeof value === 'string'
			? value.slice(0, 10)
			: [value.getFullYear(), value.getMonth() + 1, value.getDate()]
					.map((part) => String(part).padStart(2, '0'))
					.join('-'),
	);

const scheduleRow = z.object({
	chat_id: chatId,
	timezone: z.string().default('Europe/Moscow'),
	/** 0 and 7 are both Sunday. */
	working_days: list.pipe(z.array(z.coerce.number().int().min(0).max(7), 'must be days from 0 to 7')),
	working_hours_start: timeOfDay,
	working_hours_end: timeOfDay,
	holidays: list.pipe(z.array(date)),
});

const flag = z.preprocess(
	(value) => (typeof value === 'string' ? ['t', 'true', '1', 'yes'].includes(value.toLowerCase()) : value),
	z.boolean(),
);

const chatRow = z.object({
	chat_id: chatId,
	sla_threshold_minutes: z.coerce.number().positive('must be more than 0').nullish(),
	monitoring_enabled: flag.nullish(),
});

/**
 * Takes over the working hours and thresholds of a help desk, chat by chat. The chats are to be imported before; chats with
 * the same hours share a schedule. Importing again changes nothing.
 *
 * @param rows as a database or a file gives them; `chat_id` is the id on Telegram, as text
 * @returns `problems` lists the rows that were not taken over
 * @throws SlaError `invalid_input` for another table; StoreError when the store cannot be asked
 */
export async function importSlaRows(
	store: Store,
	table: SlaImportTable,
	rows: readonly object[],
	{ account = 'default', signal }: SlaImportOptions = {},
): Promise<SlaImported> {
	valid('table', z.enum(slaImportTables, `must be ${slaImportTables.join(' or ')}`), table);
	const take = table === 'chats' ? takeChat : takeSchedule;
	const problems: SlaImportProblem[] = [];
	for (const [index, row] of rows.entries()) {
		signal?.throwIfAborted();
		const found = await attempt(() => take(store, row, account));
		problems.push(...found.map((problem) => ({ row: index + 1, ...problem })));
	}
	const failed = new Set(problems.map(({ row }) => row)).size;
	return { rows: rows.length, saved: rows.length - failed, problems };
}

type Problem = Omit<SlaImportProblem, 'row'>;

/** What is wrong with one row does not keep the others from being taken over. */
async function attempt(work: () => Promise<Problem[]>): Promise<Problem[]> {
	try {
		return await work();
	} catch (thrown) {
		if (thrown instanceof SlaError) return [{ problem: thrown.message }];
		const isOfRow = thrown instanceof StoreError && ['not_found', 'conflict'].includes(thrown.code);
		if (isOfRow) return [{ field: 'chat_id', problem: thrown.message }];
		throw thrown;
	}
}

async function takeSchedule(store: Store, row: object, account: string): Promise<Problem[]> {
	const parsed = parseInput(scheduleRow, row);
	if (!parsed.ok) return parsed.faults;
	const { chat_id, timezone, working_days, working_hours_start, working_hours_end, holidays } = parsed.value;
	const days = [...new Set(working_days.map((day) => (day === 0 ? 7 : day)))].sort(
		(one, other) => one - other,
	);
	const definition: ScheduleDefinition = {
		timezone,
		weekly: Object.fromEntries(days.map((day) => [day, [[working_hours_start, working_hours_end]]])),
		holidays: [...new Set(holidays)].sort(),
	};
	const digest = createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 8);
	const name = `${timezone} ${days.join('')} ${working_hours_start}–${working_hours_end} (${digest})`;
	const chat = ofChat(chat_id, account);
	// Hours of a chat that is not there would be nobody's.
	await resolveFor(store, chat.key);
	const { id } = await saveSchedule(store, { name, definition });
	await savePolicy(store, { ...chat, schedule: { id } });
	return [];
}

async function takeChat(store: Store, row: object, account: string): Promise<Problem[]> {
	const parsed = parseInput(chatRow, row);
	if (!parsed.ok) return parsed.faults;
	const { chat_id, sla_threshold_minutes: minutes, monitoring_enabled: monitored } = parsed.value;
	await savePolicy(store, {
		...ofChat(chat_id, account),
		...(typeof minutes === 'number' && {
			policy: { targetMinutes: { firstResponse: minutes, nextResponse: minutes } },
		}),
		...(typeof monitored === 'boolean' && { monitored }),
	});
	return [];
}

const ofChat = (chatIdOfRow: string, account: string) =>
	({ layer: 'chat', key: { platform: 'telegram', account, chatId: chatIdOfRow } }) as const;
