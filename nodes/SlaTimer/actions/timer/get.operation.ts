import { optionsOf } from '../../../shared/fields';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import { optionsOfItem, type Operation } from '../operation';
import { forOperations, metric, metricOf, shownTimer, simplifyTimer } from './common';

export const get: Operation = {
	description: forOperations(['get'], [conversationLocator, metric, optionsOf([simplifyTimer])]),
	async execute(context, { sla, store }, itemIndex) {
		const promise = metricOf(context, itemIndex);
		const timer = await sla.getTimer(await store(), conversationName(context, itemIndex), promise);
		// Whoever asks wants an answer for each conversation, also for those that nobody waits in.
		if (timer === null) return [{ metric: promise, status: 'idle' }];
		return [shownTimer(timer, optionsOfItem(context, itemIndex))];
	},
};
