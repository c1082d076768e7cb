import { RecordingServer, type Answer, type RecordedRequest } from './recording-server';

export interface TelegramMessage {
	chatId: string;
	/** What a reader sees: the text without tags and entities. */
	visible: string;
	/** The text as it was sent. */
	html: string;
}

const allowedTags = /<\/?(?:b|strong|i|em|u|ins|s|strike|del|code|pre|tg-spoiler|blockquote)>/g;
const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };
const wrong = (description: string): Answer => ({
	status: 400,
	body: { ok: false, error_code: 400, description: `Bad Request: ${description}` },
});

/**
 * The method sendMessage of the Bot API as https://core.telegram.org/bots/api describes it: token in the path,
 * the HTML subset, 1–4096 characters after entities have been parsed.
 */
export class TelegramDouble {
	readonly messages: TelegramMessage[] = [];

	private constructor(
		readonly http: RecordingServer,
		readonly token: string,
	) {}

	static async start(token: string): Promise<TelegramDouble> {
		const http = await RecordingServer.start((request) => double.answer(request));
		const double: TelegramDouble = new TelegramDouble(http, token);
		return double;
	}

	private answer(request: RecordedRequest): Answer {
		if (request.path !== `/bot${this.token}/sendMessage`) {
			return { status: 404, body: { ok: false, error_code: 404, description: 'Not Found' } };
		}
		const { chat_id: chatId, text, parse_mode: parseMode } = request.body as Record<string, unknown>;
		if (typeof text !== 'string' || text === '') return wrong('message text is empty');
		if (parseMode !== 'HTML') return wrong('this double knows HTML only');
		const untagged = text.replace(allowedTags, '');
		if (/[<>]/.test(untagged)) return wrong("can't parse entities: Unsupported start tag");
		const visible = untagged.replace(/&(?:amp|lt|gt|quot);/g, (entity) => entities[entity] ?? entity);
		if (visible.length > 4096) return wrong('message is too long');
		this.messages.push({ chatId: String(chatId), visible, html: text });
		return { status: 200, body: { ok: true, result: { message_id: this.messages.length, text: visible } } };
	}
}
