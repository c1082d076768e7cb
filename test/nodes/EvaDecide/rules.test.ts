import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { NodeHelpers, type IDataObject, type INode, type INodeParameters } from 'n8n-workflow';

import { EvaDecide } from '../../../nodes/EvaDecide/EvaDecide.node';
import { factTypes } from '../../../src/decide';
import { chatModel, evaDecide, messageItem, says, type } from './eva-decide';

const eva = evaDecide();

const fact = (name: string) => `={{ $json.${name} }}`;
const condition = (
	leftValue: string,
	kind: string,
	operation: string,
	rightValue?: string | number,
): IDataObject => ({
	id: `${leftValue.replace(/[^\w.]/g, '')} ${operation}`,
	...{ leftValue, rightValue: rightValue ?? '' },
	operator: { type: kind, operation, ...(rightValue === undefined && { singleValue: true }) },
});
/** As the editor keeps a filter. */
const filter = (...conditions: IDataObject[]): IDataObject => ({
	...{ conditions, combinator: 'and' },
	options: { caseSensitive: false, leftValue: '', typeValidation: 'loose', version: 2 },
});

const inEditor: IDataObject = {
	rulesFrom: 'fields',
	rules: {
		rule: [
			{
				...{ name: 'urgent_negative', outcome: 'escalate', team: 'leads', template: 'sorry' },
				when: filter(
					condition('message.text', 'string', 'contains', 'Refund'),
					condition(fact('message.priority'), 'number', 'gte', 7),
					condition(fact('sender.isVip'), 'boolean', 'true'),
				),
				more: {
					...{ priority: 10, then: 'continue', stakes: 'high', withinMinutes: 5, tone: 'empathetic' },
					...{ notify: 'admin, manager', reason: 'an unhappy customer', timing: 'nextOpening' },
				},
			},
			{
				...{ name: 'Clear question', when: filter(condition(fact('message.isQuestion'), 'boolean', 'true')) },
				...{ outcome: 'reply', template: 'hours' },
				more: { confidenceFact: 'message.categoryConfidence', timing: 'delayed', delayMinutes: 3 },
			},
			{
				name: 'VIP',
				when: filter(condition('sender.isVip', 'boolean', 'true')),
				outcome: 'none',
				more: { tone: 'x' },
			},
			{
				name: 'Всё остальное',
				when: filter(condition('', 'string', 'equals', '')),
				outcome: 'defer',
				more: {},
			},
		],
	},
	ruleSettings: {
		...{ standard: 0.7, margin: 0.2, askTemplate: 'which', otherwise: 'route', otherwiseTeam: 'leads' },
		...{ mostAutomaticReplies: 3, modelLinks: 'example.com', facts: '{"crm.plan":"string"}' },
	},
};

const all = (...conditions: IDataObject[]) => filter(...conditions);
const asJson = {
	rules: [
		{
			...{ id: 'urgent_negative', outcome: 'escalate', team: 'leads', template: 'sorry' },
			when: all(
				condition('message.text', 'string', 'contains', 'Refund'),
				condition(fact('message.priority'), 'number', 'gte', 7),
				condition(fact('sender.isVip'), 'boolean', 'true'),
			),
			...{ priority: 10, then: 'continue', stakes: 'high', withinMinutes: 5, tone: 'empathetic' },
			...{ notify: ['admin', 'manager'], reason: 'an unhappy customer', timing: { kind: 'nextOpening' } },
		},
		{
			...{ id: 'clear_question', name: 'Clear question', outcome: 'reply', template: 'hours' },
			when: all(condition(fact('message.isQuestion'), 'boolean', 'true')),
			...{ confidence: { fact: 'message.categoryConfidence' }, timing: { kind: 'delayed', delayMinutes: 3 } },
		},
		{
			...{ id: 'vip', name: 'VIP', then: 'continue', tone: 'x' },
			when: all(condition('sender.isVip', 'boolean', 'true')),
		},
		{ id: 'rule_4', name: 'Всё остальное', outcome: 'defer', when: all() },
	],
	...{ thresholds: { standard: 0.7 }, ambiguity: { margin: 0.2, then: 'ask', template: 'which' } },
	...{ otherwise: { outcome: 'route', team: 'leads' }, mostAutomaticReplies: 3 },
	...{ modelLinks: ['example.com'], facts: { 'crm.plan': 'string' } },
};

const lint = async (parameters: IDataObject): Promise<IDataObject> => {
	const [item] = await eva.items({
		...{ authentication: 'none', resource: 'rules', operation: 'lint' },
		...parameters,
	});
	return item ?? {};
};
const json = (set: object): IDataObject => ({ rulesFrom: 'json', rulesJson: JSON.stringify(set) });

test('rules of the editor’s filter are the rules that their JSON is', async () => {
	const written = await lint(inEditor);
	expect(written).toMatchObject({ isUsable: true, errors: 0 });
	expect(written['ruleSet']).toEqual((await lint(json(asJson)))['ruleSet']);
});

test('names of another alphabet that leave the same of themselves are rules of their own', async () => {
	const rule = ['Жалоба VIP', 'Вопрос VIP', 'vip', 'Счёт'].map((name) => ({
		...{ name, when: filter(condition(fact('sender.isVip'), 'boolean', 'true')), outcome: 'escalate' },
	}));
	const { ruleSet, errors } = await lint({ rulesFrom: 'fields', rules: { rule } });
	expect(errors).toBe(0);
	expect(ruleSet).toMatchObject({ rules: ['vip_1', 'vip_2', 'vip', 'rule_4'].map((id) => ({ id })) });
});

test('a condition takes the fact by its name, whatever the item holds in a field of that name', async () => {
	const rules = {
		rules: {
			rule: [
				{ name: 'vip', when: filter(condition(fact('sender.isVip'), 'boolean', 'true')), outcome: 'ignore' },
			],
		},
	};
	const item = messageItem('When is it due?').map(({ json: event }) => ({
		json: { ...event, sender: { isVip: true } },
	}));
	const parameters = { authentication: 'none', rulesFrom: 'fields', ...rules };
	expect(await eva.decided(parameters, { input: item })).toMatchObject({ output: 'escalate' });
	const known = { options: { known: '{"sender":{"isVip":true}}' } };
	expect(await eva.decided({ ...parameters, ...known }, { input: item })).toMatchObject({
		...{ output: 'ignore', decision: { rule: 'vip', facts: { 'sender.isVip': true } } },
	});
});

test('the right side of a condition may be an expression, and is text whatever it says', async () => {
	const when = filter(condition('message.text', 'string', 'contains', '={{ $json.word }}'));
	const rules = { rules: { rule: [{ name: 'word', when, outcome: 'ignore' }] } };
	const [item] = messageItem('Say {{ 1 + 1 }} please');
	const input = [{ json: { ...item?.json, word: '{{ 1 + 1 }}' } }];
	expect(
		await eva.decided({ authentication: 'none', rulesFrom: 'fields', ...rules }, { input }),
	).toMatchObject({
		output: 'ignore',
	});
});

test('ED-10: an unknown fact and an unknown operator are refused by name, before anything is decided', async () => {
	const wrong = (leftValue: string, kind = 'string', operation = 'equals') => ({
		...{ authentication: 'none', rulesFrom: 'fields' },
		rules: {
			rule: [{ name: 'x', when: filter(condition(leftValue, kind, operation, 'a')), outcome: 'ignore' }],
		},
	});
	const refused = async (parameters: IDataObject) =>
		await eva.refusal(
			{ resource: 'message', operation: 'decide', ...parameters },
			{ input: messageItem('Hi') },
		);
	expect(await refused(wrong('message.mood'))).toMatch(
		/rules\.0\.when\.conditions\.0\.leftValue.*message\.mood/,
	);
	expect(await refused(wrong(fact('crm.plan')))).toMatch(/there is no fact "crm\.plan"/);
	expect(await refused(wrong('={{ 1 + 1 }}'))).toMatch(/there is no fact/);
	expect(await refused(wrong('message.text', 'string', 'sounds'))).toMatch(/no operator "string:sounds"/);
	expect(await refused({ authentication: 'none', rulesFrom: 'json', rulesJson: '[]' })).toMatch(
		/"Rule Set" is not an object/,
	);
});

test('lint tells conflicts, teams that are missing, and that the shipped rules are sound', async () => {
	const doubled = [
		{ id: 'one', outcome: 'ignore' },
		{ id: 'two', outcome: 'route', team: 'nobody' },
	];
	expect(await lint({ ...json({ rules: doubled }), options: { teams: 'leads' } })).toMatchObject({
		...{ isUsable: false, errors: 1, warnings: 1 },
		findings: [
			{ code: 'unknown_team', rule: 'two' },
			{ code: 'dead_rule', rule: 'two' },
		],
	});
	for (const rulesFrom of ['helpDesk', 'chatCompany'])
		expect(await lint({ rulesFrom })).toMatchObject({ isUsable: true, findings: [] });
});

test('the editor finds no fault in conditions whose left side is a fact in braces', () => {
	const { description } = new EvaDecide();
	const written = { resource: 'message', operation: 'decide', ...inEditor } as INodeParameters;
	const parameters = NodeHelpers.getNodeParameters(
		...([description.properties, written, true, false, null, description] as const),
	);
	const node: INode = {
		...{ id: 'eva', name: 'Eva', type, typeVersion: 1, position: [0, 0] },
		parameters: parameters ?? {},
	};
	const issues = NodeHelpers.getNodeParametersIssues(description.properties, node, description);
	expect(issues).toBeNull();
});

test('a failed item is an error of its own on Escalate, and on the error output where there is one', async () => {
	const input = [...messageItem('Thanks!'), { json: {} }];
	const parameters = { resource: 'message', operation: 'decide', authentication: 'none' };
	const run = await eva.run(parameters, { input, extra: { onError: 'continueRegularOutput' } });
	expect(run.output('Store').map((items) => items.length)).toEqual([0, 1, 0, 1, 0]);
	expect(run.output('Store')[1]?.[0]).toMatchObject({
		...{
			json: { error: expect.stringMatching(/Message 1 is not in the normal form/) },
			pairedItem: { item: 1 },
		},
	});
	const parted = await eva.run(parameters, { input, extra: { onError: 'continueErrorOutput' } });
	expect(parted.output('Store').map((items) => items.length)).toEqual([0, 0, 0, 1, 0, 1]);
	const failed = await eva.run(parameters, { input });
	expect(failed.error?.message).toMatch(/Message 1/);
});

test('what is no message of a client is refused with what to do', async () => {
	const parameters = { resource: 'message', operation: 'decide', authentication: 'none' };
	const own = { input: messageItem('Hello', { direction: 'outbound' }) };
	expect(await eva.refusal(parameters, own)).toMatch(/written by the desk itself.*inbound/);
	const gone = { event: 'delete', platform: 'telegram', id: '7', chat: { id: '4242' } };
	expect(await eva.refusal(parameters, { input: [{ json: gone }] })).toMatch(/taken back/);
	expect(await eva.refusal({ ...parameters, messageFrom: 'stored' })).toMatch(/needs the store.*Store/);
});

test('a model that uses the node gets the decision by rules alone, by one output', async () => {
	const model = chatModel(says('never'));
	const answer = await eva.asTool(
		{
			...{ resource: 'message', operation: 'decide', authentication: 'none', messageFrom: 'text' },
			text: 'Thanks!',
		},
		{ model: model.node },
	);
	expect(answer).toMatch(/thanks ask for nothing/);
	expect(model.asked).toEqual([]);
});

test('a sub-node that gives no model leaves the decision to the rules, and a hint to the user', async () => {
	const broken = chatModel();
	Object.assign(broken.node.prototype as object, {
		supplyData: () => Promise.reject(new Error('The credential is gone.')),
	});
	const parameters = {
		resource: 'message',
		operation: 'decide',
		authentication: 'none',
		rulesFrom: 'fields',
	};
	const run = await eva.run(parameters, { input: messageItem('When is it due?'), model: broken.node });
	expect(run.json('Store', 1)[0]?.['decision']).toMatchObject({
		reasons: [{ code: 'no_rule' }, { code: 'model_failed' }],
	});
	expect(JSON.stringify(run.raw.data.resultData.runData['Store']?.[0]?.hints)).toContain(
		'The credential is gone.',
	);
});

test('the documentation names every fact that there is', () => {
	const lines = readFileSync(join(__dirname, '../../../docs/decide.md'), 'utf8').split('\n');
	const missing = Object.keys(factTypes).filter((name) => {
		const [group = '', field = ''] = name.split('.');
		return !lines.some((line) => line.startsWith(`| \`${group}.\``) && line.includes(`\`${field}\``));
	});
	expect(missing).toEqual([]);
});
