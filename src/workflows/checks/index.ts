import type { ShippedWorkflow } from '../catalogue';
import { contentRules } from './content';
import { drawingRules } from './drawing';
import type { CheckContext, Finding } from './finding';
import { identityRules } from './identity';
import { nodeRules } from './nodes';

const rules = [...identityRules, ...nodeRules, ...contentRules, ...drawingRules];

/** What is wrong with one workflow by the rules that every workflow of the product keeps. */
export function checkWorkflow(context: CheckContext): Finding[] {
	return rules.flatMap((rule) =>
		[...rule.check(context)].map((problem) => ({ workflow: context.key, rule: rule.name, ...problem })),
	);
}

/** Checks workflows that may call each other and those of `known`. */
export function checkWorkflows(
	workflows: ShippedWorkflow[],
	packageVersion: string,
	known: ShippedWorkflow[] = [],
): Finding[] {
	const knownIds = new Set([...workflows, ...known].map(({ workflow }) => workflow.id));
	const findings = workflows.flatMap(({ key, workflow }) =>
		checkWorkflow({ key, workflow, knownIds, packageVersion }),
	);
	return [...findings, ...sharedIds(workflows)];
}

function sharedIds(workflows: ShippedWorkflow[]): Finding[] {
	return workflows
		.filter(
			({ workflow }, index) => workflows.findIndex((other) => other.workflow.id === workflow.id) !== index,
		)
		.map(({ key, workflow }) => ({
			workflow: key,
			rule: 'fixed-id',
			message: `Another workflow has the id ${workflow.id} too.`,
			remedy: 'Give it an id of its own.',
		}));
}

export type { CheckContext, Finding } from './finding';
