import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { transportNames, type Stand, type TransportName } from '../../store/stand';
import { hourMs, minuteMs, openDesk, openSlaStand } from './sla-stand';

let stand: Stand;
const started: ChildProcess[] = [];

beforeAll(async () => {
	stand = await openSlaStand('killed');
});
afterAll(async () => {
	for (const child of started) child.kill('SIGKILL');
	await stand?.close();
});

const timerCount = 10_000;

interface Told {
	what: 'ready' | 'handed' | 'acknowledged' | 'lost';
	ids: [id: number, redelivered: boolean][];
}

interface Worker {
	child: ChildProcess;
	told: Told[];
	/** It can begin, or has ended before. */
	ready: Promise<unknown>;
	ended: Promise<unknown>;
}

/** @param killedAfter so many lines it is killed, at an instant by chance */
function work(transport: TransportName, tenant: string, worker: string, killedAfter?: number): Worker {
	const { supabase } = stand;
	const access =
		transport === 'supabase'
			? { supabase: { url: supabase.url, key: supabase.secretKey } }
			: { postgres: { connectionString: supabase.ownerUrl } };
	const child = spawn(
		process.execPath,
		[
			...['--require', join(__dirname, '../../../support/typescript.cjs'), join(__dirname, 'claimer.ts')],
			JSON.stringify({ access, tenant, worker }),
		],
		{ stdio: ['pipe', 'pipe', 'inherit'] },
	);
	started.push(child);
	const told: Told[] = [];
	let rest = '';
	const ended = once(child, 'close');
	const ready = Promise.race([once(child.stdout ?? child, 'data'), ended]);
	child.stdout?.on('data', (chunk: Buffer) => {
		const lines = `${rest}${chunk.toString()}`.split('\n');
		rest = lines.pop() ?? '';
		told.push(...lines.map((line) => JSON.parse(line) as Told).filter(({ what }) => what !== 'ready'));
		if (killedAfter !== undefined && told.length >= killedAfter)
			setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
	});
	return { child, told, ready, ended };
}

test.each(transportNames)(
	'SL-26 SL-27 10,000 due timers and four processes over %s, two of them killed: each level is recorded once, and handed over once, or again as redelivered',
	async (transport) => {
		const { tenant, tell, conversation } = await openDesk(stand, transport);
		const first = await conversation();
		await tell(first, { type: 'start', atMs: Date.now() - hourMs - minuteMs });
		await stand.supabase.exec(
			`with v as (insert into opsdesk.conversations (tenant_id, account_id, kind)
				select tenant_id, account_id, kind from opsdesk.conversations, generate_series(2, ${timerCount}) where id = $1 returning id),
			t as (insert into opsdesk.sla_timers (tenant_id, conversation_id, metric, status, cycle, due_at, started_at)
				select tenant_id, v.id, metric, status, cycle, due_at, started_at
				from v, opsdesk.sla_timers t where t.conversation_id = $1 returning id)
			insert into opsdesk.sla_plans (timer_id, tenant_id, state, planned_by, steps, step_times)
				select t.id, p.tenant_id, state, planned_by, steps, step_times
				from t, opsdesk.sla_plans p join opsdesk.sla_timers o on o.id = p.timer_id where o.conversation_id = $1`,
			[first],
		);
		// Else they would wait for the escalations, which are due in half an hour.
		await stand.supabase.exec(
			`update opsdesk.sla_plans set steps = jsonb_path_query_array(steps, '$[0 to 1]'), step_times = step_times[1:2] where tenant_id = $1`,
			[tenant],
		);
		const workers = [
			work(transport, tenant, 'w1', 1),
			work(transport, tenant, 'w2', 4),
			work(transport, tenant, 'w3'),
			work(transport, tenant, 'w4'),
		];
		await Promise.all(workers.map(({ ready }) => ready));
		for (const { child } of workers) child.stdin?.end('begin\n');
		await Promise.all(workers.map(({ ended }) => ended));
		expect(workers.map(({ child }) => child.exitCode ?? child.signalCode)).toEqual([
			...['SIGKILL', 'SIGKILL'],
			...[0, 0],
		]);

		const rows = await stand.supabase.exec<{
			id: number;
			timer: number;
			kind: string;
			handed: boolean;
			superseded: boolean;
		}>(
			`select id::int, timer_id::int as timer, kind, handed_over_at is not null as handed, superseded_by is not null as superseded
			from opsdesk.sla_events where tenant_id = $1`,
			[tenant],
		);
		const breaches = rows.filter(({ kind }) => kind === 'breach');
		expect([rows.length, breaches.length]).toEqual([2 * timerCount, timerCount]);
		expect(new Set(breaches.map(({ timer }) => timer)).size).toBe(timerCount);
		expect(breaches.every(({ handed }) => handed)).toBe(true);
		expect(rows.filter(({ kind }) => kind === 'warning').every(({ superseded }) => superseded)).toBe(true);

		const handed = workers.flatMap(({ told }) =>
			told.filter(({ what }) => what === 'handed').flatMap(({ ids }) => ids),
		);
		expect(new Set(handed.map(([id]) => id))).toEqual(new Set(breaches.map(({ id }) => id)));
		const newly = handed.filter(([, redelivered]) => !redelivered).map(([id]) => id);
		expect(new Set(newly).size).toBe(newly.length);
		// What was acknowledged before the kill is never handed over again.
		for (const { told } of workers.slice(0, 2)) {
			const done = new Set(
				told.filter(({ what }) => what === 'acknowledged').flatMap(({ ids }) => ids.map(([id]) => id)),
			);
			const others = workers.filter((one) => one.told !== told);
			for (const [id] of others.flatMap((one) =>
				one.told.flatMap(({ what, ids }) => (what === 'handed' ? ids : [])),
			))
				expect(done.has(id)).toBe(false);
		}
	},
);
