import type { RuleSetInput } from './definition';

type RuleInput = NonNullable<RuleSetInput['rules']>[number];
type Asked = [fact: string, type: string, operation: string, value?: string | number | boolean];

const options = { caseSensitive: false, typeValidation: 'loose', version: 2 } as const;

/** Conditions that all must hold, in the form of n8n's filter. */
const all = (...asked: Asked[]): RuleInput['when'] => ({
	combinator: 'and',
	options,
	conditions: asked.map(([leftValue, type, operation, rightValue], index) => ({
		id: String(index + 1),
		leftValue,
		rightValue: rightValue ?? '',
		operator: { type, operation, ...(rightValue === undefined ? { singleValue: true } : {}) },
	})),
});

const isTrue = (fact: string): Asked => [fact, 'boolean', 'true'];

/** What every desk begins with. */
const protection: RuleInput[] = [
	{
		id: 'blocked_contact',
		priority: 100,
		when: all(isTrue('sender.isBlocked')),
		outcome: 'ignore',
		reason: 'the sender is blocked',
	},
	{
		id: 'instructs_model',
		priority: 95,
		when: all(isTrue('message.instructsModel')),
		outcome: 'escalate',
		reason: 'the message speaks to a model rather than to people',
	},
	{
		id: 'spam_from_customer',
		priority: 90,
		when: all(isTrue('spam.isSpam'), isTrue('sender.isKnown')),
		outcome: 'escalate',
		reason: 'a customer is never taken for spam; somebody may use the account',
	},
	{
		id: 'spam_first_contact',
		priority: 85,
		when: all(isTrue('spam.isSpam'), isTrue('sender.isFirstContact')),
		outcome: 'ignore',
		reason: 'a stranger begins with what looks like spam',
	},
	{
		id: 'spam_in_conversation',
		priority: 80,
		when: all(isTrue('spam.isSpam')),
		outcome: 'escalate',
		reason: 'looks like spam, but the sender has written before',
	},
];

/** The rules of a company that answers its chats itself. */
export const chatCompanyRules: RuleSetInput = {
	name: 'Chat company',
	rules: [
		...protection,
		{
			id: 'urgent_negative',
			priority: 10,
			when: all(
				['message.sentiment', 'string', 'equals', 'negative'],
				['message.intent', 'string', 'regex', '^(complaint|urgent)$'],
				['message.priority', 'number', 'gte', 7],
			),
			outcome: 'escalate',
			timing: { kind: 'immediate' },
			withinMinutes: 5,
			tone: 'empathetic',
			template: 'urgent_acknowledgement',
			notify: ['admin'],
			stakes: 'high',
			reason: 'an unhappy customer with an urgent matter',
		},
		{
			id: 'vip',
			priority: 8,
			when: all(isTrue('sender.isVip')),
			then: 'continue',
			tone: 'personal',
			withinMinutes: 15,
			stakes: 'high',
		},
		{
			id: 'question_auto_respond',
			priority: 5,
			when: all(isTrue('message.isQuestion'), ['message.categoryConfidence', 'number', 'gte', 0.8]),
			outcome: 'reply',
			timing: { kind: 'immediate' },
			reason: 'a clear question',
		},
		{
			id: 'thanks',
			priority: 4,
			when: all(
				['message.category', 'string', 'equals', 'GRATITUDE'],
				['message.categoryConfidence', 'number', 'gte', 0.7],
			),
			outcome: 'ignore',
			reason: 'thanks ask for nothing',
		},
	],
	otherwise: { outcome: 'escalate' },
};

/** The rules of an accountants' help desk: people answer, and only what asks for nothing is left alone. */
export const helpDeskRules: RuleSetInput = {
	name: 'Help desk',
	rules: [
		...protection,
		{
			id: 'vip',
			priority: 60,
			when: all(isTrue('sender.isVip')),
			then: 'continue',
			withinMinutes: 30,
			notify: ['manager'],
		},
		{
			id: 'advertising_first_contact',
			priority: 52,
			// Where there is a spam model, its word counts.
			when: all(isTrue('message.isAdvertising'), isTrue('sender.isFirstContact'), [
				'spam.isSpam',
				'boolean',
				'notExists',
			]),
			outcome: 'ignore',
			reason: 'a stranger begins with advertising',
		},
		{
			id: 'no_answer_needed',
			priority: 50,
			when: all(
				['message.category', 'string', 'equals', 'SPAM'],
				['message.categoryConfidence', 'number', 'gte', 0.5],
				['message.isAdvertising', 'boolean', 'false'],
			),
			outcome: 'ignore',
			reason: 'an assent, a greeting or a smiley',
		},
		{
			id: 'thanks',
			priority: 48,
			when: all(
				['message.category', 'string', 'equals', 'GRATITUDE'],
				['message.categoryConfidence', 'number', 'gte', 0.5],
			),
			outcome: 'ignore',
			reason: 'thanks ask for nothing',
		},
		{
			id: 'to_accountants',
			priority: 0,
			outcome: 'route',
			team: 'accountants',
			reason: 'a false alarm is safer than a request that is missed',
		},
	],
	otherwise: { outcome: 'escalate' },
};
