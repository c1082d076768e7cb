import TelegramServer from 'telegram-test-api';

import { parseContent, parseTarget, telegramClient } from '../../../../src/channels/send';
import { freePort } from '../../../support/free-port';

let server: TelegramServer;
const token = `${123_456_789}:example-of-a-token`;

beforeAll(async () => {
	server = new TelegramServer({ host: '127.0.0.1', port: await freePort() });
	await server.start();
});
afterAll(() => server?.stop());

test('a message goes to a bot server written by others, and is changed there', async () => {
	const client = telegramClient({ token, baseUrl: server.config.apiURL });
	const target = parseTarget({ platform: 'telegram', chatId: '1' });
	const text = 'one <b>&amp;</b> "two"';
	const sent = await client.send({
		target,
		content: parseContent({ operation: 'message', text, format: 'html', buttons: [[{ text: 'Yes' }]] }),
	});
	const [stored] = server.storage.botMessages;
	expect(stored?.message).toMatchObject({ chat_id: '1', text, parse_mode: 'HTML' });
	expect(sent.externalIds).toEqual([String(stored?.messageId)]);
	const [messageId = ''] = sent.externalIds;
	await client.send({ target, content: parseContent({ operation: 'edit', messageId, text: 'three' }) });
	expect(server.storage.botMessages[0]?.message).toMatchObject({ text: 'three' });
});
