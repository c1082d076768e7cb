import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { CompiledSchedule, Hours, ScheduleDefinition, Years } from '../../../../src/sla';
import { yesOrNo } from '../../../shared/store/filters';
import { jsonObject } from '../../../shared/store/json';
import { asList, asText, textOf } from '../../../shared/values';
import type { Session } from '../operation';
import { HolidaySources } from './holidays';

const lastYear = 2101;

/** A schedule of which some holidays are known by the year, so that it is made for the years of a question. */
export class ScheduleSource {
	constructor(
		private readonly session: Session,
		/** What it is made of, as text: the same is made ready once in a run. */
		private readonly key: string,
		private readonly define: (years: Years) => Promise<unknown>,
		private readonly isYearly: boolean,
	) {}

	/**
	 * Its time zone, after a look at whether it is a schedule at all: times of a zone that is none cannot be read.
	 *
	 * @throws SlaError `invalid_input` with every fault of the schedule
	 */
	async timezone(): Promise<string> {
		const nowMs = Date.now();
		return (await this.covering(nowMs, nowMs)).timezone;
	}

	/** The definition with the holidays of these years. */
	async definition(years: Years): Promise<unknown> {
		return await this.define(years);
	}

	/** Ready for questions on the time between two instants and the days around them. */
	async covering(fromMs: number, toMs: number): Promise<CompiledSchedule> {
		const { schedules, sla } = this.session;
		const years = yearsAround(fromMs, toMs);
		const key = this.isYearly ? `${this.key} ${years.from}-${years.to}` : this.key;
		const made =
			schedules.get(key) ??
			// What it is, is found out by reading it.
			this.define(years).then((definition) => sla.compileSchedule(definition as ScheduleDefinition));
		schedules.set(key, made);
		return await made;
	}

	/** The answer to a question that may lie years ahead: with the holidays of all years until it. */
	async settle(
		fromMs: number,
		question: (schedule: CompiledSchedule) => number,
	): Promise<{ schedule: CompiledSchedule; atMs: number }> {
		let knownUntilMs = fromMs;
		for (;;) {
			const schedule = await this.covering(fromMs, knownUntilMs);
			const atMs = question(schedule);
			if (!this.isYearly || yearOf(atMs) <= yearsAround(fromMs, knownUntilMs).to) return { schedule, atMs };
			knownUntilMs = atMs;
		}
	}
}

const yearOf = (ms: number): number => new Date(ms).getUTCFullYear();

/** A year more at both ends: a night may begin before, and zones differ. */
const yearsAround = (fromMs: number, toMs: number): Years => ({
	from: Math.max(1970, yearOf(Math.min(fromMs, toMs)) - 1),
	to: Math.min(lastYear - 1, yearOf(Math.max(fromMs, toMs)) + 1),
});

/** The schedule that was written down in the node. @throws NodeOperationError, SlaError `invalid_input` */
export function writtenSource(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
	from: 'scheduleFrom' | 'definitionFrom',
): ScheduleSource {
	const how: unknown = context.getNodeParameter(from, itemIndex);
	if (how === 'json') {
		const given = context.getNodeParameter('definition', itemIndex);
		const definition = jsonObject(context, itemIndex, 'Definition', given);
		return new ScheduleSource(session, JSON.stringify(definition), () => Promise.resolve(definition), false);
	}
	const special = context.getNodeParameter('specialDays', itemIndex, {}) as IDataObject;
	const holidays = new HolidaySources(session.sla, special);
	const fixed = {
		timezone: textOf(context.getNodeParameter('timezone', itemIndex, '')) ?? context.getTimezone(),
		weekly: weeklyOf(session, context.getNodeParameter('hours', itemIndex, {})),
		shifts: session.sla.writtenDates(asText(special['shifts'])),
		breaks: session.sla.writtenDates(asText(special['breaks'])),
		always: 'always' in special && yesOrNo(context, itemIndex, 'Always Open', special['always']),
	};
	const define = async (years: Years) => ({ ...fixed, holidays: (await holidays.within(years)).holidays });
	return new ScheduleSource(session, JSON.stringify([fixed, special]), define, holidays.isYearly);
}

/** Days of several entries have the hours of all of them. */
function weeklyOf({ sla }: Session, given: unknown): Record<string, Hours> {
	const { entry = [] } = given as { entry?: IDataObject[] };
	const found: Record<string, Hours> = {};
	for (const { days, open } of entry) {
		const hours = sla.writtenHours(asText(open));
		for (const day of asList(days)) found[day] = [...(found[day] ?? []), ...hours];
	}
	return found;
}
