import type { RuleSetInput } from '../../../../src/decide';

type RuleInput = NonNullable<RuleSetInput['rules']>[number];

/** A condition of a rule. */
export const asks = (fact: string, type: string, operation: string, value: unknown = '') => ({
	leftValue: fact,
	rightValue: value,
	operator: { type, operation },
});

/** A rule whose conditions must all hold. */
export const rule = (
	id: string,
	conditions: ReturnType<typeof asks>[],
	others: Partial<RuleInput> = {},
): RuleInput => ({ id, outcome: 'escalate', when: { conditions }, ...others });

export const question = asks('message.isQuestion', 'boolean', 'true');
