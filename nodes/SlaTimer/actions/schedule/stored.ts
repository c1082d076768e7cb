import { forOperationsOf } from '../../../shared/fields';
import { limit, returnAll } from '../../../shared/limit';
import { itemsOf } from '../../../shared/store/pages';
import { scheduleLocator, scheduleNameOf } from '../locators';
import type { Operation } from '../operation';

const forOperations = forOperationsOf('schedule');

export const get: Operation = {
	description: forOperations(['get'], [scheduleLocator.property]),
	async execute(context, { sla, store }, itemIndex) {
		return [await sla.getSchedule(await store(), scheduleNameOf(context, itemIndex))];
	},
};

export const getMany: Operation = {
	description: forOperations(['getMany'], [returnAll, limit]),
	async execute(context, { sla, store }, itemIndex) {
		const own = await store();
		return await itemsOf(context, itemIndex, async (page) => await sla.getSchedules(own, page));
	},
};

export const remove: Operation = {
	description: forOperations(['delete'], [scheduleLocator.property]),
	destructive: true,
	async execute(context, { sla, store }, itemIndex) {
		return [await sla.deleteSchedule(await store(), scheduleNameOf(context, itemIndex))];
	},
};
