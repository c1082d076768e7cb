import { optionsOf } from '../../../shared/fields';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import { optionsOfItem, type Operation } from '../operation';
import { forOperations, metric, metricOf, shownTimer, simplifyTimer } from './common';

export const explain: Operation = {
	description: forOperations(['explain'], [conversationLocator, metric, optionsOf([simplifyTimer])]),
	async execute(context, { sla, store }, itemIndex) {
		const promise = metricOf(context, itemIndex);
		const found = await sla.explainStoredTimer(await store(), conversationName(context, itemIndex), promise);
		if (found === null) return [{ metric: promise, status: 'idle' }];
		const { timer, explanation, standing } = found;
		const { elapsedMs, targetMs, isBreached } = standing;
		return [
			{
				...{ elapsedMinutes: elapsedMs / 60_000, isBreached },
				targetMinutes: targetMs === null ? null : targetMs / 60_000,
				...sla.tellExplanation(explanation, context.getTimezone()),
				timer: shownTimer(timer, optionsOfItem(context, itemIndex)),
			},
		];
	},
};
