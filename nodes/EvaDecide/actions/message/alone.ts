import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { DecideAloneInput, LoneDecision } from '../../../../src/decide';
import { jsonObject } from '../../../shared/store/json';
import { asList, asText } from '../../../shared/values';
import { optionsOfItem, type Session } from '../operation';
import { writtenRuleSet } from '../ruleSet/written';
import type { GivenMessage } from './given-message';
import { stateOfNode } from './memory-state';
import { budgetOf, modelUse } from './model-use';

/** Decides by what stands in the node alone. @throws DecideError, SlaError, OpsdeskError `invalid_input` naming the field */
export async function decideWithoutStore(
	context: IExecuteFunctions,
	session: Session,
	itemIndex: number,
	message: GivenMessage,
): Promise<LoneDecision> {
	const { decide } = session;
	const options = optionsOfItem(context, itemIndex);
	const json = (field: string, name: string) =>
		name in options ? jsonObject(context, itemIndex, field, options[name]) : undefined;
	const rules = await decide.compileRules(writtenRuleSet(context, decide, itemIndex));
	const known = decide.parseSurroundings(json('What Is Known', 'known') ?? {});
	const own = json('Own Facts', 'own');
	const language = await decide.loadLanguageDetector(languagesOf(options));
	const definition = json('Schedule Definition', 'scheduleDefinition');
	const spamModel = json('Spam Model', 'spamModel');
	const state = () =>
		stateOfNode(context.getWorkflow().id, context.getNode().id, decide.newBreaker, budgetOf(options));
	const model = modelUse(context, itemIndex, state);
	return await decide.decideAlone({
		...{ message, rules, teams: asList(options['teams']), templates: templatesOf(options) },
		known: {
			...decide.parseSurroundings({ ...known, ...(own && { own: { ...known.own, ...own } }) }),
			language: known.language ?? message.language ?? language(textIn(message)),
		},
		...(definition && { schedule: await compiled(definition) }),
		...(spamModel && { spamModel: decide.parseSpamModel(spamModel) }),
		...(model && { model }),
		nowMs: Date.now(),
	});
}

export const languagesOf = (options: IDataObject): string[] => asList(options['languages'] ?? 'ru, en');

const textIn = ({ text, attachments }: GivenMessage): string =>
	[text ?? '', ...attachments.map(({ transcription }) => transcription ?? '')].join('\n');

async function compiled(
	definition: Record<string, unknown>,
): Promise<NonNullable<DecideAloneInput['schedule']>> {
	const { readSchedule } = await import('../../../../src/sla/index.js');
	return readSchedule(definition);
}

function templatesOf(options: IDataObject): Record<string, string> {
	const { template = [] } = Object(options['templates']) as { template?: IDataObject[] };
	return Object.fromEntries(template.map(({ name, text }) => [asText(name), String(text ?? '')]));
}
