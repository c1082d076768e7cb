import { placeOf, platformName, rowId, type MapOptions, type TableRules } from './mapped';
import { present, type RowReader } from './row';

/**
 * Tables of n8n's own Postgres and Supabase Chat Memory: `id`, `session_id` and `message`, which is
 * `{type, data: {content}}` from older versions of LangChain and `{type, content, additional_kwargs, …}` from newer ones.
 */
export const n8nChatMemory: Record<string, TableRules> = {
	n8n_chat_histories: {
		kind: 'message',
		notTaken: {},
		hasRowIds: true,
		columns: {
			id: 'id',
			chat: 'session_id',
			sender: 'session_id',
			text: 'message.content',
			sentAt: 'created_at',
		},
		map: message,
	},
};

function message(read: RowReader, options: MapOptions, source: string): Record<string, unknown> {
	const row = read.required(read.id('id'), 'id');
	const session = read.required(read.id('session_id'), 'session_id');
	const said = read.json('message');
	const written = isRecord(said) ? said : {};
	const type: unknown = written['type'];
	const { content, ...more } = isRecord(written['data'])
		? written['data']
		: Object.fromEntries(Object.entries(written).filter(([key]) => key !== 'type'));
	if (!isRecord(said)) read.required(undefined, 'message');
	else if (typeof type !== 'string') read.fault('message.type', 'is missing');
	const isHuman = type === 'human';
	const knownAt = read.instant('created_at', 'timestamp');
	const { text, files, others } = partsOf(content);
	const details = Object.fromEntries(Object.entries(more).filter(([, value]) => !isEmpty(value)));
	return present({
		...placeOf(platformName(options.platform) ?? 'n8n', options.accounts),
		id: rowId('memory', row, options),
		chat: { id: session },
		sender: isHuman
			? { id: session }
			: { id: typeof type === 'string' ? type : 'ai', kind: type === 'ai' ? 'bot' : 'system' },
		direction: isHuman ? 'inbound' : 'outbound',
		sentAt: knownAt ?? orderedTime(row, options.firstTime, read),
		type: text === undefined && details['tool_calls'] !== undefined ? 'tool_calls' : 'text',
		text,
		attachments: files,
		data: others.length > 0 ? { parts: others } : undefined,
		metadata: {
			import: present({
				source,
				row,
				type,
				...(knownAt === undefined && { time: 'unknown, in the order of the rows' }),
				...details,
				...read.rest(),
			}),
		},
	});
}

/**
 * The table says no time, only an order: a millisecond a row, so that every import gives a row the same time, whichever
 * rows it takes.
 */
function orderedTime(row: string | undefined, firstTime: string, read: RowReader): string | undefined {
	if (row === undefined) return undefined;
	const number = Number(row);
	if (!Number.isSafeInteger(number) || number < 0)
		return read.fault('id', 'is no number, so the order is unknown');
	return new Date(Date.parse(firstTime) + number).toISOString();
}

/** Content is a text, or a list of parts as language models take them. */
function partsOf(content: unknown): { text: string | undefined; files: object[]; others: unknown[] } {
	if (typeof content === 'string')
		return { text: content === '' ? undefined : content, files: [], others: [] };
	const parts: unknown[] = Array.isArray(content) ? content : content === undefined ? [] : [content];
	const texts: string[] = [];
	const files: object[] = [];
	const others: unknown[] = [];
	for (const part of parts) {
		const {
			type,
			text,
			image_url: image,
		} = isRecord(part) ? part : { type: 'text', text: part, image_url: undefined };
		const url = isRecord(image) ? image['url'] : image;
		if (type === 'text' && typeof text === 'string') texts.push(text);
		else if (typeof url === 'string' && /^https?:/.test(url)) files.push({ kind: 'image', url });
		else others.push(part);
	}
	return { text: texts.length > 0 ? texts.join('\n') : undefined, files, others };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean =>
	value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
