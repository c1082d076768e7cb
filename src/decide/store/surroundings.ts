import type { CompiledSchedule } from '../../sla';
import type { Content, Surroundings } from '../facts/build';
import { textOf } from '../facts/build';
import type { FactValue } from '../facts/fields';
import type { SpamModel } from '../spam/model';
import type { LanguageDetector } from '../text/language';
import type { ContextMessage, DecisionContext } from './context';
import { kept } from './input';
import { isHoliday } from './timing';

/** A stored message in its normal form. What it says is said since its last edit. */
export function messageOf({ message, conversation }: DecisionContext): Content {
	const { platform, account, externalId, chatId, sender, author, type, text, language } = message;
	const { forwardedFrom, replyTo, attachments, sentiment, sentimentScore, intent, topics, priority } =
		message;
	return {
		...{ event: 'message', platform, account, id: externalId, revision: 0, direction: 'inbound' },
		chat: {
			id: chatId,
			kind: conversation.kind,
			...(conversation.title !== undefined && { title: conversation.title }),
		},
		sender: senderOf(sender, author),
		...{ type, text, language, sentiment, sentimentScore, intent, topics, priority },
		...(forwardedFrom && { forwardedFrom: { name: forwardedFrom.name } }),
		...(replyTo && { replyTo: replyTo.externalId }),
		attachments: attachments.map(({ kind, fileName, ocrText, transcription }) => ({
			...{ kind, fileName, ocrText, transcription },
		})),
		sentAt: new Date(message.editedAt ?? message.sentAt).toISOString(),
	};
}

/** Bots and systems are no contacts: the store keeps of them only that they wrote. */
function senderOf(
	sender: ContextMessage['sender'],
	author: ContextMessage['author'],
): NonNullable<Content['sender']> {
	const isPerson = author === 'contact' || author === 'member';
	return {
		id: sender?.id ?? author,
		kind: isPerson ? 'contact' : author,
		...(sender?.name !== undefined && { name: sender.name }),
		...(sender?.username !== undefined && { username: sender.username }),
	};
}

/** What the store knows of a message beside itself. */
export function surroundingsOf(
	context: DecisionContext,
	schedule: CompiledSchedule | undefined,
	{
		languageDetector,
		own,
		spamModel,
	}: {
		languageDetector?: LanguageDetector;
		own?: Readonly<Record<string, FactValue>>;
		spamModel: SpamModel | undefined;
	},
): Surroundings {
	const { contact, conversation, history, quoted, aiAllowed, message } = context;
	const atMs = Date.parse(message.editedAt ?? message.sentAt);
	const { status, tier, team, isHandledByPerson, isDesk, handedBackAt, automaticReplies } = conversation;
	return {
		...(contact && { sender: contact }),
		conversation: {
			...{ status, automaticReplies, isDesk },
			...(handedBackAt !== undefined && { handedBackAt }),
			...(tier !== undefined && { tier }),
			...(team !== undefined && { team }),
			// What a colleague writes in a client's chat is an answer, not a question.
			isHandledByPerson: isHandledByPerson || message.author === 'member',
		},
		history,
		...(quoted !== undefined && { quoted }),
		...(schedule && {
			time: {
				timezone: schedule.timezone,
				isOpen: schedule.isOpen(atMs),
				isHoliday: isHoliday(schedule, atMs),
			},
		}),
		consent: { aiAnalysis: aiAllowed },
		...(languageDetector && { language: languageDetector(textOf(messageOf(context))) }),
		...(spamModel && { spamModel }),
		...(own && { own: kept(own) }),
	};
}
