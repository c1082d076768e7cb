import { createHmac } from 'node:crypto';
import { performance } from 'node:perf_hooks';

import { receive, type InboundRequest } from '../../../../src/channels';
import { fixture, kindOf, kinds, publicUrl, signedRequest, twilioSignature, verifyToken } from './channels';

const secret = 'a'.repeat(32);
const former = 'the_secret_before_9876543210';
const platforms = Object.keys(kinds);
const meta = ['whatsapp', 'messenger', 'instagram'];
const { body: text } = fixture('whatsapp', 'text');
const bodyFor = (platform: string) => fixture(platform, 'text').body;
const withHeaders = (
	request: InboundRequest,
	headers: Record<string, string | undefined>,
): InboundRequest => ({
	...request,
	headers: { ...request.headers, ...headers },
});
const signatureHeader = (platform: string) =>
	Object.keys(kindOf(platform).sign(Buffer.alloc(0), 'x'))[0] ?? '';

describe.each(platforms)('RT-1, %s', (platform) => {
	const channel = kindOf(platform).open({ current: secret });
	const genuine = signedRequest(platform, bodyFor(platform), secret);
	const name = signatureHeader(platform);
	const right = String(genuine.headers[name]);

	test.each<[string, InboundRequest]>([
		['no signature', withHeaders(genuine, { [name]: undefined })],
		['an empty one', withHeaders(genuine, { [name]: '' })],
		['a longer one', withHeaders(genuine, { [name]: `${right}0` })],
		['a shorter one', withHeaders(genuine, { [name]: right.slice(0, -1) })],
		['a secret of another length', signedRequest(platform, bodyFor(platform), 'x')],
		['the signature twice', { ...genuine, headers: { ...genuine.headers, [name]: [right, right] } }],
	])('%s is turned away, and nothing of it is read', (_, request) => {
		const reception = receive(channel, request);
		expect([401, 403]).toContain(reception.answer.status);
		expect(reception.events).toEqual([]);
		expect(reception.rejection?.reason).toBe('forged');
		expect(JSON.stringify(reception)).not.toContain(secret);
	});

	test('an empty secret is refused, because everybody could sign with it', () => {
		expect(() => kindOf(platform).open({ current: '' })).toThrow(
			expect.objectContaining({ code: 'misconfigured' }),
		);
	});
});

test.each(platforms.filter((platform) => platform !== 'telegram'))(
	'RT-1, %s: the signature of another body is turned away',
	(platform) => {
		const other = kindOf(platform).encode({ other: 'body' });
		const request = { ...signedRequest(platform, bodyFor(platform), secret), body: other };
		expect(receive(kindOf(platform).open({ current: secret }), request).answer.status).toBe(401);
	},
);

test.each(meta)('RT-1, %s: a SHA-1 signature alone is turned away', (platform) => {
	const bytes = kindOf(platform).encode(bodyFor(platform));
	const sha1 = createHmac('sha1', secret).update(bytes).digest('hex');
	const request = signedRequest(platform, bodyFor(platform), secret);
	const channel = kindOf(platform).open({ current: secret });
	for (const headers of [
		{ 'x-hub-signature': `sha1=${sha1}`, 'x-hub-signature-256': undefined },
		{ 'x-hub-signature-256': `sha1=${sha1}` },
	]) {
		expect(receive(channel, withHeaders(request, headers)).answer.status).toBe(401);
	}
});

test.each([...meta, 'gateway'])('RT-2, %s: a signature in capital letters is taken', (platform) => {
	const request = signedRequest(platform, bodyFor(platform), secret);
	const name = signatureHeader(platform);
	const capital = String(request.headers[name]).replace(/[0-9a-f]{64}$/, (digits) => digits.toUpperCase());
	const channel = kindOf(platform).open({ current: secret });
	expect(receive(channel, withHeaders(request, { [name]: capital })).events).toHaveLength(1);
});

test.each(meta)('RT-2, %s: the bytes are signed, not what a parser makes of them', (platform) => {
	const spaced = Buffer.from(JSON.stringify(bodyFor(platform), null, 3).replaceAll('W', '\\u0057'));
	const channel = kindOf(platform).open({ current: secret });
	const reception = receive(channel, signedRequest(platform, spaced, secret));
	expect(reception.events).toMatchObject([{ message: { text: 'Where is my invoice?' } }]);
});

describe.each(meta)('RT-3, %s', (platform) => {
	const channel = kindOf(platform).open({ current: secret });
	const ask = (query: Record<string, unknown>) =>
		receive(channel, { method: 'GET', headers: {}, query, body: Buffer.alloc(0), publicUrl });
	const right = { 'hub.mode': 'subscribe', 'hub.verify_token': verifyToken, 'hub.challenge': '1158201444' };

	test('the right token gets its challenge back as plain text', () => {
		const { answer, rejection } = ask(right);
		expect(answer).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8', body: '1158201444' });
		expect(rejection).toBeUndefined();
	});

	test('HTML in the challenge stays text', () => {
		const { answer } = ask({ ...right, 'hub.challenge': '<script>alert(1)</script>' });
		expect(answer.contentType).toBe('text/plain; charset=utf-8');
		expect(answer.body).toBe('<script>alert(1)</script>');
	});

	test('another token, none, or two are turned away', () => {
		for (const token of ['guessed', '', undefined, [verifyToken, verifyToken]]) {
			const { answer, rejection } = ask({ ...right, 'hub.verify_token': token });
			expect(answer).toMatchObject({ status: 403, body: '' });
			expect(rejection?.reason).toBe('unverified');
		}
	});

	test('a question without a challenge is a wrong one', () => {
		expect(ask({ ...right, 'hub.challenge': undefined }).answer.status).toBe(400);
		expect(ask({ ...right, 'hub.mode': 'unsubscribe' }).answer.status).toBe(400);
	});
});

test('platforms that ask nothing are answered no questions', () => {
	for (const platform of ['telegram', 'twilio', 'gateway']) {
		const channel = kindOf(platform).open({ current: secret });
		for (const method of ['GET', 'PUT']) {
			const request = { ...signedRequest(platform, bodyFor(platform), secret), method };
			expect(receive(channel, request)).toMatchObject({ answer: { status: 405 }, events: [] });
		}
	}
});

describe('RT-20: Twilio signs the address that it has called', () => {
	const channel = kindOf('twilio').open({ current: secret });
	const bytes = kindOf('twilio').encode(bodyFor('twilio'));
	const asked = (signed: string, known: string) =>
		receive(channel, {
			...signedRequest('twilio', bytes, secret),
			headers: {
				'content-type': 'application/x-www-form-urlencoded',
				'x-twilio-signature': twilioSignature(signed, bytes, secret),
			},
			publicUrl: known,
		}).answer.status;

	test.each([
		['behind a proxy', 'https://hooks.example.com/sms', 'https://hooks.example.com/sms', 200],
		[
			'with a query',
			'https://hooks.example.com/sms?a=1&b=%20x',
			'https://hooks.example.com/sms?a=1&b=%20x',
			200,
		],
		['with a port', 'https://hooks.example.com:8443/sms', 'https://hooks.example.com:8443/sms', 200],
		[
			'with a port that is left out',
			'https://hooks.example.com/sms',
			'https://hooks.example.com:8443/sms',
			200,
		],
		[
			'with the usual port',
			'https://hooks.example.com:443/sms?a=1',
			'https://hooks.example.com/sms?a=1',
			200,
		],
		['of another host', 'https://other.example.com/sms', 'https://hooks.example.com/sms', 401],
		['of another scheme', 'http://hooks.example.com/sms', 'https://hooks.example.com/sms', 401],
		['of another path', 'https://hooks.example.com/other', 'https://hooks.example.com/sms', 401],
		['of another query', 'https://hooks.example.com/sms?a=2', 'https://hooks.example.com/sms?a=1', 401],
	])('%s', (_, signed, known, status) => {
		expect(asked(signed, known)).toBe(status);
	});

	test('fields are signed in the order of their names, whatever order they come in', () => {
		const reversed = Buffer.from(
			[...new URLSearchParams(bytes.toString())]
				.reverse()
				.map((pair) => pair.map(encodeURIComponent).join('='))
				.join('&'),
		);
		const request = signedRequest('twilio', reversed, secret);
		expect(receive(channel, request).answer.status).toBe(200);
	});
});

describe.each(platforms)('RT-25, %s', (platform) => {
	const channel = kindOf(platform).open({ current: secret, former });
	const by = (one: string) => receive(channel, signedRequest(platform, bodyFor(platform), one));

	test('both secrets are taken while they are being changed, and the old one is reported', () => {
		expect(by(secret)).toMatchObject({ answer: { status: 200 }, withFormerSecret: false });
		expect(by(former)).toMatchObject({ answer: { status: 200 }, withFormerSecret: true });
		expect(by('neither_of_both')).toMatchObject({ answer: { status: 401 }, events: [] });
	});
});

describe.each(platforms)('RT-26, %s', (platform) => {
	const channel = kindOf(platform).open({ current: secret });

	test('a body over the limit, of another type, or that is none is refused, and fast', () => {
		const large = signedRequest(platform, Buffer.alloc(3 * 1024 * 1024, 0x61), secret);
		const startedAt = performance.now();
		expect(receive(channel, large).answer.status).toBe(413);
		const announced = withHeaders({ ...large, body: Buffer.alloc(0) }, { 'content-length': '99999999' });
		expect(receive(channel, announced).answer.status).toBe(413);
		const genuine = signedRequest(platform, bodyFor(platform), secret);
		for (const type of ['text/plain', 'multipart/form-data', undefined]) {
			expect(receive(channel, withHeaders(genuine, { 'content-type': type })).answer.status).toBe(415);
		}
		expect(performance.now() - startedAt).toBeLessThan(2000);
	});
});

test.each(platforms.filter((platform) => platform !== 'twilio'))(
	'RT-26, %s: what is no JSON is refused',
	(platform) => {
		const channel = kindOf(platform).open({ current: secret });
		for (const body of ['{"a":', '', 'null x', '\ufffd'].map((one) => Buffer.from(one))) {
			expect(receive(channel, signedRequest(platform, body, secret))).toMatchObject({
				answer: { status: 400 },
				rejection: { reason: 'invalid' },
			});
		}
		expect(
			receive(channel, signedRequest(platform, Buffer.from([0x22, 0xff, 0x22]), secret)).answer.status,
		).toBe(400);
	},
);

test.each(platforms)('%s: no genuine body, however strange, makes it throw', (platform) => {
	const channel = kindOf(platform).open({ current: secret });
	const strange =
		platform === 'twilio'
			? [{}, { From: '1' }, { MessageStatus: '' }, { NumMedia: '-1', From: '1', To: '2', MessageSid: 'S' }]
			: [
					null,
					1,
					'x',
					[],
					{},
					{ entry: 1 },
					{ object: 'page', entry: [null] },
					{ update_id: 1, message: null },
					text,
				];
	for (const body of strange) {
		expect(receive(channel, signedRequest(platform, body, secret)).answer.status).toBe(200);
	}
});
