import { RecordingServer } from '../doubles/recording-server';

/**
 * Stands for Telegram where a bot's webhook is concerned (https://core.telegram.org/bots/api#setwebhook): keeps what is
 * set, and delivers updates with the secret token that was given with it.
 */
export class TelegramDeliverer {
	webhook = { url: '', allowed_updates: [] as string[], secret_token: '' };

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
			if (method === 'setWebhook') double.webhook = { ...double.webhook, ...(body as object) };
			if (method === 'deleteWebhook') double.webhook = { url: '', allowed_updates: [], secret_token: '' };
			const { secret_token: _, ...told } = double.webhook;
			return { status: 200, body: { ok: true, result: method === 'getWebhookInfo' ? told : true } };
		});
		const double: TelegramDeliverer = new TelegramDeliverer(http, token);
		return double;
	}

	/** Posts an update as Telegram does. @param origin in place of the one that was set */
	async deliver(update: object, { secret = this.webhook.secret_token, origin = '' } = {}): Promise<Response> {
		const url = origin === '' ? this.webhook.url : this.webhook.url.replace(/^https?:\/\/[^/]+/, origin);
		return await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
			body: JSON.stringify(update),
		});
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
