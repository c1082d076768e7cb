import { ChannelError } from '../../errors';
import type { Channel } from '../channel';
import { readJson } from '../limits';
import { answer, header } from '../request';
import { isSame, judge, unsigned, usableSecrets, type Secrets } from '../secrets';
import { parseUpdate } from './parse';

const secretPattern = /^[A-Za-z0-9_-]{1,256}$/;

export interface TelegramOptions {
	/** Id of the bot: what stands before the colon of its token. */
	account: string;
	/** What Telegram was told to send along: https://core.telegram.org/bots/api#setwebhook. */
	secrets: Secrets;
}

/** @throws ChannelError `misconfigured` for a secret that Telegram would not take */
export function telegramChannel({ account, secrets: given }: TelegramOptions): Channel {
	const secrets = usableSecrets('secret token of the webhook', given);
	for (const secret of [secrets.current, secrets.former ?? 'none']) {
		if (secretPattern.test(secret)) continue;
		throw new ChannelError(
			'misconfigured',
			'The secret token of the Telegram webhook holds characters that Telegram does not take.',
			'Use 1 to 256 of A–Z, a–z, 0–9, _ and -.',
		);
	}
	return {
		contentType: 'application/json',
		verify(request) {
			const sent = header(request, 'x-telegram-bot-api-secret-token');
			if (sent === undefined) return unsigned('The request has no secret token.');
			return judge(secrets, (secret) => isSame(sent, secret));
		},
		read: readJson,
		parse: (body) => parseUpdate(body, account),
		accepted: answer(200),
	};
}
