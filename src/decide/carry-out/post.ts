import {
	ChannelError,
	enqueue,
	escapeFor,
	isPlatform,
	type Enqueued,
	type TargetInput,
} from '../../channels';
import { StoreError, type Store } from '../../store';
import { openHandover, type OpenedHandover } from '../handover/open';
import { cut } from '../text/cut';
import type { Decided } from './decided';

/** What became of words that were handed to the outbox. */
export interface Posted {
	/** `refused`: nothing may be sent there. `failed`: the outbox does not take it. */
	status: Enqueued['status'] | 'failed';
	/** Why it is not sent. */
	why?: string;
}

interface Words {
	key: string;
	text: string;
	format?: 'plain' | 'html';
	replyTo?: string | undefined;
	dueAt?: string | null | undefined;
	/** Whose chat it is, for what is said of it. Default `The client`. */
	whose?: string;
}

/** Where words go, as decisions and handovers say it. */
interface Where {
	platform: string;
	account: string;
	chatId: string;
	chatKind: 'private' | 'group' | 'channel';
	threadId?: string | undefined;
}

const refusals: Record<NonNullable<Enqueued['reason']>, string> = {
	blocked: 'has blocked the account',
	opted_out: 'wants no messages (STOP)',
	erased: 'was erased',
};

/** Codes with which a store answers the same however often it is asked. */
const finalCodes = ['invalid_input', 'not_found', 'conflict', 'erased', 'sealed', 'rejected'];

/** @throws StoreError when the store cannot be reached: with the same key it is handed in once all the same */
export async function post(store: Store, where: Where, words: Words): Promise<Posted> {
	const { key, text, format = 'plain', replyTo, dueAt, whose = 'The client' } = words;
	try {
		const content = {
			operation: 'message',
			text,
			format,
			...(replyTo !== undefined && { replyTo }),
		} as const;
		const { status, reason } = await enqueue(store, targetOf(where), content, {
			key,
			...(dueAt && { dueAt }),
		});
		if (status !== 'refused') return { status };
		return { status, why: reason ? `${whose} ${refusals[reason]}.` : 'Nothing may be sent there.' };
	} catch (thrown) {
		const isFinal =
			thrown instanceof ChannelError || (thrown instanceof StoreError && finalCodes.includes(thrown.code));
		if (!isFinal) throw thrown;
		return { status: 'failed', why: `${thrown.message} ${thrown.remedy}` };
	}
}

function targetOf({ platform, account, chatId, chatKind, threadId }: Where): TargetInput {
	if (!isPlatform(platform))
		throw new ChannelError('invalid_input', `Nothing can be sent on "${platform}".`, 'Answer there by hand.');
	return { platform, account, chatId, chatKind, ...(threadId !== undefined && { threadId }) };
}

/** Hands the message to people and their card to the outbox. @throws DecideError; StoreError */
export async function handOver(
	store: Store,
	decided: Decided,
): Promise<{ opened: OpenedHandover; card: Posted | null }> {
	const { messageId, decisionId, reason, decision, outcome, sendAt } = decided;
	const { team, withinMinutes } = decision?.actions ?? {};
	const opened = await openHandover(store, {
		messageId,
		...(decisionId && { decisionId }),
		reason: reason.trim() === '' ? 'Eva could not decide on it.' : reason,
		...(decision?.rule && { rule: decision.rule }),
		...(decision?.draft && { draft: decision.draft }),
		...(team && { team }),
		...(withinMinutes && { withinMinutes }),
		...(outcome === 'defer' && { notBefore: sendAt }),
	});
	const words = wordsOf(opened, decided);
	if (!words || !opened.target) return { opened, card: null };
	const whose = 'The chat of the desk';
	return { opened, card: await post(store, opened.target, { ...words, whose, dueAt: opened.sendAt }) };
}

const mostChange = 2000;

/** A card keeps what was written first: what a client has changed since comes after it, as a word of its own. */
function wordsOf({ handoverId, status, card, key, target }: OpenedHandover, decided: Decided): Words | null {
	const { said, decisionId } = decided;
	const replyTo = target?.replyTo;
	if (status === 'known' && said?.isEdit && said.text !== '') {
		const now = escapeFor('html', cut(said.text, mostChange));
		const text = `<b>#${handoverId}</b> The client has changed a message. It says now:\n${now}`;
		const edition = decisionId ?? said.sentAt ?? 'unknown';
		return { key: `${key}-changed-${edition}`, text, format: 'html', replyTo };
	}
	return card && { key, text: card.text, format: 'html', replyTo };
}
