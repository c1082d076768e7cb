import type { INodeProperties } from 'n8n-workflow';

const text = (displayName: string, name: string, more: Partial<INodeProperties> = {}): INodeProperties => ({
	...{ displayName, name, type: 'string', default: '', ...more },
});

/** What a rule says beside its conditions and its outcome. */
const more: INodeProperties[] = [
	{
		displayName: 'Confidence',
		name: 'confidence',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
		default: 0.8,
		description:
			'How sure the rule is, where it is an estimate: below what the stakes ask for, a person decides',
	},
	text('Confidence From Fact', 'confidenceFact', {
		placeholder: 'e.g. message.categoryConfidence',
		description: 'The fact that says how sure the rule is',
	}),
	{
		displayName: 'Enabled',
		name: 'enabled',
		type: 'boolean',
		default: true,
		description: 'Whether the rule is tried at all',
	},
	text('Length', 'length', { placeholder: 'e.g. short', description: 'What a model is asked for' }),
	text('Notify', 'notify', {
		placeholder: 'e.g. admin, manager',
		description: 'Whom to tell besides, separated by commas',
	}),
	{
		displayName: 'Priority',
		name: 'priority',
		type: 'number',
		typeOptions: { minValue: -1000, maxValue: 1000 },
		default: 10,
		description: 'The greater comes first; among equals (0 by default) the order of the list counts',
	},
	text('Reason', 'reason', {
		placeholder: 'e.g. an unhappy customer with an urgent matter',
		description: 'For the people who read the decision',
	}),
	{
		displayName: 'Send',
		name: 'timing',
		type: 'options',
		options: [
			{ name: 'After a Delay', value: 'delayed' },
			{ name: 'At Once', value: 'immediate' },
			{ name: 'When the Desk Opens Next', value: 'nextOpening' },
		],
		default: 'nextOpening',
		description: 'When the answer is sent',
	},
	{
		displayName: 'Send After (Minutes)',
		name: 'delayMinutes',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 5,
		displayOptions: { show: { timing: ['delayed'] } },
	},
	{
		displayName: 'Stakes',
		name: 'stakes',
		type: 'options',
		options: [
			{ name: 'High', value: 'high' },
			{ name: 'Low', value: 'low' },
			{ name: 'Standard', value: 'standard' },
		],
		default: 'standard',
		description: 'What is at stake when the answer is wrong: the higher, the surer it must be',
	},
	text('Style', 'style', { placeholder: 'e.g. formal', description: 'What a model is asked for' }),
	{
		displayName: 'Then',
		name: 'then',
		type: 'options',
		options: [
			{ name: 'Continue', value: 'continue', description: 'Later rules may add what this one leaves open' },
			{ name: 'Stop', value: 'stop', description: 'Later rules add nothing' },
		],
		default: 'stop',
	},
	text('Tone', 'tone', { placeholder: 'e.g. empathetic', description: 'What a model is asked for' }),
	{
		displayName: 'Within (Minutes)',
		name: 'withinMinutes',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 15,
		description: 'Until then it has to be done',
	},
];

/** One rule of the list. */
export const ruleFields: INodeProperties[] = [
	text('Name', 'name', {
		placeholder: 'e.g. urgent_negative',
		description: 'What decisions call the rule',
	}),
	{
		displayName: 'Conditions',
		name: 'when',
		type: 'filter',
		default: {},
		placeholder: 'Add condition',
		// Text is compared as facts have it: in small letters. Types are converted, for the left side is the name of a fact.
		typeOptions: { filter: { caseSensitive: false, typeValidation: 'loose', version: 2 } },
		description: 'Without conditions the rule always holds',
	},
	{
		displayName: 'Outcome',
		name: 'outcome',
		type: 'options',
		options: [
			{ name: 'Defer', value: 'defer', description: 'It is looked at later' },
			{ name: 'Escalate', value: 'escalate', description: 'A person answers' },
			{ name: 'Ignore', value: 'ignore', description: 'It needs no answer' },
			{ name: 'None', value: 'none', description: 'The rule only adds to what others decide' },
			{
				name: 'Reply',
				value: 'reply',
				description: 'A template, an FAQ answer or a text of the model is sent',
			},
			{ name: 'Route', value: 'route', description: 'A team answers' },
		],
		default: 'escalate',
	},
	text('Team', 'team', {
		placeholder: 'e.g. accountants',
		displayOptions: { show: { outcome: ['escalate', 'none', 'route'] } },
	}),
	text('Template', 'template', {
		placeholder: 'e.g. opening_hours',
		description: 'Name of the text to send; beside Escalate it is what the client hears meanwhile',
		displayOptions: { hide: { outcome: ['ignore'] } },
	}),
	{
		displayName: 'More',
		name: 'more',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		options: more,
	},
];
