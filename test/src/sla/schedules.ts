import { compileSchedule, SlaError, type CompiledSchedule, type ScheduleDefinition } from '../../../src/sla';

const day = [['09:00', '18:00']] as const;

/** Monday to Friday from nine to six in Moscow, as an accountant works there. */
export const officeHours: ScheduleDefinition = {
	timezone: 'Europe/Moscow',
	weekly: { mon: day, tue: day, wed: day, thu: day, fri: day },
};

export const everyDay = (...hours: [string, string][]): NonNullable<ScheduleDefinition['weekly']> =>
	Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((name) => [name, hours]));

/** Questions and answers as texts, so that a test reads as what is on the wall. */
export function asked(definition: ScheduleDefinition) {
	const schedule: CompiledSchedule = compileSchedule(definition);
	const text = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
	return {
		schedule,
		deadline: (start: string, minutes: number): string =>
			text(schedule.deadline(Date.parse(start), minutes * 60_000)),
		minutes: (start: string, end: string): number =>
			schedule.workingTime(Date.parse(start), Date.parse(end)) / 60_000,
		isOpen: (at: string): boolean => schedule.isOpen(Date.parse(at)),
		nextOpen: (at: string): string => text(schedule.nextOpen(Date.parse(at))),
		segments: (start: string, end: string): string[] =>
			schedule
				.segments(Date.parse(start), Date.parse(end))
				.map((segment) => `${text(segment.start)}/${text(segment.end)}`),
	};
}

/** The error that something throws. */
export function thrownBy(work: () => unknown): SlaError {
	try {
		work();
	} catch (thrown) {
		if (thrown instanceof SlaError) return thrown;
		throw thrown;
	}
	throw new Error('Nothing was thrown.');
}
