-- What is due is claimed, handed over and acknowledged. A claim locks the timer: an answer that was recorded before has left
-- nothing that is due, and one that comes later finds the step recorded.

-- Whom levels are for, as it is now: of each of "asked" (notify, assigned, team) the recipients in order, and the members who
-- are meant, once each. When a policy names nobody who is there, who leads the tenant is told. What is neither a role nor a
-- member is an address of the user's own; one of a member who was removed is nobody's any more.
create function sla_targets(tenant text, asked jsonb) returns json
language plpgsql stable set search_path from current as $$
declare
	targets json;
	people json;
begin
	with wanted as materialized (
		select a.place as list, r.place, r.name, r.place > jsonb_array_length(a.notify) as is_spare, concat(case r.name
				when 'assignee' then a.assigned when 'team' then a.team end, ' ', r.name) as key, a.assigned, a.team
		from (select n as place, x -> 'notify' as notify, (x ->> 'assigned')::bigint as assigned, (x ->> 'team')::bigint as team
			from jsonb_array_elements(asked) with ordinality e (x, n)) a
			cross join jsonb_array_elements_text(a.notify || '["leaders"]') with ordinality r (name, place)
	), meant as materialized (
		select r.key, array_agg(m.id order by m.id) filter (where m.id is not null) as ids, bool_or(m.id is not null or r.name in
				('assignee', 'team', 'duty', 'manager', 'admin', 'observer', 'leaders') or r.name ~ '^member:\d{1,18}$') as is_known,
			bool_or(m.id is null and exists (select from members o where o.tenant_id = tenant and o.removed_at is not null
				and lower(o.email) = lower(r.name))) as is_removed
		from (select distinct on (key) * from wanted) r
			left join members m on m.tenant_id = tenant and m.removed_at is null and case
				when r.name = 'assignee' then m.id = r.assigned
				when r.name = 'team' then exists (select from team_members x where x.team_id = r.team and x.member_id = m.id
					and x.on_duty)
				when r.name = 'duty' then exists (select from team_members x where x.member_id = m.id and x.on_duty)
				when r.name = 'manager' then m.role = 'manager' or m.role = 'admin' and not exists (select from members o
					where o.tenant_id = tenant and o.removed_at is null and o.role = 'manager')
				when r.name in ('admin', 'observer') then m.role = r.name
				when r.name = 'leaders' then m.role in ('admin', 'manager')
				when r.name ~ '^member:\d{1,18}$' then m.id = substr(r.name, 8)::bigint
				else lower(m.email) = lower(r.name) end
		group by r.key
	), told as materialized (
		select w.list, w.place, w.name, coalesce(m.ids, '{}') as ids from wanted w join meant m using (key)
		where not m.is_removed and (not w.is_spare or w.place > 1 and not exists (select from wanted o join meant k using (key)
			where o.list = w.list and not o.is_spare and (k.ids is not null or not k.is_known and not k.is_removed)))
	)
	select (select json_agg((select coalesce(json_agg(json_build_object('recipient', name, 'members', ids) order by t.place), '[]')
				from told t where t.list = n) order by n) from generate_series(1, jsonb_array_length(asked)) n),
			(select coalesce(json_agg(jsonb_strip_nulls(jsonb_build_object('id', m.id, 'name', m.name, 'role', m.role,
				'email', m.email, 'identities', (select coalesce(jsonb_agg(jsonb_build_object('platform', c.platform,
					'id', c.external_id) order by c.id), '[]') from member_channels c where c.member_id = m.id)))), '[]')
			from members m where m.id in (select unnest(ids) from told))
		into targets, people;
	return json_build_object('targets', targets, 'people', people);
end
$$;

-- Events as columns, and what many of them share once: to write each one out took most of the time of a claim.
create function sla_events_json(tenant text, ids bigint[]) returns json
language plpgsql stable set search_path from current
set jit = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
	events json;
	earlier json;
	asked jsonb;
	accounts json;
	assignees json;
	in_teams json;
begin
	with found as materialized (
		select e.id, e.timer_id, e.cycle, e.kind, e.level, e.due_at, e.redelivered, e.attempts, e.is_last, e.started_at, e.deadline_at,
			e.target_ms, e.elapsed_ms, e.notify, t.metric, t.status as timer_status,
			case when t.cycle = e.cycle then t.message_id
				else (select c.message_id from sla_cycles c where c.timer_id = e.timer_id and c.number = e.cycle) end as message_id,
			v.id as conversation_id, v.account_id, v.kind as sort, v.title, v.status, v.tier, v.assigned_member_id, v.team_id
		from sla_events e join sla_timers t on t.id = e.timer_id join conversations v on v.id = t.conversation_id
		where e.id = any (ids)
	), superseded as materialized (
		select o.superseded_by as by_id, o.id, o.kind, o.level, o.due_at, o.notify
		from found f join sla_events o on o.timer_id = f.timer_id and o.superseded_by = f.id
	), joined as (
		-- What stands for earlier levels is for those as well.
		select id, jsonb_agg(name order by place) filter (where name is not null) as notify from (
			select x.id, name, min(array[x.rank, x.by_place, n]) as place
			from (select id, 0 as rank, id as by_place, notify from found where notify = '[]' or id in (select by_id from superseded)
					union all select by_id, 1, id, notify from superseded) x
				left join lateral jsonb_array_elements_text(x.notify) with ordinality y (name, n) on true
			group by x.id, name) v group by id
	), told as materialized (
		-- When that is nobody, a breach is for the leaders.
		select f.id, case when j.id is null then f.notify else coalesce(j.notify,
				case when f.kind = 'warning' then '[]' else '["leaders"]' end::jsonb) end as notify,
			coalesce(f.assigned_member_id, 0) as assigned, coalesce(f.team_id, 0) as team
		from found f left join joined j on j.id = f.id
	), groups as materialized (
		select row_number() over () as place, * from (select distinct notify, assigned, team from told) g
	), listed as (
		select f.*, g.place from found f
			join (select d.id, g.place from told d join groups g using (notify, assigned, team)) g on g.id = f.id
		order by f.due_at, f.id
	)
	select json_build_object('id', array_agg(id), 'kind', array_agg(kind), 'level', array_agg(level),
				'dueAtMs', array_agg(epoch_ms(due_at)), 'redelivered', array_agg(redelivered), 'attempts', array_agg(attempts),
				'isLast', array_agg(is_last), 'timerId', array_agg(timer_id), 'metric', array_agg(metric),
				'timerStatus', array_agg(timer_status), 'cycle', array_agg(cycle), 'messageId', array_agg(message_id),
				'startedAtMs', array_agg(epoch_ms(started_at)), 'deadlineMs', array_agg(epoch_ms(deadline_at)),
				'targetMs', array_agg(target_ms), 'elapsedMs', array_agg(elapsed_ms), 'conversationId', array_agg(conversation_id),
				'account', array_agg(account_id), 'chatId', array_agg(coalesce((select external_id from chats
					where chats.conversation_id = listed.conversation_id order by chats.id desc limit 1), '')),
				'sort', array_agg(sort), 'title', array_agg(title), 'status', array_agg(status), 'tier', array_agg(tier),
				'assignee', array_agg(assigned_member_id), 'team', array_agg(team_id), 'targets', array_agg(place - 1)),
			(select json_build_object('by', array_agg(by_id), 'id', array_agg(id), 'kind', array_agg(kind),
				'level', array_agg(level), 'dueAtMs', array_agg(epoch_ms(due_at)))
				from (select * from superseded order by due_at, id) s),
			(select jsonb_agg(jsonb_build_object('notify', notify, 'assigned', assigned, 'team', team) order by place) from groups),
			(select json_agg(json_build_object('id', id, 'platform', platform, 'account', external_id))
				from channel_accounts where id in (select account_id from found)),
			(select json_agg(json_build_object('id', id, 'name', name)) from members
				where id in (select assigned_member_id from found)),
			(select json_agg(json_build_object('id', id, 'name', name)) from teams where id in (select team_id from found))
		into events, earlier, asked, accounts, assignees, in_teams from listed;
	return json_build_object('events', events, 'superseded', earlier, 'told', sla_targets(tenant, coalesce(asked, '[]')),
		'accounts', accounts, 'assignees', assignees, 'teams', in_teams);
end
$$;

-- Records what is due of these timers, which are locked, each level once, and claims the last level of each; answers those.
-- What was claimed before and never handed over is told by them as well. "recorded": how many steps of each were. "who" is
-- null when nobody claims them yet; "amount": so many of each timer in place of all that are due.
create function record_due_steps(tenant text, timers bigint[], recorded int[], who text, this_claim uuid, clock timestamptz, until timestamptz,
	amount int default null)
returns bigint[] language plpgsql set search_path from current
set jit = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
	clock_ms bigint := floor(extract(epoch from clock) * 1000);
	claimed bigint[];
begin
	with due as materialized (
		select g.id, g.done, p.steps, p.step_times, width_bucket(clock_ms, p.step_times) as passed
		from unnest(timers, recorded) g (id, done) join sla_plans p on p.timer_id = g.id
	), counted as (
		update sla_timers t set revision = t.revision + 1, updated_at = clock, next_step = d.passed,
			due_at = to_timestamp(d.step_times[d.passed + 1] / 1000.0::float8),
			is_breached = t.is_breached or coalesce(t.deadline_at <= clock, false)
		from due d where t.id = d.id
		returning d.*, t.started_at, t.deadline_at, t.target_ms
	), step as materialized (
		select nextval('sla_events_id_seq') as id, x.* from (
			select timer_id, to_timestamp(at_ms / 1000.0::float8) as at, (s ->> 'cycle')::int as cycle, s ->> 'kind' as kind,
				 (s ->> 'level')::int as level, (s ->> 'elapsedMs')::bigint as elapsed_ms,
				(s ->> 'isLast')::boolean as is_last, s -> 'notify' as notify, started_at, deadline_at, target_ms
			from (select v.*, step_times[n] as at_ms, steps -> (n - 1) as s from (
				select id as timer_id, steps, step_times, started_at, deadline_at, target_ms,
					generate_series(done + 1, coalesce(done + amount, passed)) as n, step_times[done + 1] as first_ms
				from counted) v offset 0) y
			order by first_ms, timer_id, n) x
		-- Nobody else records them meanwhile, for their timers are locked. Looked up one by one: as a join it would be planned for
		-- many more than there are.
		where (select o.id from sla_events o where o.timer_id = x.timer_id and o.cycle = x.cycle and o.kind = x.kind
			and o.level = x.level) is null
	), made as (
		insert into sla_events (id, tenant_id, timer_id, cycle, kind, level, due_at, elapsed_ms, started_at, deadline_at, target_ms,
				is_last, notify, recorded_at, worker, claim_id, claimed_at, available_at, superseded_by, attempts)
			select id, tenant, timer_id, cycle, kind, level, at, elapsed_ms, started_at, deadline_at, target_ms, is_last, notify,
				clock, case when id = told then who end, case when id = told then this_claim end,
				case when id = told then clock end, case when id = told then until end,
				case when id <> told then told end, case when who is null then 0 else 1 end
			from (select *, max(id) over (partition by timer_id) as told from step) x returning id, superseded_by
	)
	select coalesce(array_agg(id) filter (where superseded_by is null), '{}') into claimed from made;
	-- With those that they stood for.
	if exists (select from sla_events where tenant_id = tenant and available_at <= clock) then
		update sla_events e set available_at = null, superseded_by = o.by_id from (
			select k.id, k.timer_id, n.id as by_id from sla_events n join sla_events k on k.timer_id = n.timer_id and k.cycle = n.cycle
				and k.id < n.id and k.available_at <= clock
			where n.id = any (claimed) for update of k skip locked) o
			where e.timer_id = o.timer_id and (e.id = o.id or e.superseded_by = o.id);
	end if;
	return claimed;
end
$$;

-- What became due first comes first, whether it is new or was claimed by somebody who never said that it was handed over:
-- that waits anew with each claim, so nothing keeps others waiting for ever.
create function claim_sla_events(tenant text, request jsonb default '{}') returns json
language plpgsql set search_path from current
set jit = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
	rules tenants := tenant_of(tenant);
	most int := page_limit(request, 100);
	who text := request ->> 'worker';
	this_claim uuid := (request ->> 'claim')::uuid;
	clock timestamptz := sla_clock();
	until timestamptz := clock + make_interval(secs => (request ->> 'leaseMs')::float8 / 1000);
	claimed bigint[];
	is_set_back boolean;
	timers bigint[];
	recorded int[];
	again bigint[];
	clock_then timestamptz;
begin
	select array_agg(id) filter (where claim_id = this_claim), bool_or(claimed_at > clock + interval '5 s')
		into claimed, is_set_back from sla_events where tenant_id = tenant and available_at > clock;
	-- Else it is the same call once more, because its answer was lost.
	if claimed is null then
		-- The clock was set back since: a lease lasts as long as it was to last, but from now on.
		if is_set_back then
			update sla_events set available_at = clock + (available_at - claimed_at), claimed_at = clock where id in (
				select id from sla_events where tenant_id = tenant and claimed_at > clock + interval '5 s'
					and available_at > clock for update skip locked);
		end if;
		with due as materialized (
			select id, due_at as at, next_step from sla_timers where tenant_id = tenant and due_at <= clock
				order by due_at, id limit most for update skip locked
		), left_over as materialized (
			select id, available_at as at, null::int from sla_events where tenant_id = tenant and available_at <= clock
				order by available_at, id limit most for update skip locked
		), chosen as (
			select * from due union all select * from left_over order by at, id limit most
		)
		select array_agg(id) filter (where next_step is not null), array_agg(next_step) filter (where next_step is not null),
			array_agg(id) filter (where next_step is null) into timers, recorded, again from chosen;
		if timers is not null then
			claimed := record_due_steps(tenant, timers, recorded, who, this_claim, clock, until);
		end if;
		with taken as (
			update sla_events set worker = who, claim_id = this_claim, claimed_at = clock, available_at = until,
				attempts = attempts + 1, redelivered = redelivered or worker is not null
				where id = any (again) and available_at is not null returning id
		)
		select claimed || coalesce(array_agg(id), '{}') into claimed from taken;
	end if;
	select coalesce(min(claimed_at), clock), coalesce(min(available_at), until) into clock_then, until from sla_events
		where id = claimed[1];
	return json_build_object('found', case when claimed <> '{}' then sla_events_json(tenant, claimed) end,
		'claimedAtMs', epoch_ms(clock_then), 'leaseUntilMs', epoch_ms(until), 'clockMs', epoch_ms(clock), 'nextDueAtMs',
		epoch_ms(least((select min(due_at) from sla_timers where tenant_id = tenant and due_at is not null),
			(select min(available_at) from sla_events where tenant_id = tenant and available_at is not null))));
end
$$;

-- Why a worker no longer has what it asks about.
create function lost_sla_events(tenant text, ids bigint[], kept bigint[]) returns jsonb
language sql stable set search_path from current as $$
	select coalesce(jsonb_agg(jsonb_build_object('id', i, 'reason', case when e.id is null then 'gone'
			when e.superseded_by is not null then 'superseded' when e.handed_over_at is not null then 'handedOver'
			when e.worker is null then 'returned' else 'claimed' end) order by i), '[]')
	from unnest(ids) i left join sla_events e on e.id = i and e.tenant_id = tenant where i <> all (kept)
$$;

-- "told": who was told of each, by the id of the event, where whoever has told them says so.
create function acknowledge_sla_events(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	ids bigint[] := array(select distinct jsonb_array_elements_text(request -> 'ids')::bigint);
	own bigint[];
begin
	update sla_events set handed_over_at = sla_clock(), available_at = null, told = request -> 'told' -> id::text
		where tenant_id = tenant and id = any (ids) and worker = request ->> 'worker' and available_at is not null;
	own := array(select id from sla_events where tenant_id = tenant and id = any (ids) and handed_over_at is not null
		and worker = request ->> 'worker' order by id);
	return jsonb_build_object('acknowledged', to_jsonb(own), 'lost', lost_sla_events(tenant, ids, own));
end
$$;

-- Who is still at it keeps what it has claimed.
create function renew_sla_events(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	ids bigint[] := array(select distinct jsonb_array_elements_text(request -> 'ids')::bigint);
	clock timestamptz := sla_clock();
	own bigint[];
begin
	with kept as (
		update sla_events set claimed_at = clock, available_at = clock + make_interval(secs => (request ->> 'leaseMs')::float8 / 1000)
			where tenant_id = tenant and id = any (ids) and worker = request ->> 'worker' and available_at is not null
			returning id
	)
	select coalesce(array_agg(id order by id), '{}') into own from kept;
	return jsonb_build_object('renewed', to_jsonb(own), 'lost', lost_sla_events(tenant, ids, own));
end
$$;

create function give_back_sla_events(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	ids bigint[] := array(select distinct jsonb_array_elements_text(request -> 'ids')::bigint);
	own bigint[];
	now_is timestamptz := sla_clock();
begin
	update sla_events set worker = null, claim_id = null, claimed_at = now_is, available_at = now_is where tenant_id = tenant
		and id = any (ids) and worker = request ->> 'worker' and available_at is not null;
	own := array(select id from sla_events where tenant_id = tenant and id = any (ids) and available_at is not null
		and worker is null order by id);
	return jsonb_build_object('returned', to_jsonb(own), 'lost', lost_sla_events(tenant, ids, own));
end
$$;

-- Promises that these people have waited for: all of their private chats, and in groups what a message of theirs has begun.
create function promises_to(identities bigint[]) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	with own as materialized (
		select distinct v.id, v.kind from participants p join conversations v on v.id = p.conversation_id
		where p.identity_id = any (identities)
	), cycles as (
		select v.id, v.kind, t.metric, c.message_id, c.started_at, c.ended_at, c.outcome as status, c.elapsed_ms, c.is_breached
		from own v join sla_timers t on t.conversation_id = v.id join sla_cycles c on c.timer_id = t.id
		union all
		select v.id, v.kind, t.metric, p.state #>> '{cycle,messageId}', t.started_at, null, t.status, null, t.is_breached
		from own v join sla_timers t on t.conversation_id = v.id join sla_plans p on p.timer_id = t.id
		where t.status in ('running', 'paused')
	)
	select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('conversationId', id, 'promise', metric, 'messageId', message_id,
		'startedAt', started_at, 'endedAt', ended_at, 'status', status, 'elapsedMinutes', elapsed_ms / 60000.0,
		'isBreached', is_breached)) order by started_at, id, metric), '[]')
	from cycles where kind = 'private' or exists (select from chats h join messages m on m.chat_id = h.id
		and m.external_id = cycles.message_id where h.conversation_id = cycles.id and m.sender_id = any (identities))
$$;
