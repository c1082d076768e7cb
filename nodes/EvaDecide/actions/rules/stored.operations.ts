import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { limit, returnAll } from '../../../shared/limit';
import { itemsOf } from '../../../shared/store/pages';
import { asText, textOf } from '../../../shared/values';
import { text, textsOf, yes, yesesOf } from '../fields';
import { optionsOfItem, type Operation } from '../operation';
import { ruleSetFields } from '../ruleSet/fields';
import { writtenRuleSet } from '../ruleSet/written';

const forOperations = forOperationsOf('rules');

export const save: Operation = {
	description: forOperations(
		['save'],
		[
			...ruleSetFields(false),
			optionsOf([
				{ ...yes('Activate', 'activate', 'Whether messages are decided by it from now on'), default: false },
				text('Note', 'note', { description: 'Why it was changed, for who reads the list of versions' }),
			]),
		],
	),
	// It decides what is answered, and what is left alone.
	destructive: true,
	async execute(context, { decide, store, signal }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const set = writtenRuleSet(context, decide, itemIndex) ?? {};
		return [
			await decide.saveRules(await store(), set, {
				...yesesOf(context, itemIndex, options, { activate: 'Activate' }),
				...textsOf(options, 'note'),
				...(signal && { signal }),
			}),
		];
	},
};

export const get: Operation = {
	description: forOperations(
		['get'],
		[text('Version', 'version', { description: 'As Get Versions gives it. Empty: the active one.' })],
	),
	async execute(context, { decide, store }, itemIndex) {
		const version = textOf(context.getNodeParameter('version', itemIndex, ''));
		return [await decide.getRules(await store(), version === undefined ? {} : { version })];
	},
};

export const getVersions: Operation = {
	description: forOperations(['getVersions'], [returnAll, limit]),
	async execute(context, { decide, store }, itemIndex) {
		const own = await store();
		return await itemsOf(context, itemIndex, async (page) => await decide.getRuleVersions(own, page));
	},
};

export const activate: Operation = {
	description: forOperations(
		['activate'],
		[text('Version', 'version', { required: true, description: 'As Get Versions gives it' })],
	),
	destructive: true,
	async execute(context, { decide, store }, itemIndex) {
		return [
			await decide.activateRules(await store(), asText(context.getNodeParameter('version', itemIndex))),
		];
	},
};
