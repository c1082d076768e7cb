import { optionsOf } from '../../../shared/fields';
import { calculationFields, sourceOf } from '../definition/chosen';
import { optionsOfItem, type Operation } from '../operation';
import { both, explain, forOperations, instant, instantOf } from './common';

export const workingTime: Operation = {
	description: forOperations(
		['workingTime'],
		[
			...calculationFields,
			instant('Start', 'start', 'When the time begins'),
			instant('End', 'end', 'When it ends'),
			optionsOf([explain]),
		],
	),
	async execute(context, session, itemIndex) {
		const { sla } = session;
		const source = await sourceOf(context, session, itemIndex);
		const timezone = await source.timezone();
		const startMs = instantOf(context, session, itemIndex, 'start', timezone);
		const endMs = instantOf(context, session, itemIndex, 'end', timezone);
		const schedule = await source.covering(startMs, endMs);
		const workingMs = schedule.workingTime(startMs, endMs);
		const explained = optionsOfItem(context, itemIndex)['explain'] === true;
		return [
			{
				...both(session, 'start', startMs, timezone),
				...both(session, 'end', endMs, timezone),
				...{ workingMs, workingMinutes: workingMs / 60_000 },
				...{ calendarMs: Math.max(0, endMs - startMs), timezone },
				...(endMs < startMs && { warning: 'The end is before the start, so no time has passed.' }),
				...(explained && {
					pieces: sla.tellExplanation(sla.explainElapsed(schedule, startMs, endMs), timezone).pieces,
				}),
			},
		];
	},
};
