import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { openStand, type Stand } from './stand';

let stand: Stand;

beforeAll(async () => {
	stand = await openStand('store-given-up');
	await stand.supabase.exec(
		`create function opsdesk.dawdle(tenant text, request jsonb) returns jsonb language plpgsql as $$
		begin
			if request ? 'wait' then
				perform pg_advisory_xact_lock(4711);
			else
				perform pg_sleep(120);
			end if;
			return '{}';
		end
		$$;
		grant execute on function opsdesk.dawdle to postgres`,
	);
});
afterAll(async () => {
	await stand?.close();
});

const busy = async (): Promise<number> =>
	(
		await stand.supabase.exec(
			`select from pg_stat_activity where query like '%dawdle%' and state = 'active' and pid <> pg_backend_pid()`,
		)
	).length;

async function until(wanted: number): Promise<void> {
	for (let tries = 0; (await busy()) !== wanted; tries += 1) {
		if (tries === 600) throw new Error(`${await busy()} are busy, not ${wanted}.`);
		await sleep(100);
	}
}

async function untilHeld(): Promise<void> {
	const held = `select from pg_locks where locktype = 'advisory' and objid = 4711 and granted`;
	for (let tries = 0; (await stand.supabase.exec(held)).length === 0; tries += 1) {
		if (tries === 600) throw new Error('Nobody holds the lock.');
		await sleep(100);
	}
}

describe.each([
	['works', {}],
	['waits for a lock', { wait: true }],
])('CS-25 a server that %s for a call over postgres', (_what, request) => {
	test('ends within seconds when the call is given up, or is late', async () => {
		const store = stand.open('postgres', { attempts: 1 });
		const holder = stand.supabase.exec('select pg_advisory_lock(4711), pg_sleep(240)').catch(() => undefined);
		await untilHeld();
		const abort = new AbortController();
		const options = { answer: z.unknown(), repeatable: false };
		const aborted = store.call('dawdle', request, { ...options, signal: abort.signal });
		const outcome = expect(aborted).rejects.toThrow();
		await until(1);
		abort.abort();
		await outcome;
		await until(0);
		await expect(store.call('dawdle', request, { ...options, timeoutMs: 300 })).rejects.toMatchObject({
			code: 'timeout',
		});
		await until(0);
		await stand.supabase.exec(
			`select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_advisory_lock(4711), pg_sleep%' and pid <> pg_backend_pid()`,
		);
		await holder;
	});
});
