import { z } from 'zod';

import { page, pageSchema, StoreError, type Page, type PageOptions, type Store } from '../../store';
import { parseSchedule, type ScheduleDefinition } from '../schedule/definition';
import type { Holiday } from '../holidays/holiday';
import { instantSchema } from './answers';
import { idField, nameField, scheduleName, valid, type ScheduleName } from './names';

const summarySchema = z.object({
	id: z.number(),
	name: z.string(),
	/** One more with each change of the definition. */
	version: z.number(),
	/** Whether it holds where no policy names another one. */
	isDefault: z.boolean(),
	timezone: z.string(),
	createdAt: instantSchema,
	updatedAt: instantSchema,
});
/** A working schedule without its hours and dates. */
export type ScheduleSummary = z.output<typeof summarySchema>;

/** As it was given; its readers check it. */
const definitionSchema = z.custom<ScheduleDefinition>((value) => typeof value === 'object' && value !== null);

const storedSchema = summarySchema.extend({ definition: definitionSchema });
export type StoredSchedule = z.output<typeof storedSchema>;

const savedSchema = z.object({
	id: z.number(),
	name: z.string(),
	version: z.number(),
	isDefault: z.boolean(),
	created: z.boolean(),
	/** Whether hours or dates are others than before. */
	changed: z.boolean(),
	/** Running and paused timers that were planned by it, or that count by it now: {@link recompute} plans them anew. */
	openTimers: z.number(),
});
export type SavedSchedule = z.output<typeof savedSchema>;

export interface ScheduleInput {
	name: string;
	definition: ScheduleDefinition;
	/** Whether it holds where no policy names another one; the former default is none any more. Default: as it is. */
	isDefault?: boolean;
	/** Of the one to change, to rename it. Default: the one of this name, which is made when there is none. */
	id?: number;
}

const inputSchema = z.strictObject({
	name: nameField,
	definition: z.unknown(),
	isDefault: z.boolean().optional(),
	id: idField.optional(),
});

/**
 * Makes a working schedule, or changes it. Timers that run keep their instants until {@link recompute}.
 *
 * @throws SlaError `invalid_input` with every fault of the definition; StoreError `not_found` for the id, `conflict` for
 * a name that another one has
 */
export async function saveSchedule(store: Store, input: ScheduleInput): Promise<SavedSchedule> {
	const saved = await save(store, input, undefined);
	if (saved) return saved;
	throw new StoreError('busy', `The schedule "${input.name}" is just being changed.`, 'Try again.');
}

/** @param version that was read: what was changed since then is not overwritten @returns undefined when it was */
async function save(
	store: Store,
	input: ScheduleInput,
	version: number | undefined,
): Promise<SavedSchedule | undefined> {
	const { name, isDefault, id } = valid('schedule', inputSchema, input);
	const { timezone } = parseSchedule(input.definition);
	const request = {
		...{ name, definition: input.definition, timezone },
		...(isDefault !== undefined && { isDefault }),
		...(id !== undefined && { scheduleId: id }),
		...(version !== undefined && { version }),
	};
	const answer = savedSchema.nullable();
	return (await store.call('save_schedule', request, { answer, repeatable: true })) ?? undefined;
}

/** With its definition. @throws StoreError `not_found` */
export async function getSchedule(store: Store, which: ScheduleName): Promise<StoredSchedule> {
	return await store.call('get_schedule', scheduleName(which), { answer: storedSchema, repeatable: true });
}

/** By their ids. @throws StoreError */
export async function getSchedules(store: Store, options: PageOptions = {}): Promise<Page<ScheduleSummary>> {
	return await page(store, 'get_schedules', {}, pageSchema(summarySchema), options);
}

/**
 * Removes a schedule; one that is not there is gone already.
 *
 * @throws StoreError `conflict` while a policy names it, or timers run by it
 */
export async function deleteSchedule(store: Store, which: ScheduleName): Promise<{ deleted: boolean }> {
	const answer = z.object({ deleted: z.boolean() });
	return await store.call('delete_schedule', scheduleName(which), { answer, repeatable: true });
}

export interface HolidayImport {
	schedule: ScheduleName;
	/** `2026-12-25`, or with a name; e.g. those of {@link publicHolidays} or {@link calendarHolidays}. */
	dates: readonly (string | Holiday)[];
}

/** How often a change of somebody else is waited for. */
const attempts = 5;

/**
 * Adds holidays to a schedule. A date that is there keeps its name, unless the new one brings one.
 *
 * @returns `added`: dates that were no holidays before
 * @throws SlaError `invalid_input` naming the date; StoreError `not_found`
 */
export async function importHolidays(
	store: Store,
	{ schedule, dates }: HolidayImport,
): Promise<SavedSchedule & { added: number }> {
	for (let attempt = 1; attempt <= attempts; attempt += 1) {
		const { id, name, version, definition } = await getSchedule(store, schedule);
		const before = byDate(definition.holidays ?? []);
		const after = new Map(before);
		for (const [date, said] of byDate(dates)) after.set(date, said ?? after.get(date));
		const holidays = [...after]
			.sort(([one], [other]) => (one < other ? -1 : 1))
			.map(([date, said]) => (said === undefined ? date : { date, name: said }));
		const saved = await save(store, { id, name, definition: { ...definition, holidays } }, version);
		if (saved) return { ...saved, added: after.size - before.size };
	}
	throw new StoreError('busy', 'The schedule is changed by others all the while.', 'Try again.');
}

function byDate(holidays: NonNullable<ScheduleDefinition['holidays']>): Map<string, string | undefined> {
	return new Map(
		holidays.map((one) => (typeof one === 'string' ? [one, undefined] : [one.date, one.name || undefined])),
	);
}
