import { post } from '../../../../src/decide/carry-out/post';
import { Store, StoreError, type StoreErrorCode } from '../../../../src/store';
import { Failure } from '../../../../src/store/transport';

const client = { platform: 'telegram', account: '1', chatId: '-500', chatKind: 'group' as const };
const words = { key: 'decision-9', text: 'At nine.' };

/** A store that answers what it is told to. */
function answering(answer: () => unknown): { store: Store; asked: object[] } {
	const asked: object[] = [];
	const call = (_name: string, _tenant: string, request: object): Promise<unknown> => {
		asked.push(request);
		return Promise.resolve().then(answer);
	};
	return { store: new Store({ schema: 'opsdesk', call, close: () => Promise.resolve() }), asked };
}
const failing = (code: StoreErrorCode) =>
	answering(() => {
		throw new Failure(new StoreError(code, 'It does not work.', 'Mend it.'), false, true);
	}).store;
const refusing = (reason: string) => answering(() => ({ items: [{ status: 'refused', reason }] })).store;

test.each(['invalid_input', 'not_found', 'conflict', 'erased', 'sealed', 'rejected'] as const)(
	'what the store answers with %s cannot be sent, however often it is asked',
	async (code) => {
		expect(await post(failing(code), client, words)).toEqual({
			...{ status: 'failed', why: 'It does not work. Mend it.' },
		});
	},
);

test.each(['unavailable', 'timeout', 'busy', 'not_permitted', 'schema_outdated'] as const)(
	'after %s it is tried again, and nothing is given up',
	async (code) => {
		await expect(post(failing(code), client, words)).rejects.toMatchObject({ code });
	},
);

test('a topic, the message that is answered, the format and the time go with it', async () => {
	const { store, asked } = answering(() => ({ items: [{ status: 'queued', id: 1 }] }));
	const dueAt = '2026-03-02T10:00:00.000Z';
	const more = { format: 'html' as const, replyTo: '55', dueAt };
	expect(await post(store, { ...client, threadId: '7' }, { ...words, ...more })).toEqual({
		status: 'queued',
	});
	const payload = { operation: 'message', text: 'At nine.', format: 'html', replyTo: '55' };
	const entry = { key: 'decision-9', threadId: '7', chatId: '-500', chatKind: 'group', dueAt, payload };
	expect(asked).toMatchObject([{ entries: [entry] }]);
});

test('where nothing can be sent somebody has to answer by hand', async () => {
	const { store, asked } = answering(() => ({ items: [] }));
	expect(await post(store, { ...client, platform: 'letters' }, words)).toEqual({
		...{ status: 'failed', why: 'Nothing can be sent on "letters". Answer there by hand.' },
	});
	expect(asked).toEqual([]);
});

test.each([
	['blocked', 'The client has blocked the account.'],
	['opted_out', 'The client wants no messages (STOP).'],
	['erased', 'The client was erased.'],
])('who has %s is told of in words', async (reason, why) => {
	expect(await post(refusing(reason), client, words)).toEqual({ status: 'refused', why });
	const whose = 'The chat of the desk';
	expect((await post(refusing(reason), client, { ...words, whose })).why).toBe(
		why.replace('The client', whose),
	);
});
