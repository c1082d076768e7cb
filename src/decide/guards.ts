import type { Reason } from './decision';
import type { Facts } from './facts/fields';
import type { Outcome, RuleSet } from './rules/definition';

export interface Guard {
	outcome: Outcome;
	reason: Reason;
}

/** What no rule may change: a person who answers is not talked over, and no loop goes on. */
export function guardOf(facts: Facts, { mostAutomaticReplies }: RuleSet): Guard | undefined {
	if (facts['conversation.isDesk'] === true) {
		const text = 'The message is in a chat of the operators, not of a client.';
		return { outcome: 'ignore', reason: { code: 'desk', text } };
	}
	if (facts['conversation.isHandledByPerson'] === true) {
		const text = 'A person answers in this conversation already.';
		return { outcome: 'ignore', reason: { code: 'person_answers', text } };
	}
	const replies = Number(facts['conversation.automaticReplies'] ?? 0);
	if (replies < mostAutomaticReplies) return undefined;
	const isBot = facts['sender.kind'] === 'bot' || facts['sender.kind'] === 'system';
	const told = `After ${replies} automatic answers in a row`;
	return isBot
		? { outcome: 'ignore', reason: { code: 'loop', text: `${told} another bot is not answered any more.` } }
		: { outcome: 'escalate', reason: { code: 'loop', text: `${told} a person takes over.` } };
}
