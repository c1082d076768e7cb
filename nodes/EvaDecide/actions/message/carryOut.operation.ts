import type { IDataObject } from 'n8n-workflow';

import type { CarriedOut, DecidedInput, Severity } from '../../../../src/decide';
import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { textOf } from '../../../shared/values';
import { optionsOfItem, Routed, type Operation } from '../operation';

const severities: Severity[] = ['info', 'warning', 'critical'];

export const carryOut: Operation = {
	description: forOperationsOf('message')(
		['carryOut'],
		[
			{
				displayName:
					'Takes the items of Message: Decide, with Include Input switched on there, and uses what they say: nothing needs to be entered here',
				name: 'carryOutNotice',
				type: 'notice',
				default: '',
			},
			optionsOf([
				{
					displayName: 'Severity of Alerts',
					name: 'severity',
					type: 'options',
					options: [
						{ name: 'Critical', value: 'critical' },
						{ name: 'Info', value: 'info' },
						{ name: 'Warning', value: 'warning' },
					],
					default: 'warning',
					description:
						'Of those for people whom a rule names; that nobody has seen a message is critical always',
				},
			]),
		],
	),
	// The card repeats what was said in the conversation.
	forPeople: true,
	async execute(context, { decide, store }, itemIndex) {
		const { severity: chosen } = optionsOfItem(context, itemIndex);
		const severity = severities.find((one) => one === chosen) ?? 'warning';
		const item: IDataObject = context.getInputData()[itemIndex]?.json ?? {};
		// What is no decision is refused there, field by field.
		const done = await decide.carryOut(await store(), decidedOf(item) as DecidedInput, { severity });
		return outputOf(done);
	},
};

function decidedOf(item: IDataObject): object {
	const input = Object(item['input']) as IDataObject;
	return {
		...item,
		said: saidOf(Object(input['message']) as IDataObject),
		timers: input['timers'] !== false,
	};
}

function saidOf({ id, sentAt, editedAt, text, event }: IDataObject): object | undefined {
	const name = textOf(id);
	if (name === undefined) return undefined;
	// What an edit says was said then.
	const at = textOf(editedAt) ?? textOf(sentAt);
	const words = typeof text === 'string' ? text : '';
	return { id: name, ...(at !== undefined && { sentAt: at }), text: words, isEdit: event === 'edit' };
}

/** What was done, then each message for timers and each alert on an output of its own. */
function outputOf({ heard, alerts, card, answer, ...done }: CarriedOut): Routed[] {
	const waits = [card, answer].some((one) => one?.status === 'queued');
	const isRequest = heard?.category === 'REQUEST';
	return [
		new Routed({ routed: true, ...done, card, answer, waits }, 'done'),
		...(heard ? [new Routed(heard, isRequest ? 'request' : 'otherMessage')] : []),
		...alerts.map((alert) => new Routed(alert, 'alert')),
	];
}
