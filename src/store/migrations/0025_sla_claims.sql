-- What is due is claimed, handed over and acknowledged. A claim locks the timer: an answer that was recorded before has left
-- nothing that is due, and one that comes later finds the step recorded.

-- Whom a level is for, as it is now. When a policy names nobody who is there, who leads the tenant is told. What is neither
-- a role nor a member is an address of the user's own; one of a member who was removed is nobody's any more.
create function sla_targets(tenant text, notify jsonb, assigned bigint, team bigint) returns jsonb
language sql stable set search_path from current as $$
	with asked (recipients) as materialized (
		select array(select jsonb_array_elements_text(notify))
	), named as materialized (
		select r.name, r.place, m.id, case when m.id is not null then jsonb_strip_nulls(jsonb_build_object('id', m.id,
				'name', m.name, 'role', m.role, 'email', m.email, 'identities', (select coalesce(jsonb_agg(jsonb_build_object(
					'platform', c.platform, 'id', c.external_id) order by c.id), '[]') from member_channels c
					where c.member_id = m.id))) end as member,
			r.name in ('assignee', 'team', 'duty', 'manager', 'admin', 'observer', 'leaders') or r.name ~ '^member:\d{1,18}$'
				or m.id is not null as is_known, m.id is null and exists (select from members o
				where o.tenant_id = tenant and o.removed_at is not null and lower(o.email) = lower(r.name)) as is_removed
		from asked cross join unnest(recipients || '{leaders}'::text[]) with ordinality r (name, place)
			left join members m on m.tenant_id = tenant and m.removed_at is null and case
				when r.name = 'assignee' then m.id = assigned
				when r.name = 'team' then exists (select from team_members x where x.team_id = team and x.member_id = m.id
					and x.on_duty)
				when r.name = 'duty' then exists (select from team_members x where x.member_id = m.id and x.on_duty)
				when r.name = 'manager' then m.role = 'manager' or m.role = 'admin' and not exists (select from members o
					where o.tenant_id = tenant and o.removed_at is null and o.role = 'manager')
				when r.name in ('admin', 'observer') then m.role = r.name
				when r.name = 'leaders' then m.role in ('admin', 'manager')
				when r.name ~ '^member:\d{1,18}$' then m.id = substr(r.name, 8)::bigint
				else lower(m.email) = lower(r.name) end
	), each_one as (
		select place, name, jsonb_build_object('recipient', name, 'members', coalesce(jsonb_agg(member order by id)
			filter (where id is not null), '[]')) as target from named where not is_removed group by place, name
	)
	select coalesce(jsonb_agg(target order by place), '[]') from each_one where place <= jsonb_array_length(notify)
		or notify <> '[]' and not exists (select from named where place <= jsonb_array_length(notify)
			and (id is not null or not is_known and not is_removed))
$$;

-- Whom the policy names for an event, and for the levels it stands for. When that is nobody, a breach is for the leaders.
create function recipients_of(e sla_events) returns jsonb language sql stable set search_path from current as $$
	select coalesce(jsonb_agg(name order by place), case when e.kind = 'warning' then '[]' else '["leaders"]' end::jsonb) from (
		select name, min(array[(o.id <> e.id)::int, o.id, n]) as place
		from sla_events o cross join jsonb_array_elements_text(o.notify) with ordinality x (name, n)
		where o.timer_id = e.timer_id and (o.id = e.id or o.superseded_by = e.id) group by name) v
$$;

-- Events as JSON, written at once: to build documents only to write them again took most of the time of a claim. Those who
-- are told the same way share an entry of "targets", by its place.
create function sla_events_text(tenant text, ids bigint[]) returns text
language sql stable set search_path from current set timezone = 'UTC' as $$
	with found as materialized (
		select e.id, e.timer_id, e.cycle, e.kind, e.level, e.due_at, e.redelivered, e.attempts,
			e.is_last, e.started_at, e.deadline_at, e.target_ms, e.elapsed_ms, r.notify, t.metric, t.status as timer_status,
			case when (t.state #>> '{cycle,number}')::int = e.cycle then t.state #>> '{cycle,messageId}'
				else (select message_id from sla_cycles c where c.timer_id = t.id and c.number = e.cycle) end as message_id,
			v.id as conversation_id, v.account_id, v.kind as sort, v.title, v.status, v.tier, v.assigned_member_id, v.team_id,
			dense_rank() over (order by r.notify, v.assigned_member_id, v.team_id) - 1 as place
		from sla_events e join sla_timers t on t.id = e.timer_id join conversations v on v.id = t.conversation_id
			cross join lateral (select case when e.notify <> '[]' and not exists (select from sla_events o
				where o.timer_id = e.timer_id and o.superseded_by = e.id) then e.notify else recipients_of(e) end as notify) r
		where e.id = any (ids)
	), groups as (
		select distinct place, notify, assigned_member_id, team_id from found
	), said as (
		select f.due_at, f.id, concat('{"id":', f.id, ',"kind":"', f.kind, '","level":', f.level,
			',"dueAt":', to_json(f.due_at)::text, ',"redelivered":', f.redelivered::text, ',"attempts":', f.attempts,
			',"isLast":', f.is_last::text, ',"superseded":[', (select string_agg(concat('{"id":', o.id, ',"kind":"', o.kind,
				'","level":', o.level, ',"dueAt":', to_json(o.due_at)::text, '}'), ',' order by o.due_at, o.id)
				from sla_events o where o.timer_id = f.timer_id and o.superseded_by = f.id),
			'],"timer":{"id":', f.timer_id, ',"metric":"', f.metric, '","status":"', f.timer_status, '","cycle":', f.cycle,
			',"messageId":', coalesce(to_json(f.message_id)::text, 'null'), ',"startedAt":', to_json(f.started_at)::text,
			',"deadline":', coalesce(to_json(f.deadline_at)::text, 'null'),
			',"targetMinutes":', coalesce((f.target_ms / 60000.0)::text, 'null'),
			',"elapsedMinutes":', f.elapsed_ms / 60000.0, '},"conversation":{"id":', f.conversation_id,
			',"platform":', to_json(a.platform)::text, ',"account":', to_json(a.external_id)::text,
			',"chatId":', to_json(coalesce(h.external_id, ''))::text, ',"kind":"', f.sort, '"',
			',"title":' || to_json(f.title)::text, ',"status":"', f.status, '"', ',"tier":' || to_json(f.tier)::text,
			',"assignee":{"id":' || m.id || ',"name":' || to_json(m.name)::text || '}',
			',"team":{"id":' || t.id || ',"name":' || to_json(t.name)::text || '}', '},"targets":', f.place, '}') as text
		from found f join channel_accounts a on a.id = f.account_id
			left join members m on m.id = f.assigned_member_id left join teams t on t.id = f.team_id
			left join lateral (select external_id from chats where conversation_id = f.conversation_id
				order by chats.id desc limit 1) h on true
	)
	select concat('"events":[', (select string_agg(text, ',' order by due_at, id) from said), '],"targets":[',
		(select string_agg(sla_targets(tenant, notify, assigned_member_id, team_id)::text, ',' order by place) from groups), ']')
$$;

-- Records what is due of these timers, each level once, and claims the last level of each; answers those. What was claimed
-- before and never handed over is told by them as well. "who" is null when nobody claims them yet; "amount": so many of each
-- timer in place of all that are due.
create function record_due_steps(tenant text, timers bigint[], who text, this_claim uuid, clock timestamptz, until timestamptz,
	amount int default null)
returns bigint[] language plpgsql set search_path from current as $$
declare
	clock_ms bigint := floor(extract(epoch from clock) * 1000);
	recorded bigint[];
begin
	with due as materialized (
		select id, due_at, steps, next_step, coalesce(next_step + amount, width_bucket(clock_ms, step_times)) as reached, step_times,
			started_at, deadline_at, target_ms
		from sla_timers where id = any (timers)
	), step as materialized (
		select nextval('sla_events_id_seq') as id, x.* from (
			select d.*, d.id as timer_id, to_timestamp(d.step_times[n] / 1000.0::float8) as at,
				d.steps -> (n - 1) as s, n = reached as is_told
			from due d cross join generate_series(d.next_step + 1, d.reached) n order by d.due_at, d.id, n) x
			(timer, due_at, steps, next_step, reached, step_times, started_at, deadline_at, target_ms, timer_id, at, s, is_told)
	), made as (
		insert into sla_events (id, tenant_id, timer_id, cycle, kind, level, due_at, elapsed_ms, started_at, deadline_at, target_ms,
				is_last, notify, recorded_at, worker, claim_id, claimed_at, available_at, superseded_by, attempts)
			select id, tenant, timer_id, (s ->> 'cycle')::int, s ->> 'kind', (s ->> 'level')::int, at,
				(s ->> 'elapsedMs')::bigint, started_at, deadline_at, target_ms, (s ->> 'isLast')::boolean,
				s -> 'notify', clock, case when is_told then who end,
				case when is_told then this_claim end, case when is_told then clock end,
				case when is_told then until end, case when not is_told then max(id) over (partition by timer_id) end,
				case when who is null then 0 else 1 end
			from step on conflict do nothing returning id, superseded_by
	)
	select coalesce(array_agg(id) filter (where superseded_by is null), '{}') into recorded from made;
	-- With those that they stood for.
	update sla_events e set available_at = null, superseded_by = o.by_id from (
		select k.id, k.timer_id, n.id as by_id from sla_events n join sla_events k on k.timer_id = n.timer_id and k.cycle = n.cycle
			and k.id < n.id and k.available_at <= clock
		where n.id = any (recorded) for update of k skip locked) o
		where e.timer_id = o.timer_id and (e.id = o.id or e.superseded_by = o.id);
	update sla_timers set revision = revision + 1, updated_at = clock, next_step = width_bucket(clock_ms, step_times),
		due_at = to_timestamp(step_times[width_bucket(clock_ms, step_times) + 1] / 1000.0::float8),
		is_breached = is_breached or coalesce(deadline_at <= clock, false) where id = any (timers);
	return recorded;
end
$$;

-- What became due first comes first, whether it is new or was claimed by somebody who never said that it was handed over:
-- that waits anew with each claim, so nothing keeps others waiting for ever.
create function claim_sla_events(tenant text, request jsonb default '{}') returns json
language plpgsql set search_path from current set timezone = 'UTC' set jit = off as $$
declare
	rules tenants := tenant_of(tenant);
	most int := page_limit(request, 100);
	who text := request ->> 'worker';
	this_claim uuid := (request ->> 'claim')::uuid;
	clock timestamptz := sla_clock();
	until timestamptz := clock + make_interval(secs => (request ->> 'leaseMs')::float8 / 1000);
	claimed bigint[] := array(select id from sla_events where claim_id = this_claim and available_at is not null);
	timers bigint[];
	again bigint[];
	clock_then timestamptz;
begin
	-- Else it is the same call once more, because its answer was lost.
	if claimed = '{}' then
		-- The clock was set back since: a lease lasts as long as it was to last, but from now on.
		update sla_events set available_at = clock + (available_at - claimed_at), claimed_at = clock where id in (
			select id from sla_events where tenant_id = tenant and claimed_at > clock + interval '5 s'
				and available_at is not null for update skip locked);
		with due as materialized (
			select id, due_at as at from sla_timers where tenant_id = tenant and due_at <= clock
				order by due_at, id limit most for update skip locked
		), left_over as materialized (
			select id, available_at as at from sla_events where tenant_id = tenant and available_at <= clock
				order by available_at, id limit most for update skip locked
		), chosen as (
			select true as is_new, id, at from due union all select false, id, at from left_over order by at, id limit most
		)
		select array_agg(id) filter (where is_new), array_agg(id) filter (where not is_new) into timers, again from chosen;
		if timers is not null then
			claimed := record_due_steps(tenant, timers, who, this_claim, clock, until);
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
	return concat('{', sla_events_text(tenant, claimed), ',"claimedAt":', to_json(clock_then)::text, ',"leaseUntil":',
		to_json(until)::text, ',"clockMs":', epoch_ms(clock), ',"nextDueAtMs":', coalesce(
		epoch_ms(least((select min(due_at) from sla_timers where tenant_id = tenant and due_at is not null),
			(select min(available_at) from sla_events where tenant_id = tenant and available_at is not null)))::text, 'null'), '}');
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

create function acknowledge_sla_events(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	ids bigint[] := array(select distinct jsonb_array_elements_text(request -> 'ids')::bigint);
	own bigint[];
begin
	update sla_events set handed_over_at = sla_clock(), available_at = null where tenant_id = tenant and id = any (ids)
		and worker = request ->> 'worker' and available_at is not null;
	own := array(select id from sla_events where tenant_id = tenant and id = any (ids) and handed_over_at is not null
		and worker = request ->> 'worker' order by id);
	return jsonb_build_object('acknowledged', to_jsonb(own), 'lost', lost_sla_events(tenant, ids, own));
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
