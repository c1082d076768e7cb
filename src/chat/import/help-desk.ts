import { kindOfChat, placeOf, rowId, type MapOptions, type TableRules } from './mapped';
import { present, type RowReader } from './row';

const platform = 'telegram';

/** Tables of a help desk on Telegram: chats, requests of clients, people, templates and questions. */
export const helpDesk: Record<string, TableRules> = {
	chats: { kind: 'conversation', notTaken: {}, map: conversation },
	client_requests: {
		kind: 'message',
		notTaken: {},
		hasRowIds: true,
		columns: { id: 'id', chat: 'chat_id', sender: 'client_id', text: 'message_text', sentAt: 'timestamp' },
		map: message,
	},
	users: { kind: 'member', notTaken: {}, map: member },
	templates: { kind: 'template', notTaken: {}, map: template },
	faq_items: { kind: 'faqItem', notTaken: {}, map: faqItem },
};

function conversation(read: RowReader, { accounts }: MapOptions): Record<string, unknown> {
	const chatId = read.required(read.id('chat_id'), 'chat_id');
	return present({
		...placeOf(platform, accounts),
		chatId,
		kind: kindOfChat(read.text('chat_type'), platform, chatId),
		title: read.text('chat_name'),
		// An e-mail when the query has joined the users, else the id of one: their member has both.
		assignee: read.text('assigned_email', 'assigned_accountant'),
		tier: read.text('tier'),
		custom: read.rest(),
	});
}

/** The source keeps no ids of messages, so the number of the request stands in. */
function message(read: RowReader, options: MapOptions, source: string): Record<string, unknown> {
	const row = read.required(read.id('id'), 'id');
	const chatId = read.required(read.id('chat_id', 'chat'), 'chat_id');
	const clientId = read.required(read.id('client_id'), 'client_id');
	return present({
		...placeOf(platform, options.accounts),
		id: rowId('request', row, options),
		chat: present({
			id: chatId,
			kind: kindOfChat(undefined, platform, chatId),
			title: read.text('chat_name'),
		}),
		sender: present({
			id: clientId,
			name: read.text('client_name'),
			username: read.text('client_username'),
		}),
		sentAt: read.required(read.instant('timestamp', 'received_at'), 'timestamp'),
		text: read.text('message_text'),
		metadata: { import: present({ source, row, ...read.rest() }) },
	});
}

function member(read: RowReader): Record<string, unknown> {
	const id = read.text('id');
	const telegramId = read.id('telegram_id');
	const role = read.text('role')?.toLowerCase();
	if (role !== undefined && !['admin', 'manager', 'observer'].includes(role))
		read.fault('role', 'is none of admin, manager, observer');
	if (id !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
		read.fault('id', 'is no UUID');
	const email = read.text('email');
	if (email === undefined && id === undefined) read.fault('email', 'is missing, and so is id');
	return present({
		userId: id,
		email,
		name: read.text('full_name', 'name') ?? email?.split('@')[0] ?? read.required(undefined, 'full_name'),
		role,
		identities: telegramId === undefined ? undefined : [{ platform, id: telegramId }],
		rest: read.rest(),
	});
}

function template(read: RowReader): Record<string, unknown> {
	read.value('id');
	return present({
		category: read.text('category'),
		title: read.required(read.text('title'), 'title'),
		content: read.required(read.text('content'), 'content'),
		author: read.text('created_by_email', 'created_by'),
		usageCount: read.number('usage_count'),
		rest: read.rest(),
	});
}

function faqItem(read: RowReader): Record<string, unknown> {
	read.value('id');
	return present({
		question: read.required(read.text('question'), 'question'),
		answer: read.required(read.text('answer'), 'answer'),
		keywords: read.texts('keywords'),
		usageCount: read.number('usage_count'),
		rest: read.rest(),
	});
}
