-- What is due is claimed, handed over and acknowledged. A claim locks the timer: an answer that was recorded before has left
-- nothing that is due, and one that comes later finds the step recorded.

-- Whom a level is for, as it is now. When a policy names nobody who is there, who leads the tenant is told. What is neither
-- a role nor a member is an address of the user's own.
create function sla_targets(tenant text, recipients text[], assigned bigint, team bigint) returns jsonb
language sql stable set search_path from current as $$
	with named as materialized (
		select r.name, r.place, m.id, case when m.id is not null then jsonb_strip_nulls(jsonb_build_object('id', m.id,
				'name', m.name, 'role', m.role, 'email', m.email, 'identities', (select coalesce(jsonb_agg(jsonb_build_object(
					'platform', c.platform, 'id', c.external_id) order by c.id), '[]') from member_channels c
					where c.member_id = m.id))) end as member,
			r.name in ('assignee', 'team', 'duty', 'manager', 'admin', 'observer', 'leaders') or r.name ~ '^member:\d{1,18}$'
				or m.id is not null as is_known
		from unnest(recipients || '{leaders}'::text[]) with ordinality r (name, place)
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
			filter (where id is not null), '[]')) as target from named group by place, name
	)
	select coalesce(jsonb_agg(target order by place), '[]') from each_one where place <= cardinality(recipients)
		or cardinality(recipients) > 0 and not exists (select from named where place <= cardinality(recipients)
			and (id is not null or not is_known))
$$;

create function sla_events_json(tenant text, ids bigint[]) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	with events as materialized (
		select e.*, t.conversation_id, t.metric, t.status, t.state, t.target_ms, t.deadline_at, v.assigned_member_id, v.team_id
		from sla_events e join sla_timers t on t.id = e.timer_id join conversations v on v.id = t.conversation_id
		where e.id = any (ids)
	), facts as materialized (
		select * from facts_of(array(select distinct conversation_id from events))
	), told as materialized (
		select x.*, sla_targets(tenant, notify, assigned_member_id, team_id) as targets
		from (select distinct notify, assigned_member_id, team_id from events) x
	), older as materialized (
		select o.superseded_by, jsonb_agg(jsonb_build_object('id', o.id, 'kind', o.kind, 'level', o.level, 'dueAt', o.due_at)
			order by o.due_at, o.id) as levels
		from events e join sla_events o on o.timer_id = e.timer_id and o.superseded_by = e.id group by o.superseded_by
	)
	select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'kind', e.kind, 'level', e.level, 'dueAt', e.due_at,
		'claimedAt', e.claimed_at, 'leaseUntil', e.available_at, 'redelivered', e.redelivered, 'attempts', e.attempts,
		'isLast', e.is_last, 'superseded', coalesce(o.levels, '[]'), 'conversation', f.facts, 'targets', d.targets,
		'timer', jsonb_build_object('id', e.timer_id, 'metric', e.metric, 'status', e.status, 'cycle', e.cycle,
			'messageId', c.cycle -> 'messageId', 'startedAt', from_ms(c.cycle ->> 'startedAtMs'), 'deadline',
			coalesce((select from_ms(r ->> 'atMs') from jsonb_array_elements(c.cycle -> 'reached') r
				where r ->> 'kind' = 'breach'), case when e.state #> '{cycle,number}' = to_jsonb(e.cycle) then e.deadline_at end),
			'targetMinutes', e.target_ms / 60000.0, 'elapsedMinutes', e.elapsed_ms / 60000.0)) order by e.due_at, e.id), '[]')
	from events e join facts f on f.id = e.conversation_id
		join told d on d.notify = e.notify and d.assigned_member_id is not distinct from e.assigned_member_id
			and d.team_id is not distinct from e.team_id
		left join older o on o.superseded_by = e.id
		cross join lateral (select coalesce((select x from jsonb_array_elements(e.state -> 'earlier') x
			where (x ->> 'number')::int = e.cycle), e.state -> 'cycle') as cycle) c
$$;

-- Records what is due of these timers, each level once, and claims the last level of each; answers those. What was claimed
-- before and never handed over is told by them as well.
create function record_due_steps(tenant text, timers bigint[], who text, this_claim uuid, clock timestamptz, until timestamptz)
returns bigint[] language plpgsql set search_path from current as $$
declare
	clock_ms float8 := extract(epoch from clock) * 1000;
	recorded bigint[];
begin
	with step as materialized (
		select nextval('sla_events_id_seq') as id, x.* from (
			select t.id as timer_id, s, (s ->> 'atMs')::float8 as at_ms from sla_timers t
				cross join jsonb_array_elements(t.steps) with ordinality e (s, n)
			where t.id = any (timers) and (s ->> 'atMs')::float8 <= clock_ms and not exists (select from sla_events k
				where k.timer_id = t.id and k.cycle = (s ->> 'cycle')::int and k.kind = s ->> 'kind'
					and k.level = (s ->> 'level')::int)
			order by t.due_at, t.id, n) x
	), placed as (
		select *, max(id) over (partition by timer_id) as last_id from step
	), made as (
		insert into sla_events (id, tenant_id, timer_id, cycle, kind, level, due_at, elapsed_ms, is_last, notify, recorded_at,
				worker, claim_id, claimed_at, available_at, superseded_by)
			select id, tenant, timer_id, (s ->> 'cycle')::int, s ->> 'kind', (s ->> 'level')::int, to_timestamp(at_ms / 1000),
				(s ->> 'elapsedMs')::float8, (s ->> 'isLast')::boolean, array(select jsonb_array_elements_text(s -> 'notify')),
				clock, case when id = last_id then who end, case when id = last_id then this_claim end,
				case when id = last_id then clock end, case when id = last_id then until end,
				case when id <> last_id then last_id end
			from placed order by id returning id, superseded_by
	)
	select coalesce(array_agg(id) filter (where superseded_by is null), '{}') into recorded from made;
	update sla_events e set available_at = null, superseded_by = o.by_id from (
		select k.id, n.id as by_id from sla_events n join sla_events k on k.timer_id = n.timer_id and k.cycle = n.cycle
			and k.id < n.id and k.available_at <= clock
		where n.id = any (recorded) for update of k skip locked) o
		where e.id = o.id;
	update sla_timers t set revision = revision + 1, updated_at = now(), steps = r.rest,
			due_at = from_ms(r.rest #>> '{0,atMs}'), is_breached = is_breached or r.breaches,
			state = jsonb_set(jsonb_set(state, '{cycle,reached}', (state #> '{cycle,reached}') || r.reached),
				'{cycle,isExhausted}', to_jsonb((state #> '{cycle,isExhausted}')::boolean or r.exhausts))
		from (select o.id, coalesce(jsonb_agg(s order by n) filter (where not is_due), '[]') as rest,
				coalesce(jsonb_agg(jsonb_build_object('kind', s -> 'kind', 'level', s -> 'level', 'atMs', s -> 'atMs') order by n)
					filter (where is_due), '[]') as reached,
				bool_or(is_due and s ->> 'kind' = 'breach') as breaches, bool_or(is_due and (s ->> 'isLast')::boolean) as exhausts
			from sla_timers o cross join jsonb_array_elements(o.steps) with ordinality e (s, n)
				cross join lateral (select (s ->> 'atMs')::float8 <= clock_ms) d (is_due)
			where o.id = any (timers) group by o.id) r
		where t.id = r.id;
	return recorded;
end
$$;

-- What became due first comes first, whether it is new or was claimed by somebody who never said that it was handed over:
-- that waits anew with each claim, so nothing keeps others waiting for ever.
create function claim_sla_events(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
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
begin
	-- Else it is the same call once more, because its answer was lost.
	if claimed = '{}' then
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
	return jsonb_build_object('events', sla_events_json(tenant, claimed), 'clockMs', epoch_ms(clock), 'nextDueAtMs',
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
begin
	update sla_events set worker = null, claim_id = null, available_at = sla_clock() where tenant_id = tenant
		and id = any (ids) and worker = request ->> 'worker' and available_at is not null;
	own := array(select id from sla_events where tenant_id = tenant and id = any (ids) and available_at is not null
		and worker is null order by id);
	return jsonb_build_object('returned', to_jsonb(own), 'lost', lost_sla_events(tenant, ids, own));
end
$$;
