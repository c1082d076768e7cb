import { z } from 'zod';

import type { MessageInput } from '../../../shared';
import type { Parsed } from '../channel';
import { Collector } from '../collect';
import type { ChannelEvent, StatusEvent } from '../event';
import { given, idText, isRecord, listOf, unixSeconds } from '../fields';
import { eachPart, rawOrigin, type Part } from '../meta/entries';
import { contentOf } from './content';

const platform = 'whatsapp';

const messageSchema = z.looseObject({
	id: idText,
	// People without a visible number have an id alone.
	from: idText.optional(),
	from_user_id: idText.optional(),
	timestamp: unixSeconds,
	type: z.string(),
	context: z.looseObject({ id: idText.optional(), forwarded: z.boolean().optional() }).optional(),
	group_id: idText.optional(),
});

const statusSchema = z.looseObject({
	id: idText,
	status: z.enum(['sent', 'delivered', 'read', 'failed']).catch('sent'),
	timestamp: unixSeconds,
	recipient_id: idText.optional(),
	errors: z.array(z.looseObject({ code: idText, title: z.string().default('') })).optional(),
});

const editSchema = z.looseObject({
	original_message_id: idText,
	message: z.looseObject({ type: z.string() }),
});
const revokeSchema = z.looseObject({ original_message_id: idText });
const reactionSchema = z.looseObject({ message_id: idText, emoji: z.string().optional() });
const metadataSchema = z.looseObject({ phone_number_id: idText });

/** What the messages of one change have in common. */
interface Scope {
	account: string;
	/** Names by id. */
	names: Map<string, string>;
}

/** Reads a notification about a WhatsApp Business account. */
export function parseWhatsApp(body: unknown): Parsed {
	const collector = new Collector();
	eachPart({ body, platform, expected: 'whatsapp_business_account', lists: ['changes'] }, collector, (part) =>
		takeChange(part, collector),
	);
	return collector.parsed;
}

function takeChange({ entryId, path, value: change }: Part, collector: Collector): void {
	const { field, value } = change;
	const account = isRecord(value)
		? metadataSchema.safeParse(value['metadata']).data?.phone_number_id
		: undefined;
	const isAboutMessages = field === 'messages' && isRecord(value);
	if (!isAboutMessages || account === undefined) {
		const origin = rawOrigin(platform, account ?? entryId, change);
		if (field === 'messages') collector.refuse(path, 'has no metadata.phone_number_id', origin);
		else if (field === 'smb_message_echoes') collector.take(path, origin, () => [{ ...origin, ...echo }]);
		else collector.take(path, origin, () => [{ ...origin, kind: 'unsupported', type: String(field) }]);
		return;
	}
	const scope: Scope = { account, names: namesOf(value['contacts']) };
	for (const [list, read] of Object.entries(lists)) {
		for (const [index, element] of listOf(value[list]).entries()) {
			const origin = rawOrigin(platform, account, element);
			collector.take(`${path}.value.${list}.${index}`, origin, () => read(element, scope));
		}
	}
}

/** What the business has written on its telephone. */
const echo = { kind: 'status', status: { state: 'echo' } } as const;

const lists: Record<string, (element: unknown, scope: Scope) => ChannelEvent[]> = {
	messages: written,
	statuses: settled,
	errors: (element, { account }) => [
		{ ...rawOrigin(platform, account, element), kind: 'unsupported', type: 'errors' },
	],
};

function written(element: unknown, { account, names }: Scope): ChannelEvent[] {
	const message = messageSchema.parse(element);
	const from = idText.parse(message.from ?? message.from_user_id);
	const occurredAt = message.timestamp.toISOString();
	const common = {
		id: `${platform}:${account}:${message.id}`,
		platform,
		account,
		occurredAt,
		raw: element,
	} as const;
	const base = {
		platform,
		account,
		chat: {
			id: message.group_id ?? from,
			kind: message.group_id === undefined ? ('private' as const) : ('group' as const),
		},
		sender: { id: from, ...given({ name: names.get(from) }) },
	};
	if (message.type === 'reaction') {
		const { message_id: messageId, emoji } = reactionSchema.parse(message['reaction']);
		const detail = { emoji: emoji ?? null };
		const chatId = base.chat.id;
		return [{ ...common, kind: 'status', status: { state: 'reaction', messageId, chatId, detail } }];
	}
	if (message.type === 'revoke') {
		const { original_message_id: id } = revokeSchema.parse(message['revoke']);
		const revoked: MessageInput = { ...base, event: 'delete', id, deletedAt: occurredAt };
		return [{ ...common, kind: 'message', message: revoked }];
	}
	if (message.type === 'edit') {
		const { original_message_id: id, message: after } = editSchema.parse(message['edit']);
		const { button: _, ...content } = contentOf(after);
		const edited: MessageInput = { ...base, event: 'edit', id, ...content, editedAt: occurredAt };
		return [{ ...common, kind: 'message', message: edited }];
	}
	// As it came: what is not known is kept so.
	const { button, ...content } = contentOf(isRecord(element) ? element : {});
	return [
		{
			...common,
			kind: 'message',
			message: {
				...base,
				event: 'message',
				id: message.id,
				sentAt: occurredAt,
				...content,
				...given({ replyTo: message.context?.id }),
				...(message.context?.forwarded === true && { forwardedFrom: {} }),
			},
			...(button && { button }),
		},
	];
}

function settled(element: unknown, { account }: Scope): ChannelEvent[] {
	const known = statusSchema.parse(element);
	const said = isRecord(element) ? String(element['status']) : '';
	const common = {
		id: `${platform}:${account}:${known.id}:${said}`,
		platform,
		account,
		occurredAt: known.timestamp.toISOString(),
		raw: element,
	} as const;
	if (said !== known.status) return [{ ...common, kind: 'unsupported', type: `status ${said}` }];
	const status: StatusEvent['status'] = {
		state: known.status,
		messageId: known.id,
		...given({
			chatId: known.recipient_id,
			errors: known.errors?.map(({ code, title }) => ({ code, title })),
		}),
	};
	return [{ ...common, kind: 'status', status }];
}

const contactSchema = z.looseObject({
	wa_id: idText.optional(),
	user_id: idText.optional(),
	profile: z.looseObject({ name: z.string().optional() }).optional(),
});

function namesOf(contacts: unknown): Map<string, string> {
	const names = new Map<string, string>();
	for (const element of listOf(contacts)) {
		const { wa_id: number, user_id: id, profile } = contactSchema.safeParse(element).data ?? {};
		if (profile?.name === undefined) continue;
		for (const key of [number, id]) if (key !== undefined) names.set(key, profile.name);
	}
	return names;
}
