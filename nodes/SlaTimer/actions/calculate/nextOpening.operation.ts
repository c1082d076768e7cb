import { calculationFields, sourceOf } from '../definition/chosen';
import type { Operation } from '../operation';
import { both, forOperations, instant, instantOf } from './common';

export const nextOpening: Operation = {
	description: forOperations(
		['nextOpening'],
		[...calculationFields, instant('After', 'after', 'The instant from which on to look')],
	),
	async execute(context, session, itemIndex) {
		const source = await sourceOf(context, session, itemIndex);
		const timezone = await source.timezone();
		const afterMs = instantOf(context, session, itemIndex, 'after', timezone);
		const { atMs } = await source.settle(afterMs, (schedule) => schedule.nextOpen(afterMs));
		return [
			{
				...both(session, 'after', afterMs, timezone),
				...both(session, 'nextOpening', atMs, timezone),
				...{ isOpen: atMs === afterMs, waitMs: atMs - afterMs, timezone },
			},
		];
	},
};
