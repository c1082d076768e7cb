import type { Store } from '../../../../src/store';
import { saveMember } from '../../../../src/store';
import { storeMessages } from '../../../../src/chat';
import { enqueue, sendDue, telegramClient, usualLimits, type DueReport } from '../../../../src/channels';
import {
	openHandover,
	readOperatorMessage,
	saveDesk,
	type OpenedHandover,
	type OpenHandoverInput,
	type OperatorMessage,
	type OperatorMessageInput,
} from '../../../../src/decide';
import { type TelegramCloud } from '../../../support/channels/telegram-cloud';
import type { Stand, TransportName } from '../../store/stand';

export const account = '123456789';
export const operators = '-100500';
export const bot = { platform: 'telegram', account };

interface Sendable {
	target: OpenedHandover['target'];
	text: string | null;
	key: string | null;
	format?: 'plain' | 'html' | 'markdown';
}

/** A help desk: clients in chats of their own, operators in a group of theirs. */
export interface HelpDesk {
	store: Store;
	tenant: string;
	cloud: TelegramCloud;
	/** Stores a message of a client. @param chat the client's, who is called after it */
	client(chat: string, text: string, more?: object): Promise<{ messageId: number; conversationId: number }>;
	/** A member with this id on Telegram. */
	member(name: string, telegramId: string): Promise<number>;
	open(messageId: number, more?: Partial<OpenHandoverInput>): Promise<OpenedHandover>;
	/** Opens it and posts the card through the outbox; the id of the message that it became. */
	posted(messageId: number, more?: Partial<OpenHandoverInput>): Promise<OpenedHandover & { post: string }>;
	/** What an operator writes at the desk. */
	writes(senderId: string, text: string, more?: Partial<OperatorMessageInput>): Promise<OperatorMessage>;
	/** Hands in what is to be sent, and sends all that is due. */
	send(what: Sendable): Promise<void>;
	sendDue(): Promise<DueReport>;
}

/** Far from the numbers that the cloud gives to what is sent to the same chats. */
let sent = 100_000;

export async function openHelpDesk(
	stand: Stand,
	transport: TransportName,
	cloud: TelegramCloud,
	{ withDesk = true }: { withDesk?: boolean } = {},
): Promise<HelpDesk> {
	const tenant = await stand.tenant();
	const store = stand.open(transport, { tenant });
	if (withDesk) await saveDesk(store, { ...bot, chatId: operators });
	const due = async (): Promise<DueReport> => {
		const telegram = telegramClient({ token: cloud.token, baseUrl: cloud.cloud.url, timeoutMs: 5000 });
		const wide = [{ limit: 1000, periodMs: 1000 }];
		const limits = { ...usualLimits.telegram, account: wide, chat: wide, group: wide };
		return await sendDue(store, telegram, { platform: 'telegram', limits });
	};
	const open: HelpDesk['open'] = (messageId, more = {}) =>
		openHandover(store, { messageId, reason: 'an unhappy customer', ...more });
	const hand: HelpDesk['send'] = async ({ target, text, key, format = 'plain' }) => {
		if (!target || text === null || key === null) throw new Error('There is nowhere to send it.');
		const { replyTo, ...place } = target;
		const content = { operation: 'message' as const, text, format };
		await enqueue(
			store,
			{ ...place, platform: 'telegram' },
			{ ...content, ...(replyTo && { replyTo }) },
			{ key },
		);
	};
	return {
		...{ store, tenant, cloud, open, sendDue: due },
		client: async (chat, text, more = {}) => {
			sent += 1;
			const [stored] = await storeMessages(store, [
				{
					...{
						...bot,
						id: `${sent}`,
						chat: { id: chat },
						sender: { id: chat, name: `Client ${chat}` },
						text,
					},
					...{ sentAt: new Date().toISOString(), ...more },
				},
			]);
			return { messageId: stored?.id ?? 0, conversationId: stored?.conversationId ?? 0 };
		},
		member: async (name, telegramId) =>
			(
				await saveMember(
					store,
					{ email: `${name}@example.com`.toLowerCase() },
					{
						name,
						role: 'manager',
						identities: [{ platform: 'telegram', id: telegramId }],
					},
				)
			).id,
		posted: async (messageId, more) => {
			const opened = await open(messageId, more);
			await hand({ ...opened, ...opened.card, text: opened.card?.text ?? null });
			await due();
			const post = cloud.taken.filter(({ chatId }) => chatId === opened.target?.chatId).at(-1)?.id;
			return { ...opened, post: String(post) };
		},
		writes: async (senderId, text, more = {}) => {
			sent += 1;
			const message = {
				...bot,
				chatId: operators,
				externalId: `op-${sent}`,
				senderId,
				senderName: `Somebody ${senderId}`,
			};
			return await readOperatorMessage(store, { ...message, text, ...more });
		},
		send: async (what) => {
			await hand(what);
			await due();
		},
	};
}
