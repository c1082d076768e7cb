import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import type * as Decide from '../../../../src/decide';
import type { RuleSetInput } from '../../../../src/decide';
import { jsonObject } from '../../../shared/store/json';
import { asList, asText, textOf } from '../../../shared/values';

type RuleInput = NonNullable<RuleSetInput['rules']>[number];
type Shipped = Pick<typeof Decide, 'chatCompanyRules' | 'helpDeskRules'>;

/**
 * The rule set that is written in the node or shipped; what it says is looked at where it is compiled.
 *
 * @returns undefined where those of the store are meant
 * @throws NodeOperationError naming the field
 */
export function writtenRuleSet(
	context: IExecuteFunctions,
	shipped: Shipped,
	itemIndex: number,
): RuleSetInput | undefined {
	const from: unknown = context.getNodeParameter('rulesFrom', itemIndex);
	if (from === 'store') return undefined;
	if (from === 'json')
		// What it is, is found out by compiling it.
		return jsonObject(context, itemIndex, 'Rule Set', context.getNodeParameter('rulesJson', itemIndex));
	const base: RuleSetInput =
		from === 'chatCompany'
			? shipped.chatCompanyRules
			: from === 'helpDesk'
				? shipped.helpDeskRules
				: { rules: rulesOf(context, itemIndex) };
	return {
		...base,
		...settingsOf(context, itemIndex, context.getNodeParameter('ruleSettings', itemIndex, {}) as IDataObject),
	};
}

const listed = (given: unknown): IDataObject[] | undefined => {
	const { rule = [] } = Object(given) as { rule?: unknown };
	return Array.isArray(rule) ? (rule as IDataObject[]) : undefined;
};

function rulesOf(context: IExecuteFunctions, itemIndex: number): RuleInput[] {
	const values = listed(context.getNodeParameter('rules', itemIndex, {}));
	// The left side of a condition names a fact: resolved, it would be a value of the item.
	const written = listed(context.getNodeParameter('rules', itemIndex, {}, { rawExpressions: true }));
	if (values && written) return apart(values.map((rule, place) => ruleOf(rule, written[place] ?? {}, place)));
	throw new NodeOperationError(context.getNode(), '"Rule" is no list of rules.', {
		itemIndex,
		description: 'Add rules one by one, or give a whole rule set under "Using JSON".',
	});
}

function ruleOf(rule: IDataObject, written: IDataObject, place: number): RuleInput {
	const more = (rule['more'] ?? {}) as IDataObject;
	const outcome = rule['outcome'] === 'none' ? undefined : asText(rule['outcome']);
	const fact = textOf(more['confidenceFact']);
	return given({
		...namesOf(asText(rule['name']), place),
		when: conditionsOf(rule['when'], written['when']),
		outcome,
		// A rule that only adds has others after it.
		then: outcome === undefined ? 'continue' : more['then'],
		...{ team: textOf(rule['team']), template: textOf(rule['template']) },
		confidence: fact === undefined ? more['confidence'] : { fact },
		notify: 'notify' in more ? asList(more['notify']) : undefined,
		timing: timingOf(more),
		...{ enabled: more['enabled'], priority: more['priority'], stakes: more['stakes'] },
		...{ tone: textOf(more['tone']), style: textOf(more['style']), length: textOf(more['length']) },
		...{ reason: textOf(more['reason']), withinMinutes: more['withinMinutes'] },
	}) as RuleInput;
}

const shortName = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** What people call a rule, and the short name that decisions hold. */
function namesOf(name: string, place: number): { id: string; name?: string } {
	if (shortName.test(name)) return { id: name };
	const short = name
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '_')
		.replace(/^_+|_+$/g, '')
		.slice(0, 64);
	return { id: short === '' ? `rule_${place + 1}` : short, ...(name !== '' && { name }) };
}

/** Names of another alphabet leave little of themselves: "Жалоба VIP" and "Вопрос VIP" are two rules. */
function apart(rules: RuleInput[]): RuleInput[] {
	const taken = new Set(rules.filter(({ name }) => name === undefined).map(({ id }) => id));
	return rules.map((rule, place) => {
		if (rule.name === undefined) return rule;
		const id = taken.has(rule.id) ? `${rule.id.slice(0, 58)}_${place + 1}` : rule.id;
		taken.add(id);
		return { ...rule, id };
	});
}

function timingOf({ timing, delayMinutes = 5 }: IDataObject): RuleInput['timing'] | undefined {
	if (timing === 'delayed') return { kind: timing, delayMinutes: delayMinutes as number };
	return timing === 'immediate' || timing === 'nextOpening' ? { kind: timing } : undefined;
}

/** The values of a filter with its left sides as they are written. What is left blank asks for nothing. */
function conditionsOf(value: unknown, written: unknown): RuleInput['when'] {
	const { conditions = [], ...filter } = Object(value) as { conditions?: IDataObject[] };
	const { conditions: names = [] } = Object(written) as { conditions?: IDataObject[] };
	if (!Array.isArray(conditions)) return value as RuleInput['when'];
	const named = conditions.map((condition, place) => ({
		...condition,
		leftValue: names[place]?.['leftValue'] ?? condition['leftValue'],
	}));
	return { ...filter, conditions: named.filter((condition) => !isBlank(condition)) } as RuleInput['when'];
}

function isBlank(condition: IDataObject): boolean {
	const operator = (condition['operator'] ?? {}) as IDataObject;
	const isAsAdded = operator['type'] === 'string' && operator['operation'] === 'equals';
	return isAsAdded && asText(condition['leftValue']) === '' && asText(condition['rightValue']) === '';
}

function settingsOf(context: IExecuteFunctions, itemIndex: number, settings: IDataObject): RuleSetInput {
	const template = textOf(settings['askTemplate']);
	const thresholds = given({
		...{ high: settings['high'], standard: settings['standard'], low: settings['low'] },
		draft: settings['draft'],
	});
	const ambiguity = given({
		margin: settings['margin'],
		...(template !== undefined && { then: 'ask', template }),
	});
	const team = textOf(settings['otherwiseTeam']);
	const otherwise = given({ outcome: settings['otherwise'], team });
	return given({
		...{ thresholds: some(thresholds), ambiguity: some(ambiguity), otherwise: some(otherwise) },
		...{ modelOutcomes: settings['modelOutcomes'], mostAutomaticReplies: settings['mostAutomaticReplies'] },
		modelLinks: 'modelLinks' in settings ? asList(settings['modelLinks']) : undefined,
		facts: 'facts' in settings ? jsonObject(context, itemIndex, 'Own Facts', settings['facts']) : undefined,
	});
}

const given = (fields: Record<string, unknown>): object =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const some = (fields: object): object | undefined => (Object.keys(fields).length > 0 ? fields : undefined);
