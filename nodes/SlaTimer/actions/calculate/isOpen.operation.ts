import { calculationFields, sourceOf } from '../definition/chosen';
import type { Operation } from '../operation';
import { both, forOperations, instant, instantOf } from './common';

export const isOpen: Operation = {
	description: forOperations(
		['isOpen'],
		[...calculationFields, instant('At', 'at', 'The instant to ask for')],
	),
	async execute(context, session, itemIndex) {
		const source = await sourceOf(context, session, itemIndex);
		const timezone = await source.timezone();
		const atMs = instantOf(context, session, itemIndex, 'at', timezone);
		const schedule = await source.covering(atMs, atMs);
		const open = schedule.isOpen(atMs);
		const [closure] = open ? [] : schedule.closures(atMs, atMs + 1);
		return [
			{
				...both(session, 'at', atMs, timezone),
				isOpen: open,
				...(closure && { closedBecause: closure.reason }),
				timezone,
			},
		];
	},
};
