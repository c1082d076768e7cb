import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { enqueue } from '../../../../src/channels/outbox';
import type { Store } from '../../../../src/store';
import { TelegramCloud } from '../../../support/channels/telegram-cloud';
import { openStand, transportNames, type Stand } from '../../store/stand';
import { entries, hand, send, sender, to, wide } from './stand';

let stand: Stand;
let cloud: TelegramCloud;

beforeAll(async () => {
	stand = await openStand('outbox-killed');
	cloud = await TelegramCloud.start();
});
afterAll(async () => {
	await cloud?.cloud.stop();
	await stand?.close();
});

describe.each(transportNames)('RT-23 a sender that is killed over %s', (transport) => {
	let store: Store;
	let tenant: string;
	/** Longer than any of the tests: it ends when a test says so. */
	const leaseMs = 600_000;
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
	});

	/** Handed over and never answered; then the process is gone. */
	async function killInFlight(chatId: string): Promise<void> {
		const before = cloud.taken.length;
		cloud.script(chatId, 'silence');
		const child = sender(stand, transport, tenant, cloud, { parallel: 1, leaseMs, limits: wide });
		while (cloud.taken.length === before) await sleep(10);
		child.kill('SIGKILL');
		await once(child, 'exit');
	}

	const endLease = async (): Promise<unknown> =>
		await stand.supabase.exec(
			`update opsdesk.outbox set lease_until = now() where tenant_id = $1 and state = 'sending'`,
			[tenant],
		);

	test('the one in flight becomes uncertain and is not sent again, the others are sent, each once', async () => {
		const chat = `${transport === 'supabase' ? 1 : 2}001`;
		await hand(store, chat, 'first', 'second', 'third');
		await killInFlight(chat);
		// As long as its lease runs it may still be under way, and its chat waits.
		expect(await send(store, cloud)).toMatchObject({ settled: [], uncertain: [] });
		await endLease();
		const report = await send(store, cloud, { forMs: 60_000 });
		expect(report.uncertain.map(({ payload }) => payload)).toEqual([
			{ operation: 'message', text: 'first', format: 'plain' },
		]);
		expect(report.settled.map(({ state }) => state)).toEqual(['sent', 'sent']);
		expect(cloud.taken.filter(({ chatId }) => chatId === chat).map(({ text }) => text)).toEqual([
			'first',
			'second',
			'third',
		]);
		// It is told once.
		expect((await send(store, cloud)).uncertain).toEqual([]);
		expect((await entries(store)).map(({ state }) => state)).toEqual(['uncertain', 'sent', 'sent']);
	});

	test('with the policy to resend the one in flight is sent once more', async () => {
		const chat = `${transport === 'supabase' ? 1 : 2}002`;
		await enqueue(
			store,
			to(chat),
			{ operation: 'message', text: 'again' },
			{ key: 'again', whenUncertain: 'resend' },
		);
		await killInFlight(chat);
		await endLease();
		const report = await send(store, cloud, { forMs: 60_000 });
		expect(report.uncertain).toEqual([]);
		expect(report.settled).toMatchObject([{ state: 'sent', attempts: 2 }]);
		expect(cloud.taken.filter(({ chatId }) => chatId === chat)).toHaveLength(2);
	});

	test('what was handed in and not yet handed over is sent after a restart, once', async () => {
		const chat = `${transport === 'supabase' ? 1 : 2}003`;
		await hand(store, chat, 'only');
		await hand(store, chat, 'only');
		await send(store, cloud);
		await send(store, cloud);
		expect(cloud.taken.filter(({ chatId }) => chatId === chat)).toHaveLength(1);
		expect(await entries(store)).toMatchObject([{ state: 'sent', externalIds: [expect.any(String)] }]);
	});
});
