import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import {
	gatewayClient,
	messengerClient,
	parseContent,
	parseTarget,
	telegramClient,
	twilioClient,
	whatsAppClient,
} from '../../../../src/channels/send';
import type { Platform } from '../../../../src/channels';
import { setWebhook } from '../../../../src/channels/receive/telegram/webhook';

type Manner = 'endless' | 'dripping' | 'compressed' | 'broken' | 'long id' | 'deep';

/** How the server answers next. */
let manner: Manner;
let status: number;
let sentBytes = 0;
let closed: Promise<unknown>;
let server: Server;
let url: string;

const bomb = gzipSync(Buffer.alloc(96 * 1024 * 1024, ' '));
const part = Buffer.alloc(64 * 1024, 'x');
const key = 'gateway-key-1';

beforeAll(async () => {
	server = createServer((request, response) => {
		sentBytes = 0;
		closed = new Promise((resolve) => response.once('close', resolve));
		request.resume();
		const json = { 'content-type': 'application/json' };
		if (manner === 'long id') return response.writeHead(status, json).end(`{"id":"${'7'.repeat(501)}"}`);
		if (manner === 'deep') return response.writeHead(status, json).end('['.repeat(4e5) + ']'.repeat(4e5));
		if (manner === 'compressed')
			return response.writeHead(status, { ...json, 'content-encoding': 'gzip' }).end(bomb);
		response.writeHead(status, { ...json, 'retry-after': '7' });
		if (manner === 'broken') return response.write(`"your key ${key.slice(0, 8)}`, () => response.destroy());
		if (manner === 'dripping') {
			const drops = setInterval(() => response.write(' '), 20);
			return response.once('close', () => clearInterval(drops));
		}
		const more = (): void => {
			while (!response.destroyed && response.write(part)) sentBytes += part.length;
			if (!response.destroyed) response.once('drain', more);
		};
		return more();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const timeoutMs = 10_000;
const telegramToken = '123456789:AAExampleTokenOfNobody-0123456789abcdef';
const clients = {
	'a gateway': (limitMs: number) =>
		gatewayClient({
			url,
			header: { name: 'x-key', value: key },
			body: '{"to": "{{to}}"}',
			timeoutMs: limitMs,
		}),
	Twilio: (limitMs: number) =>
		twilioClient({
			accountSid: 'AC1',
			username: 'AC1',
			password: 'secret',
			baseUrl: url,
			timeoutMs: limitMs,
		}),
	WhatsApp: (limitMs: number) => whatsAppClient({ accessToken: 'EAAx', baseUrl: url, timeoutMs: limitMs }),
	Messenger: (limitMs: number) => messengerClient({ accessToken: 'EAAx', baseUrl: url, timeoutMs: limitMs }),
	Telegram: (limitMs: number) => telegramClient({ token: telegramToken, baseUrl: url, timeoutMs: limitMs }),
};
type Carrier = keyof typeof clients;
const platforms: Record<Carrier, Platform> = {
	'a gateway': 'sms',
	Twilio: 'sms',
	WhatsApp: 'whatsapp',
	Messenger: 'messenger',
	Telegram: 'telegram',
};
const carriers: Carrier[] = ['a gateway', 'Twilio', 'WhatsApp', 'Messenger', 'Telegram'];

async function send(carrier: Carrier, how: Manner, code: number, limitMs = timeoutMs) {
	[manner, status] = [how, code];
	return await clients[carrier](limitMs).send({
		target: parseTarget({ platform: platforms[carrier], account: '+15005550006', chatId: '15005550111' }),
		content: parseContent({ operation: 'message', text: 'hello' }),
	});
}

test.each(carriers)(
	'%s that says "taken" without end is an unknown outcome, and is hung up on',
	async (carrier) => {
		const startedAt = performance.now();
		await expect(send(carrier, 'endless', 200)).rejects.toMatchObject({
			code: 'outcome_unknown',
			message: expect.stringContaining('the answer has more than 1 MiB') as string,
			details: { sourceCode: 'ANSWER_TOO_LONG' },
		});
		await closed;
		expect(performance.now() - startedAt).toBeLessThan(timeoutMs / 2);
		// What lies in the buffers of both ends is on top of the limit.
		expect(sentBytes).toBeLessThan(20 * 1024 * 1024);
	},
);

test.each(carriers)(
	'%s that says "taken" and never comes to an end is left at the time allowed',
	async (carrier) => {
		await expect(send(carrier, 'dripping', 200, 1000)).rejects.toMatchObject({
			code: 'outcome_unknown',
			message: expect.stringContaining('within the time allowed') as string,
		});
		await closed;
	},
);

test.each(carriers)('%s that answers little which unpacks to much is an unknown outcome', async (carrier) => {
	await expect(send(carrier, 'compressed', 200)).rejects.toMatchObject({
		code: 'outcome_unknown',
		details: { sourceCode: 'ANSWER_TOO_LONG' },
	});
});

test.each([
	[400, 'rejected'],
	[403, 'unauthorised'],
	[429, 'rate_limited'],
	[500, 'outcome_unknown'],
	[503, 'unavailable'],
])('the status %i of a gateway holds, whatever its words are: %s', async (code, meaning) => {
	const details = { sourceCode: String(code), ...(code === 429 && { retryAfterMs: 7000 }) };
	const refused = { code: meaning, details };
	await expect(send('a gateway', 'endless', code)).rejects.toMatchObject(refused);
	await closed;
	await expect(send('a gateway', 'dripping', code, 1500)).rejects.toMatchObject(refused);
});

test.each<Carrier>(['Twilio', 'WhatsApp', 'Messenger'])(
	'a refusal of %s without end is one',
	async (carrier) => {
		await expect(send(carrier, 'endless', 429)).rejects.toMatchObject({ code: 'rate_limited' });
		await expect(send(carrier, 'endless', 400)).rejects.toMatchObject({ code: 'rejected' });
	},
);

test('half a key, at which the words of a refusal break off, stands in no error', async () => {
	const failure: unknown = await send('a gateway', 'broken', 403).catch((thrown: unknown) => thrown);
	expect(failure).toMatchObject({ code: 'unauthorised' });
	expect(String(failure)).not.toContain(key.slice(0, 8));
});

test('what a gateway gives out as an id is one only when it is as short as an id', async () => {
	expect(await send('a gateway', 'long id', 200)).toEqual({ externalIds: [] });
});

test('a gateway that refuses in brackets within brackets is refused with, and no fault of ours', async () => {
	await expect(send('a gateway', 'deep', 400)).rejects.toMatchObject({ code: 'rejected' });
});

test('many answers over one kept connection are each measured by themselves', async () => {
	const many = createServer((request, response) => {
		request.resume();
		const result = { message_id: 1, date: 1_700_000_000, chat: { id: 1 }, text: 'x'.repeat(300_000) };
		response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, result }));
	});
	let connections = 0;
	many.on('connection', () => (connections += 1));
	await new Promise<void>((resolve) => many.listen(0, '127.0.0.1', resolve));
	const { port } = many.address() as AddressInfo;
	const client = telegramClient({ token: telegramToken, baseUrl: `http://127.0.0.1:${port}` });
	for (let sent = 0; sent < 6; sent += 1) {
		const target = parseTarget({ platform: 'telegram', chatId: '1' });
		const content = parseContent({ operation: 'message', text: 'x' });
		expect(await client.send({ target, content })).toMatchObject({ externalIds: ['1'] });
	}
	expect(connections).toBe(1);
	many.closeAllConnections();
	await new Promise((resolve) => many.close(resolve));
});

test('Telegram that answers without end to where it is to deliver is an error', async () => {
	[manner, status] = ['endless', 200];
	const webhook = { url: 'https://n8n.example.com/x', secretToken: 's', allowedUpdates: [] };
	await expect(setWebhook({ apiRoot: url, token: telegramToken }, webhook)).rejects.toMatchObject({
		code: 'unavailable',
	});
	await closed;
});
