import { RecordingServer } from '../doubles/recording-server';

/** The webhook of a bot (https://core.telegram.org/bots/api#setwebhook): keeps what is set, and delivers updates there. */
export class BotWebhook {
	set = { url: '', allowed_updates: [] as string[], secret_token: '' };

	/** The result of a method of the Bot API that concerns the webhook. */
	answer(method: string, body: object): unknown {
		if (method === 'setWebhook') this.set = { ...this.set, ...body };
		if (method === 'deleteWebhook') this.set = { url: '', allowed_updates: [], secret_token: '' };
		const { secret_token: _, ...told } = this.set;
		return method === 'getWebhookInfo' ? told : true;
	}

	/** Posts an update as Telegram does. @param origin in place of the one that was set */
	async deliver(update: object, { secret = this.set.secret_token, origin = '' } = {}): Promise<Response> {
		const url = origin === '' ? this.set.url : this.set.url.replace(/^https?:\/\/[^/]+/, origin);
		return await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
			body: JSON.stringify(update),
		});
	}
}

/** Stands for Telegram where a bot's webhook is concerned. */
export class TelegramDeliverer {
	private readonly hook = new BotWebhook();

	private constructor(
		readonly http: RecordingServer,
		readonly token: string,
	) {}

	static async start(token: string): Promise<TelegramDeliverer> {
		const http = await RecordingServer.start(({ path, body }) => {
			const [, method] = new RegExp(`^/bot${token}/(\\w+)$`).exec(path) ?? [];
			if (method === undefined) {
				return { status: 401, body: { ok: false, error_code: 401, description: 'Unauthorized' } };
			}
			return { status: 200, body: { ok: true, result: double.hook.answer(method, body as object) } };
		});
		const double: TelegramDeliverer = new TelegramDeliverer(http, token);
		return double;
	}

	get webhook(): BotWebhook['set'] {
		return this.hook.set;
	}

	set webhook(value: BotWebhook['set']) {
		this.hook.set = value;
	}

	async deliver(update: object, options: Parameters<BotWebhook['deliver']>[1] = {}): Promise<Response> {
		return await this.hook.deliver(update, options);
	}
}

/** A message to the bot; its id is the update's. */
export function textUpdate(id: number, text = `Message ${id}`, chatId = 4242): object {
	return {
		update_id: 900_000 + id,
		message: {
			message_id: id,
			date: 1_772_442_000 + id,
			chat: { id: chatId, type: 'private', first_name: 'Anna' },
			from: { id: chatId, is_bot: false, first_name: 'Anna' },
			text,
		},
	};
}
