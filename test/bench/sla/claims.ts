import { acknowledge, applyToTimer, claimDue, saveSchedule } from '../../../src/sla';
import { applySchema, openStore, type Store } from '../../../src/store';
import type { Scope } from '../../support/scope';
import { startSupabase, type Supabase } from '../../support/supabase';
import type { Tell } from '../main';
import { goal, median, megabytesOf, quantile, rounded } from '../numbers';

export interface Amounts {
	/** Open timers of the first and of the second measurement. */
	few: number;
	many: number;
	/** Of one claim, and due in each round. */
	claimed: number;
	rounds: number;
	/** Due all at once, after everything stood still. */
	overdue: number;
}

const usual: Amounts = { few: 10_000, many: 1_000_000, claimed: 1000, rounds: 40, overdue: 100_000 };

const limitMs = 100;
const limitRatio = 1.2;

/**
 * What claiming what is due takes beside few and beside very many open timers, over both transports; and how long it takes
 * to catch up.
 */
export async function measureClaims(scope: Scope, tell: Tell, amounts: Amounts = usual) {
	const supabase = await startSupabase(scope, {
		// As durable as a hosted project is.
		settings: { fsync: 'on', full_page_writes: 'on', shared_buffers: '512MB', max_wal_size: '4GB' },
	});
	await applySchema({ connectionString: supabase.ownerUrl });
	await supabase.schemaReloaded();
	const ways = {
		supabase: openStore({ supabase: { url: supabase.url, key: supabase.secretKey } }),
		postgres: openStore({ postgres: { connectionString: supabase.ownerUrl } }),
	};
	try {
		await begin(supabase, ways.postgres, amounts);
		await load(supabase, amounts.few, amounts.claimed);
		const beside = async (open: number) => ({
			supabase: await claims(supabase, ways.supabase, amounts, tell, `${open} open, supabase`),
			postgres: await claims(supabase, ways.postgres, amounts, tell, `${open} open, postgres`),
		});
		const few = await beside(amounts.few);
		tell(`${amounts.many} timers are written`);
		await load(supabase, amounts.many, amounts.claimed);
		const many = await beside(amounts.many);
		const compared = (way: 'supabase' | 'postgres') => ({
			fewMs: few[way],
			manyMs: { ...many[way], p95: goal(many[way].p95, 'below', limitMs) },
			timesAsLong: goal(rounded(many[way].median / few[way].median), 'atMost', limitRatio),
		});
		return {
			...{ open: amounts.many, claimed: amounts.claimed },
			...{ supabase: compared('supabase'), postgres: compared('postgres') },
			catchUp: await catchUp(supabase, ways.postgres, amounts, tell),
		};
	} finally {
		for (const store of Object.values(ways)) await store.close();
	}
}

/** One timer, as the product plans it, for the others to be made of, and whom to tell. */
async function begin(supabase: Supabase, store: Store, { claimed }: Amounts): Promise<void> {
	await saveSchedule(store, {
		name: 'always',
		definition: { timezone: 'UTC', always: true },
		isDefault: true,
	});
	await supabase.exec(`
		set search_path to opsdesk;
		insert into channel_accounts (tenant_id, platform, external_id) values ('default', 'telegram', 'bench');
		insert into members (tenant_id, name, role) select 'default', 'M' || n, 'manager' from generate_series(1, 20) n;
		insert into member_channels (tenant_id, member_id, platform, external_id) select 'default', id, 'telegram', 'm' || id from members;
		insert into conversations (tenant_id, account_id, kind, title, assigned_member_id)
			select 'default', 1, 'group', 'Group ' || n, 1 + n % 20 from generate_series(1, ${claimed}) n;
		insert into chats (tenant_id, account_id, external_id, conversation_id) select 'default', 1, 'c' || id, id from conversations`);
	await applyToTimer(store, {
		conversation: { conversationId: 1 },
		event: { type: 'start', atMs: Date.now() - 49 * 60_000 },
	});
}

/**
 * Open timers up to so many. The first are due by now; of the others one more is with each millisecond from an hour from
 * now on.
 */
async function load(supabase: Supabase, open: number, claimed: number): Promise<void> {
	await supabase.exec(`
		set search_path to opsdesk;
		-- Foreign keys hold by how the rows are made.
		set session_replication_role = replica;
		insert into conversations (id, tenant_id, account_id, kind, title, assigned_member_id)
			overriding system value select n, 'default', 1, 'group', 'Group ' || n, 1 + n % 20
			from generate_series((select max(id) + 1 from conversations), ${open}) n;
		insert into chats (tenant_id, account_id, external_id, conversation_id)
			select 'default', 1, 'c' || id, id from conversations where id > (select max(conversation_id) from chats);
		with t as (
			insert into sla_timers (tenant_id, conversation_id, metric, status, cycle, due_at, deadline_at, target_ms, started_at)
				select t.tenant_id, v.id, t.metric, t.status, t.cycle, now() + case when v.id <= ${claimed} then interval '-1 s'
					else interval '1 hour' + v.id * interval '1 ms' end, t.deadline_at, t.target_ms, t.started_at
				from (select * from sla_timers where conversation_id = 1) t
					join conversations v on v.id > (select max(conversation_id) from sla_timers) returning id, tenant_id, due_at
		)
		insert into sla_plans (timer_id, tenant_id, state, planned_by, steps, step_times)
			select t.id, t.tenant_id, p.state, p.planned_by, s.steps, times_of(s.steps)
			from t cross join (select * from sla_plans where timer_id = (select min(id) from sla_timers)) p
				cross join lateral (select jsonb_agg(x || jsonb_build_object('atMs', epoch_ms(t.due_at) + (n - 1) * 3600000) order by n)
					as steps from jsonb_array_elements(p.steps) with ordinality e (x, n)) s;
		create table if not exists public.first_due as select id, due_at from sla_timers where conversation_id <= ${claimed}`);
	await supabase.exec(`vacuum analyze`);
}

/** Milliseconds of a claim. */
async function claims(
	supabase: Supabase,
	store: Store,
	{ claimed, rounds }: Amounts,
	tell: Tell,
	what: string,
) {
	const times: number[] = [];
	for (let round = -1; round < rounds; round += 1) {
		await supabase.exec(`
			set search_path to opsdesk;
			delete from sla_events;
			update sla_timers t set next_step = 0, due_at = f.due_at from public.first_due f where f.id = t.id`);
		await supabase.exec(`vacuum opsdesk.sla_events`);
		// Rows that were set back so often stand in the way of their own indexes.
		if (round % 8 === 0) await supabase.exec(`vacuum opsdesk.sla_timers`);
		const begun = performance.now();
		const { events } = await claimDue(store, { worker: 'bench', limit: claimed, leaseMs: 60_000 });
		const spentMs = performance.now() - begun;
		if (events.length !== claimed) throw new Error(`${events.length} were claimed in place of ${claimed}.`);
		// The first one meets what is not in memory yet.
		if (round >= 0) times.push(spentMs);
	}
	const found = { median: rounded(median(times)), p95: rounded(quantile(times, 0.95)) };
	tell(`${what}: ${found.median} ms, 95 of 100 below ${found.p95} ms`);
	return found;
}

/** Everything stood still until so many were due. */
async function catchUp(supabase: Supabase, store: Store, { claimed, overdue }: Amounts, tell: Tell) {
	await supabase.exec(`
		set search_path to opsdesk;
		delete from sla_events;
		update sla_timers set due_at = now() - interval '1 minute' + id * interval '1 microsecond', next_step = 0
			where id <= ${overdue};
		update sla_plans set step_times = array[epoch_ms(now()) - 60000] || f.step_times[2:]
			from (select array(select epoch_ms(now()) + n * 3600000 from generate_series(0, 6) n) as step_times) f
			where timer_id <= ${overdue}`);
	await supabase.exec(`vacuum analyze opsdesk.sla_timers`);
	await supabase.exec(`vacuum analyze opsdesk.sla_plans`);
	const before = process.memoryUsage().rss;
	let most = before;
	let amount = 0;
	const begun = performance.now();
	for (;;) {
		const { events } = await claimDue(store, { worker: 'bench', limit: claimed, leaseMs: 600_000 });
		if (events.length === 0) break;
		await acknowledge(
			store,
			events.map(({ id }) => id),
			'bench',
		);
		amount += events.length;
		most = Math.max(most, process.memoryUsage().rss);
	}
	const seconds = rounded((performance.now() - begun) / 1000);
	tell(`${amount} overdue timers: ${seconds} s`);
	return {
		...{ timers: amount, seconds },
		perSecond: Math.round(amount / seconds),
		moreMemoryMegabytes: megabytesOf(most - before),
	};
}
