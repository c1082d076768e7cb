import { ChannelError, type Limiter } from '../../../../src/channels';
import { sendNow } from '../../../../src/channels/outbox';
import type { ChannelClient } from '../../../../src/channels/send';
import { StoreError } from '../../../../src/store';
import { to } from './stand';

const outage = new StoreError('unavailable', 'The store is away.', 'Wait.');
const text = `${'a'.repeat(4000)} ${'b'.repeat(4000)} ${'c'.repeat(100)}`;

let taken: string[];
let failAt: number;
let failure: ChannelError;
const client: ChannelClient = {
	send: ({ content }) => {
		if (taken.length + 1 === failAt) {
			failAt = 0;
			return Promise.reject(failure);
		}
		taken.push(content.operation === 'message' ? content.text.slice(0, 1) : '');
		return Promise.resolve({ externalIds: [String(taken.length)] });
	},
};
/** The store is there for so many permits, and never to hear that a request is over. */
const limiter = (permits: number): Limiter => ({
	take: () => {
		permits -= 1;
		return permits < 0 ? Promise.reject(outage) : Promise.resolve({ done: () => Promise.reject(outage) });
	},
});
const send = (permits = 10) =>
	sendNow(client, to('1'), { operation: 'message', text }, { limiter: limiter(permits) });

beforeEach(() => {
	taken = [];
	failAt = 0;
});

test('what a platform has taken counts as sent though the store is away by then', async () => {
	expect(await send()).toMatchObject({ messageIds: ['1', '2', '3'], messages: [{}, {}, {}] });
	expect(taken).toEqual(['a', 'b', 'c']);
});

test('that the store is away hides no refusal of the platform', async () => {
	failAt = 1;
	failure = new ChannelError('rejected', 'No.', 'Write something else.');
	await expect(send()).rejects.toBe(failure);
	expect(taken).toEqual([]);
});

test('RT-11 a pause that cannot be noted is waited for all the same', async () => {
	failAt = 1;
	failure = new ChannelError('rate_limited', 'Wait.', 'Wait.', { retryAfterMs: 600 });
	const startedAt = performance.now();
	await send();
	expect(performance.now() - startedAt).toBeGreaterThanOrEqual(590);
	expect(taken).toEqual(['a', 'b', 'c']);
});

test('of a text that arrives in part, what has arrived comes with the error', async () => {
	failAt = 3;
	failure = new ChannelError('rejected', 'No.', 'Write something else.');
	const said = { code: 'rejected', sent: { messageIds: ['1', '2'], messages: [{ id: '1' }, { id: '2' }] } };
	await expect(send()).rejects.toMatchObject(said);
	taken = [];
	await expect(send(1)).rejects.toMatchObject({ code: 'unavailable', sent: { messageIds: ['1'] } });
});
