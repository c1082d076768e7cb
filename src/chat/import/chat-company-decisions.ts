import { createHash } from 'node:crypto';

import { placeOf, platformName, type MapOptions, type TableRules } from './mapped';
import { present, type RowReader } from './row';

const joined = 'is the number of the row: the message is found by the columns that the query has joined';

/** What another system has decided on messages: kept as history, never as something that is still to be done. */
export const chatCompanyDecisions: TableRules = {
	kind: 'decision',
	notTaken: { message: joined, message_id: joined },
	map: decision,
};

/** Decisions name a rule set; that of the former system is not known. */
const rules = { name: 'Imported from chat-company', rules: [], otherwise: { outcome: 'escalate' } };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const rulesVersion = sha256(JSON.stringify(rules));

function decision(read: RowReader, { accounts }: MapOptions, source: string): Record<string, unknown> {
	const platform = platformName(read.required(read.text('platform'), 'platform'));
	const chatId = read.required(read.id('chat_id'), 'chat_id');
	const messageId = read.required(read.id('platform_message_id'), 'platform_message_id');
	const row = read.id('id');
	const isAnswered = read.flag('should_respond');
	const type = read.text('response_type')?.toLowerCase();
	const timing = read.text('timing')?.toLowerCase();
	const delayS = read.number('delay_seconds');
	const executedAt = read.instant('executed_at');
	const decidedAt = read.instant('created_at') ?? executedAt;
	const rule = read.text('rule_matched') ?? null;
	const answer = read.text('generated_response') ?? null;
	const responseConfidence = part(read, 'response_confidence');
	const confidence = part(read, 'confidence_score') ?? responseConfidence;
	if (confidence === undefined) read.note('confidence_score', 'is not said, and 0 is kept');
	const outcome = outcomeOf(read, isAnswered, type);
	const decidedBy = rule !== null ? 'rule' : answer !== null ? 'model' : 'default';
	const reasoning = words(read.json('reasoning')) ?? 'The former system has not said why.';
	const actions = {
		...{ tone: read.text('tone'), style: read.text('style'), length: words(read.json('length')) },
		timing: timingOf(timing, delayS),
	};
	const said = present({
		...{ source, row, should_respond: isAnswered, response_type: type, timing, delay_seconds: delayS },
		...{ response_confidence: responseConfidence, executed_at: executedAt, ...read.rest() },
	});
	return present({
		...placeOf(platform, accounts),
		...{ chatId, messageId, decidedAt, outcome, rule, text: answer },
		...{ rules, rulesVersion, confidence: confidence ?? 0 },
		// That of no message: what was decided elsewhere is never the answer to what is asked here.
		edition: `import:${source}:${row ?? sha256(JSON.stringify([said, reasoning, answer, rule]))}`,
		decidedBy,
		sendAt: read.instant('scheduled_at') ?? after(decidedAt, timing === 'delayed' ? delayS : undefined),
		decision: {
			...{ outcome, rule, answer, draft: null, confidence: confidence ?? 0, runnerUp: null },
			reasons: [{ code: 'imported', text: reasoning }],
			...{ decidedBy, alsoHeld: [], facts: {}, trace: [], actions: present(actions) },
			versions: { rules: rulesVersion, spamModel: null, prompt: null, model: null },
			import: said,
		},
	});
}

function outcomeOf(
	read: RowReader,
	isAnswered: boolean | undefined,
	type: string | undefined,
): string | undefined {
	if (type !== undefined && !['auto', 'human_escalation', 'scheduled'].includes(type))
		return read.fault('response_type', 'is none of auto, human_escalation, scheduled');
	if (type === 'human_escalation') return 'escalate';
	if (isAnswered === false) return 'ignore';
	if (isAnswered === true || type !== undefined) return 'reply';
	return read.required(undefined, 'should_respond');
}

function part(read: RowReader, column: string): number | undefined {
	const number = read.number(column);
	if (number === undefined || (number >= 0 && number <= 1)) return number;
	return read.fault(column, 'is not between 0 and 1');
}

const words = (said: unknown): string | undefined =>
	said === undefined || typeof said === 'string' ? said : JSON.stringify(said);

function timingOf(timing: string | undefined, delayS: number | undefined): object | undefined {
	if (timing === 'immediate') return { kind: 'immediate' };
	return timing === 'delayed' && delayS !== undefined
		? { kind: 'delayed', delayMinutes: delayS / 60 }
		: undefined;
}

const after = (instant: string | undefined, seconds: number | undefined): string | undefined =>
	instant === undefined || seconds === undefined
		? undefined
		: new Date(Date.parse(instant) + seconds * 1000).toISOString();
