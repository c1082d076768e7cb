import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import { StoreError, type Store } from '../../store';
import { decideMessage, type DecidedMessage, type ModelUse } from '../decide-message';
import { DecideError } from '../errors';
import { hashOf } from '../hash';
import { textOf } from '../facts/build';
import type { FactValue } from '../facts/fields';
import { compileRules, type CompiledRules } from '../rules/compile';
import { helpDeskRules } from '../rules/defaults';
import type { RuleSet, RuleSetInput } from '../rules/definition';
import { parseSpamModel, type SpamModel } from '../spam/model';
import type { LanguageDetector } from '../text/language';
import { recordedSchema, type StoredDecision } from './answers';
import { readContext, type DecisionContext } from './context';
import { idField, kept, textField, valid } from './input';
import { modelStateOf } from './model-state';
import { messageOf, surroundingsOf } from './surroundings';
import { readyTexts, textToSend } from './texts';
import { scheduleOf, sendAtOf } from './timing';
import { KnownVersions } from './versions';

const nameSchema = z.union(
	[
		z.strictObject({ messageId: idField }),
		z.strictObject({
			platform: textField(32),
			account: textField(500).default('default'),
			chatId: textField(500),
			externalId: textField(500),
		}),
	],
	{ error: 'must name a message by its id, or by platform, account, chatId and externalId' },
);
/** A stored message, by its id or by what its platform calls it; `account` is `default` unless given. */
export type StoredMessageName = z.input<typeof nameSchema>;

const limitsSchema = z.object({
	historyMessages: z.int().min(0).max(1000).default(50),
	historyHours: z.number().min(0).max(87_600).default(168),
	schedule: textField(200).optional(),
});

export interface DecideStoredOptions {
	/** To decide by; kept as a version too. Default: the active ones of the store, else `helpDeskRules`. */
	rules?: RuleSetInput;
	/** Whether it is only tried: the decision is kept as a shadow, and nothing of it is sent or counted. */
	shadow?: boolean;
	/** A language model; its `state` is that of the store unless given. */
	model?: Omit<ModelUse, 'state'> & Partial<Pick<ModelUse, 'state'>>;
	/** Name of the working schedule. Default: the one by which the promises to this conversation count. */
	schedule?: string;
	/** So many messages before it are looked at. Default 50. */
	historyMessages?: number;
	/** Not older than. Default 168. */
	historyHours?: number;
	languageDetector?: LanguageDetector;
	/** `stored`: the active one of the store, the default. Null: none. */
	spamModel?: SpamModel | 'stored' | null;
	/** Facts that the rule set declares. */
	own?: Readonly<Record<string, FactValue>>;
	/** Whether to decide once more, as a decision of its own, on what was decided before. */
	again?: boolean;
	/** Names the call: the same one once more, on the same message, gets the decision that it has made. Default: none is the same. */
	call?: string;
	signal?: AbortSignal;
}

const compiledRules = new KnownVersions<CompiledRules>(50);
const spamModels = new KnownVersions<SpamModel>(10);
const mostTurns = 3;

/**
 * Decides on a stored message and keeps the decision, with all it was made of. The same message is decided once, and once
 * more by each rule set that is given: whoever comes second, also at the same time or after other rules became the active
 * ones, gets the first one's decision with `status: 'known'`. An edit that says something else is decided anew.
 *
 * Where the message is edited, or a colleague speaks or takes the conversation, while it is decided on, it is decided by what
 * is there now; the third time without the model, whose slowness lets that happen.
 *
 * What cannot be recorded is no decision: then the call fails, and nothing is to be sent.
 *
 * @throws DecideError `invalid_input` for rules that cannot be used, or a message that is not from outside; StoreError
 * `not_found` for a message that is not there (any more)
 */
export async function decideStored(
	store: Store,
	which: StoredMessageName,
	options: DecideStoredOptions = {},
): Promise<StoredDecision> {
	const { shadow = false, again = false, signal, model, ...others } = options;
	const limits = valid('options', limitsSchema, options);
	const given = options.rules && (await prepared(options.rules));
	const fallback = given ?? (await prepared(helpDeskRules));
	const message = valid('message', nameSchema, which);
	let tokens = 0;
	for (let turn = 1; turn <= mostTurns; turn += 1) {
		const context = await readContext(
			store,
			{
				which: message,
				rulesVersion: given?.version,
				fallbackVersion: fallback.version,
				templates: templatesOf(fallback.set),
				knownRules: compiledRules.versions(),
				knownSpamModels: spamModels.versions(),
				wantsSpamModel: (options.spamModel ?? 'stored') === 'stored' && options.spamModel !== null,
				...{ schedule: limits.schedule, again, isShadow: shadow },
				...{ historyMessages: limits.historyMessages, historyHours: limits.historyHours },
			},
			signal,
		);
		if (context.known) return context.known;
		if (context.message.direction === 'outbound') refuseOwn();
		const recorded = await decideAndRecord(store, context, {
			...{ ...others, shadow, again, tokens, rulesGiven: given !== undefined },
			rules: given ?? (await activeRules(context)) ?? fallback,
			spamModel: spamModelOf(options.spamModel, context),
			...(model && turn < mostTurns && { model }),
			...(signal && { signal }),
		});
		if (recorded.status !== 'stale') return recorded;
		tokens = recorded.tokens;
	}
	throw new StoreError(
		'conflict',
		'The message or its conversation changed each time that it was decided on.',
		'Decide again.',
	);
}

interface Decided extends Omit<DecideStoredOptions, 'rules' | 'spamModel'> {
	rules: CompiledRules;
	rulesGiven: boolean;
	spamModel: SpamModel | undefined;
	/** What was spent on decisions that were stale. */
	tokens: number;
}

async function decideAndRecord(
	store: Store,
	context: DecisionContext,
	options: Decided,
): Promise<StoredDecision | { status: 'stale'; tokens: number }> {
	const { rules, rulesGiven, model, shadow = false, again = false, call, signal } = options;
	const schedule = scheduleOf(context);
	const message = messageOf(context);
	const texts = readyTexts(context, rules.set, textOf(message));
	const decided = await decideMessage({
		...{ message, rules, teams: context.teams, texts },
		surroundings: surroundingsOf(context, schedule, options),
		...(model && { model: { ...model, state: model.state ?? modelStateOf(store) } }),
	});
	const { decision, asked } = decided;
	const sent = textToSend(context, decision);
	const tokens = options.tokens + (asked?.tokens ?? 0);
	const { edition, standing } = context;
	const { sendAt, note } = sendAtOf(decision, schedule, context.nowMs, context.message);
	const notes = [...(asked?.notes ?? []), ...(note !== undefined && sent.text !== null ? [note] : [])];
	const request = {
		...{ messageId: context.message.id, edition, standing, isShadow: shadow, again, rulesGiven },
		// A call repeated because its answer was lost finds its own decision by it.
		callId: call === undefined ? randomUUID() : callIdOf(call),
		rulesVersion: rules.version,
		...(context.rules?.version !== rules.version && { rules: rules.set }),
		...{ decision, input: inputOf(decided), ...sent },
		...{ sendAt, tokens, notes },
	};
	const recorded = await store.call('record_decision', kept(request), {
		answer: recordedSchema,
		repeatable: true,
		signal,
	});
	return recorded.status === 'stale' ? { status: 'stale', tokens } : recorded;
}

/** As a database keeps it; version 8 of RFC 9562 leaves the digits to who makes them. */
const callIdOf = (call: string): string =>
	hashOf(['call', call]).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-a$4-$5');

/** All of it, so that the same decision can be made again. */
const inputOf = ({ input }: DecidedMessage): object => input;

async function prepared(input: RuleSetInput | RuleSet): Promise<CompiledRules> {
	const rules = await compileRules(input);
	const known = compiledRules.get(rules.version);
	if (known) return known;
	compiledRules.keep(rules.version, rules);
	return rules;
}

async function activeRules({ rules }: DecisionContext): Promise<CompiledRules | undefined> {
	if (!rules) return undefined;
	const known = compiledRules.get(rules.version);
	if (known) return known;
	const compiled = await compileRules(rules.set);
	// By the version that it was saved under.
	const versioned = { ...compiled, version: rules.version };
	compiledRules.keep(rules.version, versioned);
	return versioned;
}

function spamModelOf(
	given: DecideStoredOptions['spamModel'],
	{ spamModel }: DecisionContext,
): SpamModel | undefined {
	if (given !== undefined && given !== 'stored') return given ?? undefined;
	if (!spamModel) return undefined;
	const known = spamModels.get(spamModel.version);
	if (known) return known;
	const model = parseSpamModel(spamModel.model);
	spamModels.keep(spamModel.version, model);
	return model;
}

const templatesOf = ({ rules, ambiguity }: RuleSet): string[] => [
	...new Set(
		[...rules.map(({ template }) => template), ambiguity.template].filter((one) => one !== undefined),
	),
];

function refuseOwn(): never {
	throw new DecideError(
		'invalid_input',
		'This message was sent by the desk itself, so there is nothing to decide.',
		'Decide on messages that come in.',
	);
}
