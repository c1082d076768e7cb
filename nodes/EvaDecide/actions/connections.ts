import { NodeConnectionTypes, type INodeTypeDescription } from 'n8n-workflow';

/** What is done with a message, in the order of the outputs. */
export const outcomeOutputs = ['reply', 'escalate', 'route', 'ignore', 'defer'] as const;
export type OutcomeOutput = (typeof outcomeOutputs)[number];

/** Where a message goes about which nothing could be decided: a person sees it. */
export const ofFailures = outcomeOutputs.indexOf('escalate');

const { Main, AiLanguageModel } = NodeConnectionTypes;
const decides = '$parameter["resource"] === "message" && $parameter["operation"] === "decide"';
const whenDeciding = (then: object[], otherwise: object[]): `={{${string}}}` =>
	`={{ ${decides} ? ${JSON.stringify(then)} : ${JSON.stringify(otherwise)} }}`;

const main = { type: Main };

/** A chat model can be connected where messages are decided on. */
export const inputs: INodeTypeDescription['inputs'] = whenDeciding(
	[main, { type: AiLanguageModel, displayName: 'Model', maxConnections: 1 }],
	[main],
);

export const outputs: INodeTypeDescription['outputs'] = whenDeciding(
	['Reply', 'Escalate', 'Route', 'Ignore', 'Defer'].map((displayName) => ({ ...main, displayName })),
	[main],
);
