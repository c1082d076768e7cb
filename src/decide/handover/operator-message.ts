import { createHash } from 'node:crypto';
import { z } from 'zod';

import { attachmentSchema, type Message } from '../../shared';
import type { Store } from '../../store';
import { readWish, type Feedback } from './commands';
import { sendPlaceSchema, type SendPlace } from './handover';
import { externalIdField, placeFields, valid } from './input';
import { operatorReasons, toldOf, type OperatorReason } from './tell';

const inputSchema = z.strictObject({
	...placeFields,
	/** Of the operator's message in that chat. */
	externalId: externalIdField,
	/** The message it answers there. */
	replyTo: externalIdField.optional(),
	senderId: externalIdField.optional(),
	senderKind: z.enum(['contact', 'bot', 'system']).default('contact'),
	senderName: z.string().max(1000).optional(),
	/** How our bot is called there, where that is known: of several bots in a chat a command names one. */
	botName: z.string().max(200).optional(),
	text: z.string().max(200_000).default(''),
	attachments: z.array(attachmentSchema).max(100).default([]),
});
export type OperatorMessageInput = z.input<typeof inputSchema>;

const kinds = [
	'answer',
	'take',
	'handBack',
	'close',
	'note',
	'feedback',
	'help',
	'refused',
	'ignored',
] as const;

/** What a message in the operators' chat means. */
export interface OperatorMessage {
	/** `known`: this message was read before, and the answer is the same. */
	status: 'new' | 'known';
	/**
	 * `answer`: `text` and `attachments` go to `target` under `key`. `refused`: nothing is sent, and `tell` says why.
	 * `ignored`: it is none of ours; when `isDesk` is false it is to be decided on as any other.
	 */
	kind: (typeof kinds)[number];
	/** Whether operators work in this chat. */
	isDesk: boolean;
	handoverId: number | null;
	conversationId: number | null;
	/** The client's message that was replied to, and the decision on it. */
	messageId: number | null;
	decisionId: number | null;
	/** The client's chat. */
	target: SendPlace | null;
	text: string | null;
	attachments: z.output<typeof attachmentSchema>[];
	/** Under this key the outbox sends it once, and stores it as the member's own message. */
	key: string | null;
	/** Who wrote: the member's name, else the sender's. */
	by: string | null;
	memberId: number | null;
	/** As timers know them: the assignee of the conversation, or another operator. */
	author: 'assignee' | 'agent' | null;
	feedback: Feedback | null;
	reason: OperatorReason | null;
	/** What the desk is told, as an answer to the message. */
	tell: { text: string; target: SendPlace; key: string } | null;
}

const readSchema = z.object({
	status: z.enum(['new', 'known']),
	kind: z.enum(kinds),
	isDesk: z.boolean(),
	handoverId: z.number().nullable(),
	conversationId: z.number().nullable(),
	messageId: z.number().nullable(),
	decisionId: z.number().nullable(),
	target: sendPlaceSchema.nullable(),
	key: z.string().nullable(),
	by: z.string().nullable(),
	memberId: z.number().nullable(),
	author: z.enum(['assignee', 'agent']).nullable(),
	reason: z.enum(operatorReasons).nullable(),
	/** For what the desk is told. */
	client: z.string().nullable(),
	other: z.string().nullable(),
	newerId: z.number().nullable(),
	tellKey: z.string().nullable(),
	/** Under which the desk is kept: an update of n8n's Telegram Trigger does not say which bot it is of. */
	account: z.string(),
	/** Whether the number behind `/answer` is a word of the answer, for it is a reply and no handover has that number. */
	isNumberText: z.boolean().default(false),
});

/**
 * Reads a message of the operators' chat: an answer to a client, a command, a note, or chatter. One transaction: an answer takes
 * the conversation for who wrote it when nobody has it.
 *
 * A reply to any message that stands for a handover, or `/answer 12 …`, answers; `/take`, `/back` and `/close` change it; `//` and
 * `note:` begin a note that is not sent; `/spam`, `/notspam` and `/category …` say what Eva should have made of it. Who is no member is
 * refused, unless the desk lets everybody in it answer. What is over, or cannot be sent, is never answered in silently: the desk is told.
 * A number and a reply that name different handovers are refused as well. Read twice, also at once, it gives the same key.
 *
 * @throws DecideError `invalid_input`; StoreError
 */
export async function readOperatorMessage(
	store: Store,
	input: OperatorMessageInput,
): Promise<OperatorMessage> {
	const { text, attachments, senderName, botName, ...message } = valid('message', inputSchema, input);
	const wish = readWish(text, attachments.length > 0, botName);
	const said = createHash('sha256')
		.update(JSON.stringify([wish.numberedText ?? wish.text, attachments]))
		.digest('hex');
	const request = {
		...message,
		...(senderName !== undefined && { senderName: senderName.slice(0, 200) }),
		...{ intent: wish.intent, said },
		...(wish.number !== undefined && { number: wish.number }),
	};
	const answer = { answer: readSchema, repeatable: true };
	const { client, other, newerId, tellKey, isNumberText, account, ...read } = await store.call(
		'read_operator_message',
		request,
		answer,
	);
	const told = toldOf({ ...read, client, other, newerId });
	const words = (isNumberText ? wish.numberedText : undefined) ?? wish.text;
	const isSaid = read.kind === 'answer' || read.kind === 'note';
	return {
		...read,
		text: isSaid && words !== '' ? words : null,
		attachments: isSaid ? attachments : [],
		feedback: read.kind === 'feedback' ? (wish.feedback ?? null) : null,
		tell:
			told === null
				? null
				: { text: told, target: answerTo({ ...message, account }), key: tellKey ?? ownKey(message) },
	};
}

type Place = Pick<
	z.output<typeof inputSchema>,
	'platform' | 'account' | 'chatId' | 'threadId' | 'externalId'
>;

function answerTo({ platform, account, chatId, threadId, externalId }: Place): SendPlace {
	// Ids of groups are negative on Telegram.
	const chatKind = platform === 'telegram' && chatId.startsWith('-') ? 'group' : 'private';
	return {
		...{ platform, account, chatId, chatKind, replyTo: externalId },
		...(threadId !== undefined && { threadId }),
	};
}

/** The same for the same message, so that the desk is told once. */
function ownKey({ platform, account, chatId, externalId }: Place): string {
	const place = JSON.stringify([platform, account, chatId, externalId]);
	return `desk-${createHash('sha256').update(place).digest('hex').slice(0, 32)}`;
}

const threadSchema = z.object({ threadId: z.union([z.string(), z.number()]).transform(String) });
const botSchema = z.object({ answeredBot: z.string() });

/**
 * A message in the normal form, as an operator's; undefined for what is taken back. An edit is read like the message that it changes:
 * what was sent stays as it is, and the desk is told so.
 */
export function operatorMessageOf(message: Message): OperatorMessageInput | undefined {
	if (message.event === 'delete' || message.direction !== 'inbound') return undefined;
	const { platform, account, chat, id, sender, text, replyTo, attachments, metadata } = message;
	const { data: thread } = threadSchema.safeParse(metadata);
	const { data: bot } = botSchema.safeParse(metadata);
	return {
		...{ platform, account, chatId: chat.id, externalId: id, attachments },
		...thread,
		...(bot && { botName: bot.answeredBot }),
		...(replyTo !== undefined && { replyTo }),
		...(sender && { senderId: sender.id, senderKind: sender.kind }),
		...(sender?.name !== undefined && { senderName: sender.name }),
		...(text !== undefined && { text }),
	};
}
export type { OperatorReason };
