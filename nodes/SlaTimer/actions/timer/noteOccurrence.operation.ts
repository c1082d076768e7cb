import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { OpsdeskError } from '../../../../src/shared';
import type { AuthorRole, MessageCategory, Occurrence, TimerRules } from '../../../../src/sla';
import { optionsOf } from '../../../shared/fields';
import { conversationLocator, conversationName } from '../../../shared/store/locators';
import { asList, asText } from '../../../shared/values';
import { optionsOfItem, type Operation, type Session } from '../operation';
import { by, byOf, forOperations, happenedAt, instantOf, shownChange, simplifyTimer } from './common';

const authors = [
	{ name: 'Admin', value: 'admin' },
	{ name: 'Agent', value: 'agent' },
	{ name: 'Assignee', value: 'assignee' },
	{ name: 'Bot', value: 'bot' },
	{ name: 'Client', value: 'client' },
	{ name: 'Manager', value: 'manager' },
	{ name: 'Observer', value: 'observer' },
	{ name: 'System', value: 'system' },
] as const satisfies readonly { name: string; value: AuthorRole }[];

const categories = [
	{ name: 'Clarification', value: 'CLARIFICATION' },
	{ name: 'Gratitude', value: 'GRATITUDE' },
	{ name: 'Request', value: 'REQUEST' },
	{ name: 'Spam', value: 'SPAM' },
] as const satisfies readonly { name: string; value: MessageCategory }[];

const fields: INodeProperties[] = [
	{
		displayName: 'Occurrence',
		name: 'occurrence',
		type: 'options',
		options: [
			{ name: 'Message', value: 'message', description: 'Somebody has written' },
			{ name: 'Message Deleted', value: 'delete' },
			{ name: 'Message Edited', value: 'edit', description: 'Changes no start' },
			{ name: 'Status Changed', value: 'status', description: 'Of the conversation' },
		],
		default: 'message',
		description: 'What has happened in the conversation',
	},
	{
		displayName: 'Message ID',
		name: 'messageId',
		type: 'string',
		default: '',
		required: true,
		description: 'On its platform: told again, it starts nothing a second time',
		displayOptions: { show: { occurrence: ['message', 'delete', 'edit'] } },
	},
	{
		displayName: 'Author',
		name: 'author',
		type: 'options',
		options: [...authors],
		default: 'client',
		description: 'Messages of clients start timers; those of people of the team are answers',
		displayOptions: { show: { occurrence: ['message'] } },
	},
	{
		displayName: 'Category',
		name: 'category',
		type: 'options',
		options: [...categories],
		default: 'REQUEST',
		description: 'Only requests start timers',
		displayOptions: { show: { occurrence: ['message'] } },
	},
	{
		displayName: 'Status',
		name: 'status',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. waiting_for_client',
		description: 'At waiting_for_client timers pause, at closed and answered nothing is owed any more',
		displayOptions: { show: { occurrence: ['status'] } },
	},
];

const answeredBy: INodeProperties = {
	displayName: 'Answered By',
	name: 'answeredBy',
	type: 'multiOptions',
	options: [...authors],
	default: ['assignee', 'agent', 'manager', 'admin'],
	description: 'Whose messages are an answer; a bot’s are none unless it is chosen here',
};

const startedByCategories: INodeProperties = {
	displayName: 'Started by Categories',
	name: 'startedByCategories',
	type: 'multiOptions',
	options: [...categories],
	default: ['REQUEST'],
};

export const noteOccurrence: Operation = {
	description: forOperations(
		['noteOccurrence'],
		[
			conversationLocator,
			...fields,
			optionsOf([answeredBy, by, happenedAt, simplifyTimer, startedByCategories]),
		],
	),
	// An answer keeps somebody from being told.
	destructive: true,
	async execute(context, session, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const atMs = instantOf(context, itemIndex, options['at']);
		const text = (name: string): string => asText(context.getNodeParameter(name, itemIndex, ''));
		const applied = await session.sla.noteOccurrence(
			await session.store(),
			conversationName(context, itemIndex),
			occurrenceOf(text, atMs),
			{
				rules: rulesOf(session, options),
				...byOf(options),
				...(session.signal && { signal: session.signal }),
			},
		);
		return applied.map((one) => shownChange(one, options));
	},
};

/** @throws OpsdeskError `invalid_input` naming the field */
function occurrenceOf(text: (name: string) => string, atMs: number): Occurrence {
	const type = text('occurrence');
	if (type === 'status') return { type, atMs, status: given(text, 'status', 'Status') };
	const messageId = given(text, 'messageId', 'Message ID');
	if (type === 'edit' || type === 'delete') return { type, atMs, messageId };
	const author = oneOf('Author', authors, text('author'));
	return {
		type: 'message',
		atMs,
		messageId,
		author,
		category: oneOf('Category', categories, text('category')),
	};
}

function given(text: (name: string) => string, name: string, field: string): string {
	const value = text(name);
	if (value !== '') return value;
	throw new OpsdeskError(
		'invalid_input',
		`"${field}" is empty.`,
		'See what the expression in that field gives for this item.',
	);
}

function oneOf<Value extends string>(field: string, known: readonly { value: Value }[], said: string): Value {
	const found = known.find(({ value }) => value.toLowerCase() === said.toLowerCase());
	if (found) return found.value;
	throw new OpsdeskError(
		'invalid_input',
		`"${field}" is none of those that are known: ${said.slice(0, 60)}`,
		`Use one of ${known.map(({ value }) => value).join(', ')}.`,
	);
}

function rulesOf({ sla }: Session, options: IDataObject): TimerRules {
	const answering = 'answeredBy' in options && asList(options['answeredBy']);
	const started = 'startedByCategories' in options && asList(options['startedByCategories']);
	const usual = sla.defaultRules;
	return {
		...usual,
		...(answering && { answeredBy: answering.map((said) => oneOf('Answered By', authors, said)) }),
		...(started && {
			startedBy: {
				...usual.startedBy,
				categories: started.map((said) => oneOf('Started by Categories', categories, said)),
			},
		}),
	};
}
