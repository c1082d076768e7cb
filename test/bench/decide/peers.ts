import { createRequire } from 'node:module';

import { Engine } from 'json-rules-engine';

/** A rule of the comparison: a category, and a priority that must be reached. */
export interface PlainRule {
	id: string;
	category: string;
	least: number;
}

export interface PlainFacts {
	category: string;
	priority: number;
}

/** Names of the rules that hold. */
export type Peer = (facts: PlainFacts) => Promise<string[]> | string[];

/** json-rules-engine with the same rules. */
export function engineOf(rules: readonly PlainRule[]): Peer {
	const engine = new Engine(
		rules.map(({ id, category, least }) => ({
			conditions: {
				all: [
					{ fact: 'category', operator: 'equal', value: category },
					{ fact: 'priority', operator: 'greaterThanInclusive', value: least },
				],
			},
			event: { type: id },
		})),
	);
	return async (facts) => {
		const { events } = await engine.run({ ...facts });
		return events.map(({ type }) => type);
	};
}

/** What is used of json-logic-js, which has no types of its own. */
interface JsonLogic {
	apply(logic: object, data: object): boolean;
}

/** json-logic-js with the same rules. */
export function logicOf(rules: readonly PlainRule[]): Peer {
	const logic = createRequire(__filename)('json-logic-js') as JsonLogic;
	const prepared = rules.map(({ id, category, least }) => ({
		id,
		logic: { and: [{ '===': [{ var: 'category' }, category] }, { '>=': [{ var: 'priority' }, least] }] },
	}));
	return (facts) => prepared.filter((rule) => logic.apply(rule.logic, facts)).map(({ id }) => id);
}
