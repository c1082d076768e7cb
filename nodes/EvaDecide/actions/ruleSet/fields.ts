import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { ruleFields } from './rule.fields';

const part = (displayName: string, name: string, usual: number, description: string): INodeProperties => ({
	...{ displayName, name, type: 'number', default: usual, description },
	typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
});

const settings: INodeProperties[] = [
	part(
		'Ambiguity Margin',
		'margin',
		0.1,
		'Two candidates nearer to each other than this are ambiguous, and a person decides',
	),
	{
		displayName: 'Ask When Ambiguous',
		name: 'askTemplate',
		type: 'string',
		default: '',
		placeholder: 'e.g. which_one',
		description: 'Name of a template with which the client is asked, in place of a person who decides',
	},
	part('Confidence for Drafts', 'draft', 0.3, 'Below it nothing that a model wrote is kept'),
	part('Confidence for High Stakes', 'high', 0.8, 'What a model or an estimate must reach'),
	part('Confidence for Low Stakes', 'low', 0.4, 'What a model or an estimate must reach'),
	part('Confidence for Standard Stakes', 'standard', 0.6, 'What a model or an estimate must reach'),
	{
		displayName: 'Model May Decide To',
		name: 'modelOutcomes',
		type: 'multiOptions',
		options: [
			{ name: 'Defer', value: 'defer' },
			{ name: 'Escalate', value: 'escalate' },
			{ name: 'Reply', value: 'reply' },
			{ name: 'Route', value: 'route' },
		],
		default: ['reply', 'escalate', 'route'],
		description: 'Where no rule decides. Ignoring a message is for rules alone.',
	},
	{
		displayName: 'Model May Link To',
		name: 'modelLinks',
		type: 'string',
		default: '',
		placeholder: 'e.g. example.com',
		description: 'Hosts, separated by commas: an answer of a model that links elsewhere goes to a person',
	},
	{
		displayName: 'Most Automatic Replies',
		name: 'mostAutomaticReplies',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 1000 },
		default: 5,
		description: 'So many within an hour, and then a person takes over',
	},
	{
		displayName: 'Otherwise',
		name: 'otherwise',
		type: 'options',
		options: [
			{ name: 'Escalate', value: 'escalate' },
			{ name: 'Route', value: 'route' },
		],
		default: 'escalate',
		description: 'What is done where no rule decides and no model can',
	},
	{
		displayName: 'Otherwise to Team',
		name: 'otherwiseTeam',
		type: 'string',
		default: '',
		placeholder: 'e.g. accountants',
	},
	{
		displayName: 'Own Facts',
		name: 'facts',
		type: 'json',
		default: '{}',
		description: 'Facts of your own with their types, such as {"crm.plan": "string"}',
	},
];

const chatCompany: INodePropertyOptions = {
	name: 'Chat Company (Shipped)',
	value: 'chatCompany',
	description: 'Answers clear questions itself, and calls a person for urgent complaints',
};
const helpDesk: INodePropertyOptions = {
	name: 'Help Desk (Shipped)',
	value: 'helpDesk',
	description: 'People answer; only thanks, greetings and spam of strangers are left alone',
};
const inFields: INodePropertyOptions = { name: 'Using Fields Below', value: 'fields' };
const inJson: INodePropertyOptions = { name: 'Using JSON', value: 'json' };
const stored: INodePropertyOptions = {
	name: 'From the Store',
	value: 'store',
	description: 'The version that was activated there',
};
const written = [chatCompany, helpDesk, inFields, inJson];
const all = [chatCompany, stored, helpDesk, inFields, inJson];

const example = `{
  "rules": [
    {
      "id": "vip",
      "when": {
        "conditions": [
          { "leftValue": "sender.isVip", "operator": { "type": "boolean", "operation": "true" } }
        ]
      },
      "outcome": "escalate",
      "reason": "the sender is a VIP"
    }
  ]
}`;

/** Where the rules stand, and the rules that are written in the node. */
export const ruleSetFields = (mayBeStored: boolean): INodeProperties[] => [
	{
		displayName: 'Rules',
		name: 'rulesFrom',
		type: 'options',
		noDataExpression: true,
		options: mayBeStored ? all : written,
		default: 'helpDesk',
		description: 'What is decided by. The shipped rules are a beginning: adapt them to your desk.',
	},
	{
		displayName:
			'On the left of a condition stands a fact: {{ $json.message.text }}, {{ $json.message.category }}, {{ $json.sender.isVip }}, {{ $json.time.isWorkingHours }} … <a href="https://github.com/n8n-nodes-opsdesk/n8n-nodes-opsdesk/blob/main/docs/decide.md#facts" target="_blank">All facts</a>',
		name: 'factsNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { rulesFrom: ['fields'] } },
	},
	{
		displayName: 'Rule',
		name: 'rules',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Rule',
		default: {},
		description: 'The first rule that holds and names an outcome decides',
		options: [{ displayName: 'Rule', name: 'rule', values: ruleFields }],
		displayOptions: { show: { rulesFrom: ['fields'] } },
	},
	{
		displayName: 'Rule Set',
		name: 'rulesJson',
		type: 'json',
		typeOptions: { rows: 8 },
		default: example,
		required: true,
		description: 'With all its settings, as the documentation of decisions tells',
		displayOptions: { show: { rulesFrom: ['json'] } },
	},
	{
		displayName: 'Rule Set Settings',
		name: 'ruleSettings',
		type: 'collection',
		placeholder: 'Add setting',
		default: {},
		options: settings,
		displayOptions: { show: { rulesFrom: ['chatCompany', 'fields', 'helpDesk'] } },
	},
];
