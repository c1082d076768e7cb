import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { ChannelError } from '../../../../src/channels';
import { enqueue, getOutbox, sendDue, setSendStop } from '../../../../src/channels/outbox';
import type { SendDueOptions } from '../../../../src/channels/outbox/send-due';
import type { ChannelClient } from '../../../../src/channels/send';
import { StoreError, type Store } from '../../../../src/store';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { entries, hand, to, wide } from './stand';
import { withFaults } from './with-faults';

let stand: Stand;
beforeAll(async () => {
	stand = await openStand('outbox-faults');
});
afterAll(() => stand?.close());

const outage = new StoreError('unavailable', 'The store is away.', 'Wait.');

describe.each(transportNames)('faults of the store over %s', (transport) => {
	let store: Store;
	let sent: string[];
	/** What it does with a text before it has taken it. */
	let react: (text: string) => void | Promise<void>;
	const client: ChannelClient = {
		send: async ({ content }) => {
			const text = content.operation === 'message' ? content.text : '';
			sent.push(text.slice(0, 10));
			await react(text);
			return { externalIds: [randomUUID()] };
		},
	};
	const due = (through: Store, options: Partial<SendDueOptions> = {}) =>
		sendDue(through, client, { platform: 'telegram', limits: wide, ...options });
	const states = async () => (await entries(store)).map(({ state, attempts }) => [state, attempts]);
	const unknown = () => {
		throw new ChannelError('outcome_unknown', 'No answer.', 'Look into the chat.');
	};
	beforeEach(async () => {
		store = stand.open(transport, { tenant: await stand.tenant() });
		sent = [];
		react = () => undefined;
	});

	const short = { operation: 'message' as const, text: 'short' };
	const long = { operation: 'message' as const, text: 'long '.repeat(1_000) };

	test.each([
		['a longer', short, long, 1],
		['a shorter', long, short, 2],
		['one with another end', long, { ...long, text: `${long.text} and more` }, 2],
	])(
		'under the key of a message %s one is refused, and nothing of it is sent',
		async (_what, first, other, parts) => {
			await enqueue(store, to('1'), first, { key: 'k' });
			await expect(enqueue(store, to('1'), other, { key: 'k' })).rejects.toThrow(/belongs to another/);
			expect((await getOutbox(store, { key: 'k' })).items).toHaveLength(parts);
			await due(store);
			expect(sent).toHaveLength(parts);
			// Its own parts are known still.
			expect(await enqueue(store, to('1'), first, { key: 'k' })).toMatchObject({ status: 'known' });
		},
	);

	test('of two messages that are handed in at once with one key one is taken, whole', async () => {
		const other = stand.open(transport, { tenant: store.tenant });
		for (const key of ['a', 'b', 'c', 'd', 'e']) {
			const all = await Promise.allSettled([
				enqueue(store, to('1'), short, { key }),
				enqueue(other, to('1'), long, { key }),
			]);
			expect(all.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
			const { items } = await getOutbox(store, { key });
			expect(items).toHaveLength(items[0]?.parts ?? 0);
		}
	});

	test('RT-23 a run that is ended while it takes entries hands them over first', async () => {
		await hand(store, '1', 'one');
		const end = new AbortController();
		const through = withFaults(store, async (name, run, signal) => {
			const answer = await run();
			if (name === 'claim_outbox') end.abort();
			signal?.throwIfAborted();
			return answer;
		});
		await due(through, { signal: end.signal });
		expect(await states()).toEqual([['sent', 1]]);
	});

	test('RT-23 what was taken by a claim whose answer was lost is queued again, and what was under way is finished', async () => {
		await hand(store, '1', 'quick');
		await hand(store, '2', 'slow');
		react = async (text) => await sleep(text === 'slow' ? 700 : 0);
		let claims = 0;
		const through = withFaults(store, async (name, run) => {
			if (name === 'claim_outbox' && (claims += 1) === 2) {
				await hand(store, '3', 'later');
				await run();
				throw outage;
			}
			return await run();
		});
		await expect(due(through, { parallel: 2 })).rejects.toBe(outage);
		expect(await states()).toEqual([
			['sent', 1],
			['sent', 1],
			['queued', 0],
		]);
		await due(store);
		expect(sent).toEqual(['quick', 'slow', 'later']);
	});

	test('RT-23 what was sent is noted as sent when the store is away for a moment', async () => {
		await hand(store, '1', 'one');
		let refused = 0;
		const through = withFaults(store, async (name, run) => {
			if (name === 'settle_outbox' && (refused += 1) < 3) throw outage;
			return await run();
		});
		expect((await due(through)).settled).toMatchObject([{ state: 'sent' }]);
		expect(sent).toEqual(['one']);
	});

	test('RT-23 what is uncertain is told by the next run when a fault ended this one, once', async () => {
		await hand(store, '1', 'doubtful');
		await hand(store, '2', 'fine');
		react = (text) => (text === 'doubtful' ? unknown() : undefined);
		const fault = new StoreError('rejected', 'No.', 'Look.');
		const through = withFaults(store, async (name, run, _signal, request) => {
			if (name === 'settle_outbox' && 'messages' in request) throw fault;
			return await run();
		});
		await expect(due(through)).rejects.toBe(fault);
		expect((await due(store)).uncertain).toMatchObject([{ chatId: '1', state: 'uncertain' }]);
		expect((await due(store)).uncertain).toEqual([]);
	});

	test('a claim and a telling whose answers got lost say the same once more', async () => {
		await hand(store, '1', 'one');
		await hand(store, '2', 'two');
		await setSendStop(store, to('2'), 'opted_out');
		const call = (name: string, request: object) =>
			store.call(name, { platform: 'telegram', ...request }, { answer: z.looseObject({}), repeatable: true });
		const claim = { claimId: randomUUID(), limit: 5, leaseMs: 1 };
		const first = await call('claim_outbox', { ...claim, leaseMs: 60_000 });
		expect(first).toMatchObject({ items: [{ chatId: '1' }], refused: [{ chatId: '2' }] });
		expect(await call('claim_outbox', claim)).toMatchObject({
			items: [{ chatId: '1' }],
			refused: [{ chatId: '2' }],
		});
		await stand.supabase.exec(`update opsdesk.outbox set state = 'uncertain' where tenant_id = $1`, [
			store.tenant,
		]);
		const tell = { tellId: randomUUID() };
		const told = await call('tell_outbox', tell);
		expect(told).toMatchObject({ items: [{ chatId: '1' }, { chatId: '2' }] });
		expect(await call('tell_outbox', tell)).toEqual(told);
		expect(await call('tell_outbox', { tellId: randomUUID() })).toEqual({ items: [], timers: [] });
	});

	test('RT-23 with the policy to resend it is sent once more and no oftener; then a person is told', async () => {
		react = unknown;
		await enqueue(store, to('1'), short, { key: 'k', whenUncertain: 'resend' });
		const { uncertain } = await due(store, { forMs: 8_000 });
		expect(sent).toHaveLength(2);
		expect(uncertain).toMatchObject([{ state: 'uncertain', attempts: 2 }]);
		expect((await due(store)).uncertain).toEqual([]);
	});
});
