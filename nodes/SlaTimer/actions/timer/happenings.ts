import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { OutsideEvent } from '../../../../src/sla';
import { optionsOf } from '../../../shared/fields';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import { textOf } from '../../../shared/values';
import { optionsOfItem, type Operation } from '../operation';
import {
	by,
	byOf,
	forOperations,
	happenedAt,
	instantOf,
	metric,
	metricOf,
	shownChange,
	simplifyTimer,
} from './common';

const messageId: INodeProperties = {
	displayName: 'Message ID',
	name: 'messageId',
	type: 'string',
	default: '',
	description: 'The message that asks: told again, it starts nothing a second time',
};

const reason: INodeProperties = { displayName: 'Reason', name: 'reason', type: 'string', default: '' };

interface Happening {
	operation: string;
	fields: INodeProperties[];
	/** It keeps somebody from being told. */
	destructive?: boolean;
	eventOf(atMs: number, options: IDataObject): OutsideEvent;
}

/** Something that happens to the timer of a conversation; the same fields and answer for all of them. */
const happening = ({ operation, fields, destructive = false, eventOf }: Happening): Operation => ({
	description: forOperations(
		[operation],
		[
			conversationLocator,
			metric,
			optionsOf(
				[...fields, happenedAt, simplifyTimer].sort((one, other) =>
					one.displayName.localeCompare(other.displayName),
				),
			),
		],
	),
	destructive,
	async execute(context, { sla, store, signal }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const applied = await sla.applyToTimer(await store(), {
			conversation: conversationName(context, itemIndex),
			metric: metricOf(context, itemIndex),
			event: eventOf(instantOf(context, itemIndex, options['at']), options),
			...byOf(options),
			...(signal && { signal }),
		});
		return [shownChange(applied, options)];
	},
});

function given<Name extends string>(options: IDataObject, name: Name): Partial<Record<Name, string>> {
	const text = textOf(options[name]);
	return text === undefined ? {} : ({ [name]: text } as Record<Name, string>);
}

export const start = happening({
	operation: 'start',
	fields: [messageId],
	eventOf: (atMs, options) => ({ type: 'start', atMs, ...given(options, 'messageId') }),
});

export const stop = happening({
	operation: 'stop',
	fields: [by, reason],
	destructive: true,
	eventOf: (atMs, options) => ({ type: 'answer', atMs, ...given(options, 'reason') }),
});

export const pause = happening({
	operation: 'pause',
	fields: [],
	destructive: true,
	eventOf: (atMs) => ({ type: 'pause', atMs }),
});

export const resume = happening({
	operation: 'resume',
	fields: [],
	eventOf: (atMs) => ({ type: 'resume', atMs }),
});

export const cancel = happening({
	operation: 'cancel',
	fields: [by, reason],
	destructive: true,
	eventOf: (atMs, options) => ({ type: 'cancel', atMs, reason: textOf(options['reason']) ?? 'cancelled' }),
});

export const reopen = happening({
	operation: 'reopen',
	fields: [messageId, reason],
	eventOf: (atMs, options) => ({
		type: 'reopen',
		atMs,
		...given(options, 'messageId'),
		...given(options, 'reason'),
	}),
});
