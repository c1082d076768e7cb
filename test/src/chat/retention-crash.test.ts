import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import * as chat from '../../../src/chat';
import type { Store } from '../../../src/store';
import { openStand, transportNames, type Stand, type TransportName } from '../store/stand';
import { aged, daysAgo, fill, whereabouts } from './retention-stand';

let stand: Stand;
const started: ChildProcess[] = [];

beforeAll(async () => {
	stand = await openStand('chat-retention-crash');
	// A batch is in the middle of its work for as many seconds as stand here, or until none do.
	await stand.supabase.exec(`
		create table opsdesk.slowly (seconds float8);
		grant select on opsdesk.slowly to service_role;
		create function opsdesk.slow_down() returns trigger language plpgsql as $$
			declare ends timestamptz := clock_timestamp() + (select max(seconds) from opsdesk.slowly) * interval '1 second';
			begin
				while clock_timestamp() < ends and exists (select from opsdesk.slowly where seconds > 0) loop
					perform pg_sleep(0.05);
				end loop;
				return null;
			end $$;
		create trigger slow_down after delete on opsdesk.messages for each statement execute function opsdesk.slow_down();
	`);
});
afterAll(async () => {
	for (const child of started) child.kill('SIGKILL');
	await stand?.close();
});

const slowly = (seconds: number) =>
	stand.supabase.exec('with gone as (delete from opsdesk.slowly) insert into opsdesk.slowly values ($1)', [
		seconds,
	]);

function retainer(transport: TransportName, tenant: string, batchSize: number): ChildProcess {
	const { supabase } = stand;
	const access =
		transport === 'supabase'
			? { supabase: { url: supabase.url, key: supabase.secretKey } }
			: { postgres: { connectionString: supabase.ownerUrl } };
	const child = spawn(
		process.execPath,
		[
			...['--require', join(__dirname, '../../support/typescript.cjs'), join(__dirname, 'retainer.ts')],
			JSON.stringify({ access, tenant, batchSize }),
		],
		{ stdio: ['ignore', 'pipe', 'inherit'] },
	);
	started.push(child);
	return child;
}

/** Backends that are in the middle of a batch. */
async function inTheMiddle(): Promise<number[]> {
	for (let tries = 0; tries < 400; tries += 1) {
		const rows = await stand.supabase.exec<{ pid: number }>(
			`select pid from pg_stat_activity where wait_event = 'PgSleep'`,
		);
		if (rows.length > 0) return rows.map(({ pid }) => pid);
		await sleep(25);
	}
	throw new Error('No batch was seen.');
}

/** Until these backends have done or given up what they were at. */
async function untilEnded(pids: number[]): Promise<void> {
	for (let tries = 0; tries < 400; tries += 1) {
		const rows = await stand.supabase.exec(
			`select from pg_stat_activity where pid = any ($1) and state = 'active'`,
			[pids],
		);
		if (rows.length === 0) return;
		await sleep(25);
	}
	throw new Error('A batch does not end.');
}

describe.each(transportNames)('CS-22 retention that is interrupted over %s', (transport) => {
	let tenant: string;
	let store: Store;
	const amount = 1200;
	const all = Array.from({ length: amount }, (_, n) => `f${n + 1}`).sort();
	beforeEach(async () => {
		tenant = await stand.tenant();
		store = stand.open(transport, { tenant });
		await fill(stand.supabase, tenant, amount, 100);
		await slowly(0);
	});
	/** Every message in one place. @returns how many are archived */
	const isWhole = async (): Promise<number> => {
		const { kept, archived } = await whereabouts(stand.supabase, tenant);
		expect([...kept, ...archived].sort()).toEqual(all);
		return archived.length;
	};

	test('killed (-9) in the middle of a batch, nothing is lost or doubled, and the next run does the rest', async () => {
		await slowly(0.5);
		const child = retainer(transport, tenant, 100);
		await once(child.stdout ?? child, 'data');
		const pids = await inTheMiddle();
		child.kill('SIGKILL');
		await once(child, 'close');
		await untilEnded(pids);
		const archived = await isWhole();
		expect(archived).toBeGreaterThanOrEqual(100);
		expect(archived).toBeLessThan(amount);
		await slowly(0);
		const rest = await chat.runRetention(store, { dryRun: false });
		expect(rest.left).toBe(0);
		expect(await isWhole()).toBe(amount);
	});

	test('a backend that is terminated in the middle of a batch has done nothing of it; the run goes on', async () => {
		// Tried again, it is in the middle of its work until it may go on.
		await slowly(60);
		const running = chat.runRetention(store, { dryRun: false, batchSize: 600 });
		const pids = await inTheMiddle();
		await stand.supabase.exec('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [pids]);
		await untilEnded(pids);
		expect(await isWhole()).toBe(0);
		await slowly(0);
		expect(await running).toMatchObject({ messages: { archived: amount }, left: 0 });
		expect(await isWhole()).toBe(amount);
	});

	test('two at once share the work, while messages arrive, also some that are just being archived', async () => {
		const again = all.map((id, n) => ({
			...aged(100, { id, account: 'filled', chat: { id: 'filled', kind: 'group' } }),
			sentAt: daysAgo(100 - n / 1440),
		}));
		const arriving = Array.from({ length: 24 }, async (_, n) => {
			await sleep(n * 20);
			return await chat.storeMessages(store, again.slice(n * 50, n * 50 + 50));
		});
		const runs = [20, 35].map((batchSize) => chat.runRetention(store, { dryRun: false, batchSize }));
		const results = await Promise.all(runs);
		const stored = (await Promise.all(arriving)).flat();
		expect(stored.filter(({ status }) => status !== 'duplicate')).toEqual([]);
		// What the other one was at for long is left to the next run.
		for (let tries = 0; results.at(-1)?.left !== 0 && tries < 50; tries += 1)
			results.push(await chat.runRetention(store, { dryRun: false }));
		expect(results.at(-1)?.left).toBe(0);
		expect(results.reduce((sum, { messages }) => sum + messages.archived, 0)).toBe(amount);
		expect(await isWhole()).toBe(amount);
	});

	test('whoever stores messages does not wait for a batch, and whoever erases is not overtaken by one', async () => {
		const person = { id: '77', name: 'Clara' };
		const club = { id: 'club', kind: 'group' } as const;
		await chat.storeMessages(store, [aged(150, { chat: club, sender: person })]);
		await slowly(60);
		const running = chat.runRetention(store, { dryRun: false, batchSize: 1000 });
		await inTheMiddle();
		const startedAt = Date.now();
		await chat.storeMessages(store, [aged(0, { chat: club })]);
		expect(Date.now() - startedAt).toBeLessThan(20_000);
		const erasing = chat.eraseContact(store, { identity: { platform: 'telegram', id: person.id } });
		await slowly(0);
		await Promise.all([running, erasing]);
		const rows = await stand.supabase.exec(
			`select m::text from opsdesk.message_archive m where tenant_id = $1 and m::text like '%Clara%'
			union all select m::text from opsdesk.messages m where tenant_id = $1 and m::text like '%Clara%'`,
			[tenant],
		);
		expect(rows).toEqual([]);
	});
});
