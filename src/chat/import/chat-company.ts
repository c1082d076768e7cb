import { isSealed } from '../sealing/seal';
import { counted, kindOfChat, placeOf, platformName, type MapOptions, type TableRules } from './mapped';
import { present, type RowReader } from './row';

const joined = 'is the number of the row: the message is found by the columns that the query has joined';

/** Tables of a chat company: messages, conversations, users and files. */
export const chatCompany: Record<string, TableRules> = {
	messages: {
		kind: 'message',
		notTaken: {},
		columns: {
			...{ platform: 'platform', id: 'platform_message_id', chat: 'chat_id', sender: 'sender_id' },
			...{ sentAt: 'timestamp', editedAt: 'edit_timestamp', text: 'content', type: 'content_type' },
			...{ replyTo: 'reply_to', forwardedFrom: 'forward_from', attachments: 'media_urls' },
			sentimentScore: 'sentiment_score',
		},
		map: message,
	},
	conversations: {
		kind: 'conversation',
		notTaken: {
			...{ participant_count: counted, total_messages: counted, shared_files_count: counted },
			...{ first_message_at: counted, last_message_at: counted },
		},
		map: conversation,
	},
	users: {
		kind: 'contact',
		notTaken: {
			total_messages: counted,
			first_interaction: counted,
			last_interaction: counted,
			sentiment_avg: counted,
		},
		map: contact,
	},
	media_files: { kind: 'file', notTaken: { message: joined, message_id: joined }, map: file },
};

function message(read: RowReader, options: MapOptions, source: string): Record<string, unknown> {
	const platform = platformName(read.required(read.text('platform'), 'platform'));
	const chatId = read.required(read.id('chat_id'), 'chat_id');
	const senderId = read.id('sender_id');
	const isOwn = senderId !== undefined && options.ownIds.includes(senderId);
	const sentAt = read.required(read.instant('timestamp'), 'timestamp');
	const editedAt = read.instant('edit_timestamp');
	const forward = read.json('forward_from');
	const isForwarded = read.flag('is_forwarded');
	const type = read.text('content_type') ?? 'text';
	const score = read.number('sentiment_score');
	const mediaMetadata = read.json('media_metadata');
	return present({
		// What it said before the edit is not known, and is not made up.
		event: editedAt === undefined ? 'message' : 'edit',
		...placeOf(platform, options.accounts),
		id: read.required(read.id('platform_message_id'), 'platform_message_id'),
		chat: present({
			id: chatId,
			kind: kindOfChat(read.text('chat_type'), platform, chatId),
			title: read.text('chat_name'),
		}),
		sender:
			senderId === undefined
				? undefined
				: present({
						id: senderId,
						kind: isOwn ? 'bot' : 'contact',
						name: read.text('sender_name'),
						username: read.text('sender_username'),
					}),
		direction: isOwn ? 'outbound' : 'inbound',
		sentAt,
		editedAt,
		type,
		text: read.text('content'),
		language: languageCode(read.text('language')),
		forwardedFrom: forward === undefined && isForwarded !== true ? undefined : forwardedFrom(forward),
		replyTo: read.id('reply_to'),
		attachments: read.texts('media_urls')?.map((url, place) => ({
			kind: type === 'text' ? 'document' : type,
			url,
			...mediaOf(mediaMetadata, place),
		})),
		sentiment: read.text('sentiment')?.toLowerCase(),
		sentimentScore: score,
		entities: read.json('entities'),
		topics: read.texts('topics'),
		intent: read.text('intent'),
		priority: read.number('priority'),
		metadata: {
			import: present({ source, row: read.id('id'), media_metadata: mediaMetadata, ...read.rest() }),
		},
	});
}

/** `en_US` and `EN` are codes too. */
function languageCode(said: string | undefined): string | undefined {
	return said
		?.trim()
		.replace('_', '-')
		.replace(/^[A-Za-z]+/, (word) => word.toLowerCase());
}

function forwardedFrom(said: unknown): object {
	if (typeof said === 'object' && said !== null && !Array.isArray(said)) {
		const { id, name, title } = said as Record<string, unknown>;
		const called = name ?? title;
		return present({
			id: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
			name: typeof called === 'string' ? called : undefined,
		});
	}
	const text = typeof said === 'string' || typeof said === 'number' ? String(said) : undefined;
	if (text === undefined) return {};
	return /^-?\d+$/.test(text) ? { id: text } : { name: text };
}

/** Of one file, or of each in their order. All of it stays in the metadata. */
function mediaOf(metadata: unknown, place: number): object {
	const one: unknown = Array.isArray(metadata) ? metadata[place] : place === 0 ? metadata : undefined;
	if (typeof one !== 'object' || one === null) return {};
	const { mime_type: mimeType } = one as Record<string, unknown>;
	return typeof mimeType === 'string' ? { mimeType } : {};
}

function conversation(read: RowReader, { accounts }: MapOptions): Record<string, unknown> {
	const platform = platformName(read.required(read.text('platform'), 'platform'));
	const chatId = read.required(read.id('chat_id'), 'chat_id');
	const updatedAt = read.instant('updated_at');
	const archivedAt = read.instant('archived_at');
	const isActive = read.flag('is_active');
	const summary = read.text('summary');
	return present({
		...placeOf(platform, accounts),
		chatId,
		kind: kindOfChat(read.text('chat_type'), platform, chatId),
		title: read.text('chat_name'),
		summary,
		summaryAt: summary === undefined ? undefined : updatedAt,
		keyTopics: read.texts('key_topics'),
		links: read.texts('important_links'),
		participants: participants(read.json('participants'), read),
		// Without a time of its own it was archived when it was last changed.
		archivedAt: archivedAt ?? (isActive === false ? (updatedAt ?? '1970-01-01T00:00:00.000Z') : undefined),
		custom: { ...read.rest(), ...(updatedAt !== undefined && { updated_at: updatedAt }) },
	});
}

/** Ids, or objects with one. */
function participants(said: unknown, read: RowReader): string[] | undefined {
	if (said === undefined) return undefined;
	const list: unknown[] = Array.isArray(said) ? said : (read.texts('participants') ?? []);
	const ids = list.map((one) => {
		const id: unknown =
			typeof one === 'object' && one !== null ? (one as Record<string, unknown>)['id'] : one;
		return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
	});
	const known = ids.filter((id) => id !== undefined);
	if (known.length < ids.length) read.fault('participants', 'holds somebody without an id');
	return known;
}

const idColumns = {
	telegram_id: 'telegram',
	instagram_id: 'instagram',
	facebook_id: 'messenger',
	whatsapp_id: 'whatsapp',
	twitter_id: 'twitter',
} as const;

/** Of what was said at an unknown time, anything that is known to have been said later counts more. */
const unknownTime = '1970-01-01T00:00:00.000Z';

function contact(read: RowReader, { accounts }: MapOptions, source: string): Record<string, unknown> {
	const username = read.text('username');
	const identities = Object.entries(idColumns).flatMap(([column, platform]) => {
		const id = read.id(column);
		return id === undefined ? [] : [present({ ...placeOf(platform, accounts), id, username })];
	});
	if (identities.length === 0)
		read.fault(Object.keys(idColumns).join(', '), 'there is no id of any platform');
	const createdAt = read.instant('created_at');
	const changedAt = read.instant('updated_at');
	const consents = (
		[
			['chat_storage', read.flag('consent_chat_storage')],
			['ai_analysis', read.flag('consent_ai_analysis')],
		] as const
	).flatMap(([purpose, granted]) =>
		granted === undefined
			? []
			: [
					{
						...{ purpose, granted, source: `import: ${source}` },
						// A row is changed for many reasons: that does not make a consent newer. Of a refusal it may.
						givenAt: (granted ? undefined : changedAt) ?? createdAt ?? unknownTime,
					},
				],
	);
	const set = present({
		name: read.text('name'),
		bio: read.text('bio'),
		pictureUrl: read.text('picture', 'picture_url', 'profile_picture_url'),
		realName: unsealed(read, 'real_name'),
		email: unsealed(read, 'email'),
		phone: unsealed(read, 'phone_number'),
		language: languageCode(read.text('language')),
		status: contactStatus(read),
		tags: read.texts('tags'),
		notes: read.text('notes'),
		preferredPlatform: platformName(read.text('preferred_platform')),
		communicationStyle: read.text('communication_style'),
		traits: read.json('personality_traits'),
		interests: read.texts('interests'),
		interactionPatterns: read.json('interaction_patterns'),
	});
	const { id: _row, ...custom } = read.rest();
	return { identities, consents, set: { ...set, ...(Object.keys(custom).length > 0 && { custom }) } };
}

function unsealed(read: RowReader, column: string): string | undefined {
	const text = read.text(column);
	return text !== undefined && isSealed(text) ? read.fault(column, 'begins like a sealed value') : text;
}

function contactStatus(read: RowReader): string | undefined {
	const status = read.text('status')?.toLowerCase();
	if (status === undefined || ['active', 'vip', 'blocked'].includes(status)) return status;
	return read.fault('status', 'is none of active, vip, blocked');
}

function file(read: RowReader, { accounts }: MapOptions): Record<string, unknown> {
	const platform = platformName(read.required(read.text('platform'), 'platform'));
	const url = read.text('storage_url');
	const provider = read.text('storage_provider')?.toLowerCase();
	const isProcessed = read.flag('processed');
	const durationS = read.number('duration');
	const processedAt = read.instant('processed_at') ?? (isProcessed === true ? unknownTime : undefined);
	const externalId = read.id('platform_file_id', 'id');
	return present({
		...placeOf(platform, accounts),
		chatId: read.required(read.id('chat_id'), 'chat_id'),
		messageId: read.required(read.id('platform_message_id'), 'platform_message_id'),
		processedAt,
		file: present({
			kind: read.text('file_type') ?? 'document',
			externalId,
			fileName: read.text('filename'),
			mimeType: read.text('mime_type'),
			sizeBytes: read.number('size_bytes'),
			url,
			thumbnailUrl: read.text('thumbnail_url'),
			storage: url !== undefined && provider !== undefined ? storageOf(provider, url, read) : undefined,
			width: read.number('width'),
			height: read.number('height'),
			durationMs: durationS === undefined ? undefined : Math.round(durationS * 1000),
			ocrText: read.text('ocr_text'),
			transcription: read.text('transcription'),
		}),
		rest: read.rest(),
	});
}

/** Ways to a file of Supabase Storage: the name of the bucket follows. */
const storageWays =
	/\/storage\/v1\/(?:s3|(?:object|render\/image)(?:\/info)?(?:\/(?:public|sign|authenticated))?)\/([^/?#]+)\/([^?#]+)/;
/** Ways that lead to no file: what follows them is no bucket. */
const noBucket = ['info', 'list', 'upload', 'copy', 'move', 'public', 'sign', 'authenticated'];

/** Where its bytes are, so that an erasure can have them removed; by their address where nothing more is known. */
function storageOf(provider: string, url: string, read: RowReader): object {
	if (provider !== 'supabase') return { provider, path: url };
	const [, bucket, path] = storageWays.exec(url) ?? [];
	if (bucket !== undefined && path !== undefined && !noBucket.includes(bucket))
		return { provider, bucket: decoded(bucket), path: decoded(path) };
	read.note('storage_url', 'does not say bucket and path, so an erasure cannot have this file removed');
	return { provider, path: url };
}

/** An address that was put together without escaping is its own path. */
function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
