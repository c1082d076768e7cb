import { forOperationsOf, optionsOf } from '../../shared/fields';
import { holdId, liftedHold, placedBy } from './holds';
import type { Operation } from './operation';

/** The same in every resource that places holds. */
export function liftHoldOf(resource: string): Operation {
	return {
		description: forOperationsOf(resource)(['liftHold'], [holdId, optionsOf([placedBy])]),
		destructive: true,
		async execute(context, { store, chat }, itemIndex) {
			const { id, by } = liftedHold(context, itemIndex);
			return [await chat.liftHold(store, id, by)];
		},
	};
}
