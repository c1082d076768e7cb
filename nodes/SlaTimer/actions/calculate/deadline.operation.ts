import { optionsOf } from '../../../shared/fields';
import { calculationFields, sourceOf } from '../definition/chosen';
import { optionsOfItem, type Operation } from '../operation';
import { both, explain, forOperations, instant, instantOf } from './common';
import { durationFields, durationOf } from './duration';

export const deadline: Operation = {
	description: forOperations(
		['deadline'],
		[
			...calculationFields,
			instant('Start', 'start', 'When the time begins to count'),
			...durationFields,
			optionsOf([explain]),
		],
	),
	async execute(context, session, itemIndex) {
		const { sla } = session;
		const source = await sourceOf(context, session, itemIndex);
		const timezone = await source.timezone();
		const startMs = instantOf(context, session, itemIndex, 'start', timezone);
		const workingMs = durationOf(context, session, itemIndex);
		const { schedule, atMs } = await source.settle(startMs, (known) => known.deadline(startMs, workingMs));
		const explained = optionsOfItem(context, itemIndex)['explain'] === true;
		return [
			{
				...both(session, 'start', startMs, timezone),
				...both(session, 'deadline', atMs, timezone),
				...{ workingMs, workingMinutes: workingMs / 60_000, timezone },
				...(explained && {
					pieces: sla.tellExplanation(sla.explainElapsed(schedule, startMs, atMs), timezone).pieces,
				}),
			},
		];
	},
};
