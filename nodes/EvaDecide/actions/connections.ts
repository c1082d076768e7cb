import { NodeConnectionTypes, type INodeTypeDescription } from 'n8n-workflow';

/** What is done with a message, in the order of the outputs. */
export const outcomeOutputs = ['reply', 'escalate', 'route', 'ignore', 'defer'] as const;

/** What comes of carrying decisions out: for each message what was done, what timers hear, whom to tell. */
export const carriedOutputs = ['done', 'request', 'otherMessage', 'alert'] as const;

/** A name of an output. */
export type OutputName = (typeof outcomeOutputs)[number] | (typeof carriedOutputs)[number];

/** Where a message goes about which nothing could be decided: a person sees it. */
export const ofUndecided = outcomeOutputs.indexOf('escalate');

const { Main, AiLanguageModel } = NodeConnectionTypes;
const main = { type: Main };
const does = (operation: string): string =>
	`$parameter["resource"] === "message" && $parameter["operation"] === "${operation}"`;
const named = (names: string[]): string =>
	JSON.stringify(names.map((displayName) => ({ ...main, displayName })));

/** A chat model can be connected where messages are decided on. */
export const inputs: INodeTypeDescription['inputs'] = `={{ ${does('decide')} ? ${JSON.stringify([
	main,
	{ type: AiLanguageModel, displayName: 'Model', maxConnections: 1 },
])} : ${JSON.stringify([main])} }}`;

export const outputs: INodeTypeDescription['outputs'] = `={{ ${does('decide')} ? ${named([
	...['Reply', 'Escalate', 'Route', 'Ignore', 'Defer'],
])} : ${does('carryOut')} ? ${named(['Done', 'Request', 'Other Message', 'Alert'])} : ${JSON.stringify([main])} }}`;
