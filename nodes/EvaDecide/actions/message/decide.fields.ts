import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { botFields, fromItem, fromTelegram } from '../../../shared/message-item';
import { ruleSetFields } from '../ruleSet/fields';

const withStore = { displayOptions: { hide: { '/authentication': ['none'] } } };
const withoutStore = { displayOptions: { show: { '/authentication': ['none'] } } };

const known = `{
  "sender": { "isKnown": true, "isVip": false },
  "time": { "timezone": "Europe/Berlin", "isOpen": true },
  "consent": { "aiAnalysis": true }
}`;

const sources: INodePropertyOptions[] = [
	fromItem,
	fromTelegram,
	{ name: 'JSON', value: 'json', description: 'A message in its normal form' },
	{ name: 'Stored Message', value: 'stored', description: 'One of the store, by its ID there' },
	{ name: 'Text', value: 'text', description: 'A text alone, to try rules out; it needs no store' },
];

const options: INodeProperties[] = [
	{
		displayName: 'Decide Again',
		name: 'again',
		type: 'boolean',
		default: true,
		description: 'Whether to decide anew where a decision on this message was recorded already',
		...withStore,
	},
	{
		displayName: 'History (Hours)',
		name: 'historyHours',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 8760 },
		default: 168,
		description: 'How far back messages of the conversation count',
		...withStore,
	},
	{
		displayName: 'History (Messages)',
		name: 'historyMessages',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 500 },
		default: 50,
		description: 'How many messages of the conversation to look at',
		...withStore,
	},
	{
		displayName: 'Include Input',
		name: 'includeInput',
		type: 'boolean',
		default: true,
		description: 'Whether each item says under "input" what it came in with, as Carry Out needs it',
	},
	{
		displayName: 'Knowledge',
		name: 'knowledge',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: 'e.g. We answer on weekdays from 9 to 18. Invoices are sent on the first of the month.',
		description: 'What the model may say of the desk. Nothing of the message belongs here.',
	},
	{
		displayName: 'Languages',
		name: 'languages',
		type: 'string',
		default: 'ru, en',
		description: 'Codes of the languages that clients write, separated by commas',
	},
	{
		displayName: 'Model Budget (Tokens)',
		name: 'budgetTokens',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 500_000,
		description:
			'When so many are spent, an estimate, no model is asked. Without a store each process of n8n counts its own.',
	},
	{
		displayName: 'Model Budget Per',
		name: 'budgetPer',
		type: 'options',
		options: [
			{ name: 'Day', value: 'day' },
			{ name: 'Month', value: 'month' },
		],
		default: 'day',
	},
	{
		displayName: 'Model Deadline (Seconds)',
		name: 'deadlineSeconds',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 600 },
		default: 45,
		description: 'For all calls about one message together; then the rules decide',
	},
	{
		displayName: 'Model Timeout (Seconds)',
		name: 'timeoutSeconds',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 300 },
		default: 20,
		description: 'For one call',
	},
	{
		displayName: 'Own Facts',
		name: 'own',
		type: 'json',
		default: '{}',
		description: 'Values of facts that the rule set declares, such as {"crm.plan": "gold"}',
	},
	{
		displayName: 'Schedule',
		name: 'schedule',
		type: 'string',
		default: '',
		placeholder: 'e.g. Office',
		description: 'Name of the working hours; by default those that the conversation is promised an answer in',
		...withStore,
	},
	{
		displayName: 'Schedule Definition',
		name: 'scheduleDefinition',
		type: 'json',
		default: '{\n  "timezone": "Europe/Berlin",\n  "weekly": { "mon": [["09:00", "18:00"]] }\n}',
		description: 'The working hours, as the documentation of schedules tells',
		...withoutStore,
	},
	{
		displayName: 'Shadow',
		name: 'shadow',
		type: 'boolean',
		default: true,
		description:
			'Whether to try the decision out: the text moves to wouldSend, so that nothing behind this node sends it',
	},
	{
		displayName: 'Spam Model',
		name: 'spamModel',
		type: 'json',
		default: '{}',
		description: 'What a training gave, as JSON',
		...withoutStore,
	},
	{
		displayName: 'Teams',
		name: 'teams',
		type: 'string',
		default: '',
		placeholder: 'e.g. accountants, support',
		description: 'The teams there are, separated by commas: what is routed to others goes to a person',
		...withoutStore,
	},
	{
		displayName: 'Templates',
		name: 'templates',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Template',
		default: {},
		description: 'The texts that rules name',
		options: [
			{
				displayName: 'Template',
				name: 'template',
				values: [
					{ displayName: 'Name', name: 'name', type: 'string', default: '' },
					{ displayName: 'Text', name: 'text', type: 'string', typeOptions: { rows: 3 }, default: '' },
				],
			},
		],
		...withoutStore,
	},
	{
		displayName: 'What Is Known',
		name: 'known',
		type: 'json',
		typeOptions: { rows: 6 },
		default: known,
		description: 'Of the sender, the conversation, its history, the time and the consent, as facts for rules',
		...withoutStore,
	},
	{
		displayName: 'When Recording Fails',
		name: 'whenRecordingFails',
		type: 'options',
		options: [
			{
				name: 'Escalate',
				value: 'continue',
				description: 'The item goes to a person, with recorded: false and the reason',
			},
			{ name: 'Fail', value: 'fail', description: 'The item fails, and nothing is sent' },
		],
		default: 'fail',
		description: 'What to do when the store cannot be asked or keeps no decision',
		...withStore,
	},
];

/** The message, the rules, and what bounds them. */
export const decideFields: INodeProperties[] = [
	{
		displayName: 'Message From',
		name: 'messageFrom',
		type: 'options',
		noDataExpression: true,
		options: sources,
		default: 'item',
		description: 'What is decided on. With a store, the message has to be stored before.',
	},
	...botFields,
	{
		displayName: 'JSON',
		name: 'messageJson',
		type: 'json',
		default: '={{ $json }}',
		required: true,
		description: 'A message in its normal form',
		displayOptions: { show: { messageFrom: ['json'] } },
	},
	{
		displayName: 'Message ID',
		name: 'messageId',
		type: 'string',
		default: '={{ $json.id }}',
		required: true,
		description: 'The ID in the store, as Supabase Chat Store gives it',
		displayOptions: { show: { messageFrom: ['stored'] } },
	},
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		placeholder: 'e.g. When is my invoice due?',
		displayOptions: { show: { messageFrom: ['text'] } },
	},
	...ruleSetFields(true),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options,
	},
];
