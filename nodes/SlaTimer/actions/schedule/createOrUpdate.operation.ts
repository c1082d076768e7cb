import { wholeNumber } from '../../../../src/shared';
import type { ScheduleDefinition, ScheduleName } from '../../../../src/sla';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { yesOrNo } from '../../../shared/store/filters';
import { textOf } from '../../../shared/values';
import { definitionFields } from '../definition/fields';
import { writtenSource } from '../definition/source';
import { scheduleLocator, scheduleNameOf } from '../locators';
import { optionsOfItem, type Operation, type Session } from '../operation';

export const createOrUpdate: Operation = {
	description: forOperationsOf('schedule')(
		['createOrUpdate'],
		[
			scheduleLocator.forNew,
			...definitionFields,
			optionsOf([
				{
					displayName: 'Default',
					name: 'isDefault',
					type: 'boolean',
					default: true,
					description: 'Whether it holds where no policy names another one',
				},
				{
					displayName: 'Holiday Years',
					name: 'holidayYears',
					type: 'number',
					typeOptions: { minValue: 1, maxValue: 20 },
					default: 3,
					description: 'For how many years, from this one on, the holidays of a country or calendar are kept',
				},
				{ displayName: 'New Name', name: 'newName', type: 'string', default: '' },
			]),
		],
	),
	// A schedule that is never open lets every promise rest.
	destructive: true,
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const from = new Date().getUTCFullYear();
		const years = wholeNumber('Holiday Years', options['holidayYears'] ?? 3, 1, 20);
		const definition = await writtenSource(context, session, itemIndex, 'definitionFrom').definition({
			from,
			to: from + years - 1,
		});
		const { sla, store } = session;
		return [
			await sla.saveSchedule(await store(), {
				...(await namedOf(session, scheduleNameOf(context, itemIndex), textOf(options['newName']))),
				definition: definition as ScheduleDefinition,
				...('isDefault' in options && {
					isDefault: yesOrNo(context, itemIndex, 'Default', options['isDefault']),
				}),
			}),
		];
	},
};

/** One that is renamed, or named by its number, is found before. @throws StoreError `not_found` */
async function namedOf(
	{ sla, store }: Session,
	which: ScheduleName,
	newName: string | undefined,
): Promise<{ name: string; id?: number }> {
	if ('name' in which && newName === undefined) return { name: which.name };
	const { id, name } = await sla.getSchedule(await store(), which);
	return { id, name: newName ?? name };
}
