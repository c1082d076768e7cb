import { forOperationsOf, optionsOf } from '../../../shared/fields';
import { asList } from '../../../shared/values';
import { optionsOfItem, type Operation } from '../operation';
import { ruleSetFields } from '../ruleSet/fields';
import { writtenRuleSet } from '../ruleSet/written';

export const lint: Operation = {
	description: forOperationsOf('rules')(
		['lint'],
		[
			...ruleSetFields(false),
			optionsOf([
				{
					displayName: 'Teams',
					name: 'teams',
					type: 'string',
					default: '',
					placeholder: 'e.g. accountants, support',
					description: 'The teams there are, separated by commas; left out, teams are not looked at',
				},
				{
					displayName: 'Templates',
					name: 'templates',
					type: 'string',
					default: '',
					description:
						'Names of the templates there are, separated by commas; left out, they are not looked at',
				},
			]),
		],
	),
	async execute(context, { decide }, itemIndex) {
		const options = optionsOfItem(context, itemIndex);
		const set = decide.parseRuleSet(writtenRuleSet(context, decide, itemIndex));
		const findings = decide.lintRules(set, await decide.loadPatterns(), {
			...('teams' in options && { teams: asList(options['teams']) }),
			...('templates' in options && { templates: asList(options['templates']) }),
		});
		const errors = findings.filter(({ severity }) => severity === 'error').length;
		return [{ isUsable: errors === 0, errors, warnings: findings.length - errors, findings, ruleSet: set }];
	},
};
