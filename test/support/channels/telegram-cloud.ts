import { Cloud, type CloudAnswer, type CloudRequest, type Reaction } from './cloud';
import { BotWebhook } from './telegram-deliverer';

/** At most so many messages in any time of this length. */
interface Rule {
	limit: number;
	periodMs: number;
}

export interface TelegramLimits {
	account?: Rule[];
	chat?: Rule[];
	group?: Rule[];
}

interface Counted {
	atMs: number;
	chatId: string;
	cost: number;
}

/** A text that was taken. */
export interface TakenText {
	chatId: string;
	text: string;
	id: number;
	/** The topic of the forum that it went to. */
	threadId?: string;
	/** The message that it answers. */
	replyTo?: string;
}

/**
 * The sending half of the Bot API, as core.telegram.org/bots/api (methods, ResponseParameters, formatting) and
 * core.telegram.org/bots/faq (limits) describe it: token in the path, 1–4096 visible characters, groups by negative ids. What
 * passes a limit is refused with 429 and counted.
 */
export class TelegramCloud {
	readonly token = '123456789:AAExampleTokenOfNobodyAtAll-0123456';
	/** Texts that were taken, in their order. */
	readonly taken: TakenText[] = [];
	readonly webhook = new BotWebhook();
	/** How often a limit was passed. */
	passed = 0;
	private readonly scripted = new Map<string, Reaction[]>();
	private readonly counted: Counted[] = [];
	private id = 0;

	private constructor(
		readonly cloud: Cloud,
		private readonly limits: TelegramLimits,
		private readonly latencyMs: number,
	) {}

	static async start({ latencyMs = 0, ...limits }: TelegramLimits & { latencyMs?: number } = {}) {
		const cloud = await Cloud.start((request) => double.react(request));
		const double: TelegramCloud = new TelegramCloud(cloud, limits, latencyMs);
		return double;
	}

	/** What the next requests to a chat are answered with, before it behaves as usual. */
	script(chatId: string, ...reactions: Reaction[]): void {
		this.scripted.set(chatId, [...(this.scripted.get(chatId) ?? []), ...reactions]);
	}

	static error(status: number, description: string, parameters?: object): CloudAnswer {
		return {
			status,
			body: { ok: false, error_code: status, description, ...(parameters && { parameters }) },
		};
	}

	private async react(request: CloudRequest): Promise<Reaction> {
		const [, method = ''] = new RegExp(`^/bot${this.token}/(\\w+)$`).exec(request.path) ?? [];
		if (method === '') return TelegramCloud.error(401, 'Unauthorized');
		if (method.endsWith('Webhook') || method === 'getWebhookInfo')
			return { status: 200, body: { ok: true, result: this.webhook.answer(method, request.body) } };
		const chatId = String(request.body['chat_id']);
		const reaction = this.scripted.get(chatId)?.shift();
		if (reaction === 'silence' || reaction === 'cut') this.take(request, chatId);
		if (reaction !== undefined) return reaction;
		if (!method.startsWith('send') || method === 'sendChatAction')
			return { status: 200, body: { ok: true, result: true } };
		const waitS = this.waitS(
			chatId,
			method === 'sendMediaGroup' ? (request.body['media'] as unknown[]).length : 1,
			request.atMs,
		);
		if (waitS > 0) {
			this.passed += 1;
			return TelegramCloud.error(429, `Too Many Requests: retry after ${waitS}`, { retry_after: waitS });
		}
		const text = request.body['text'];
		if (method === 'sendMessage' && (typeof text !== 'string' || text === ''))
			return TelegramCloud.error(400, 'Bad Request: message text is empty');
		if (typeof text === 'string' && request.body['parse_mode'] === undefined && text.length > 4096)
			return TelegramCloud.error(400, 'Bad Request: message is too long');
		const id = this.take(request, chatId);
		if (this.latencyMs > 0)
			await new Promise((resolve) => setTimeout(resolve, Math.random() * this.latencyMs));
		const message = { message_id: id, date: Math.floor(Date.now() / 1000), chat: { id: Number(chatId) } };
		const items = method === 'sendMediaGroup' ? (request.body['media'] as unknown[]) : undefined;
		return {
			status: 200,
			body: {
				ok: true,
				result: items ? items.map((_, index) => ({ ...message, message_id: id + index })) : message,
			},
		};
	}

	private take({ body }: CloudRequest, chatId: string): number {
		this.id += 1;
		const { message_thread_id: threadId, reply_parameters: answered } = body;
		this.taken.push({
			...{ chatId, text: String(body['text'] ?? ''), id: this.id },
			...(threadId !== undefined && { threadId: String(threadId) }),
			...(isFields(answered) && { replyTo: String(answered['message_id']) }),
		});
		return this.id;
	}

	/** Seconds until it may be sent; 0 when it is counted. */
	private waitS(chatId: string, cost: number, atMs: number): number {
		const rules = chatId.startsWith('-') ? this.limits.group : this.limits.chat;
		const fits = (rule: Rule, of: (one: Counted) => boolean): boolean =>
			this.counted
				.filter((one) => of(one) && one.atMs > atMs - rule.periodMs)
				.reduce((sum, one) => sum + one.cost, 0) +
				cost <=
			rule.limit;
		const isFree =
			(this.limits.account ?? []).every((rule) => fits(rule, () => true)) &&
			(rules ?? []).every((rule) => fits(rule, (one) => one.chatId === chatId));
		if (!isFree) return 1;
		this.counted.push({ atMs, chatId, cost });
		return 0;
	}
}

const isFields = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null;
