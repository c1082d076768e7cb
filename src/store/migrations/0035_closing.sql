-- What becomes of timers when their conversation is closed, and when nobody asks for them any more.

-- Whoever closes a conversation, nothing is told of it from then on. How much time counted only the package knows: it settles
-- the timers when it looks at them next. As its owner, because a member who closes a conversation changes no timers otherwise.
create function close_timers() returns trigger language plpgsql security definer set search_path from current as $$
begin
	update sla_timers set closed_at = sla_clock(), due_at = null, revision = revision + 1, updated_at = now()
		where conversation_id = new.id and status in ('running', 'paused') and closed_at is null;
	return null;
end
$$;
create trigger close_timers after update of status on conversations for each row
	when (new.status = 'closed' and old.status <> 'closed') execute function close_timers();

-- Conversations whose timers are to be settled, in order.
create function get_closed_timers(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 500);
	ids jsonb;
begin
	select jsonb_agg(id order by id) into ids from (select distinct conversation_id as id from sla_timers
		where tenant_id = tenant and closed_at is not null and conversation_id > coalesce((request ->> 'after')::bigint, 0)
		order by 1 limit most) x;
	return jsonb_build_object('items', coalesce(ids, '[]'), 'next', case when jsonb_array_length(ids) = most then ids -> -1 end);
end
$$;

-- Timers that a run of retention removes: those of a conversation go together, once the last of them has ended before the
-- messages that stay. One that is open keeps the others.
create function timers_over(tenant text, before timestamptz, after_at timestamptz, after_id bigint, most int)
returns setof sla_timers language sql stable set search_path from current as $$
	select t.* from sla_timers t where t.tenant_id = tenant and t.ended_at < before and (t.ended_at, t.id) > (after_at, after_id)
		and t.status in ('answered', 'cancelled') and not exists (select from sla_timers o where o.conversation_id = t.conversation_id
			and (o.status in ('running', 'paused') or o.ended_at >= before))
	order by t.ended_at, t.id limit most
$$;

-- Their plans, cycles and events go with them.
create function retain_timers(tenant text, l retention_limits, after_at timestamptz, after_id bigint, most int) returns jsonb
language plpgsql set search_path from current set plan_cache_mode = force_custom_plan as $$
declare
	h held_back := held_in(tenant);
	found_ids bigint[];
	ids bigint[];
	last jsonb;
	counts jsonb;
begin
	select array_agg(id) filter (where not is_held(h, conversation_id, null)), case when count(*) = most then
			(jsonb_agg(jsonb_build_object('at', ended_at, 'id', id) order by ended_at, id)) -> -1 end
		into found_ids, last from timers_over(tenant, l.messages, after_at, after_id, most);
	-- Who begins one anew has locked it.
	select array_agg(id) into ids from (select id from sla_timers where id = any (found_ids) and ended_at < l.messages
		and status in ('answered', 'cancelled') order by id for update skip locked) x;
	counts := jsonb_build_object('deleted', coalesce(cardinality(ids), 0),
		'cycles', (select count(*) from sla_cycles where timer_id = any (ids)),
		'events', (select count(*) from sla_events where timer_id = any (ids)));
	delete from sla_timers where id = any (ids);
	return counts || jsonb_build_object('found', coalesce(cardinality(found_ids), 0), 'done', coalesce(cardinality(ids), 0),
		'next', last);
end
$$;

-- Timers that were told of answers and never of a request, of conversations that have been quiet for as long as messages stay.
create function idle_timers_over(tenant text, before timestamptz, after_at timestamptz, after_id bigint, most int)
returns setof sla_timers language sql stable set search_path from current as $$
	select t.* from sla_timers t where t.tenant_id = tenant and t.status = 'idle' and t.updated_at < before
		and (t.updated_at, t.id) > (after_at, after_id)
		and not exists (select from sla_timers o where o.conversation_id = t.conversation_id and (o.status in ('running', 'paused')
			or o.ended_at >= before or o.status = 'idle' and o.updated_at >= before))
		and not exists (select from messages m where m.conversation_id = t.conversation_id and m.sent_at >= before)
		-- Those of a group that was joined with it go as other cycles do.
		and not exists (select from sla_cycles c where c.timer_id = t.id)
	order by t.updated_at, t.id limit most
$$;

create function retain_idle_timers(tenant text, l retention_limits, after_at timestamptz, after_id bigint, most int) returns jsonb
language plpgsql set search_path from current set plan_cache_mode = force_custom_plan as $$
declare
	h held_back := held_in(tenant);
	found_ids bigint[];
	ids bigint[];
	last jsonb;
begin
	select array_agg(id) filter (where not is_held(h, conversation_id, null)), case when count(*) = most then
			(jsonb_agg(jsonb_build_object('at', updated_at, 'id', id) order by updated_at, id)) -> -1 end
		into found_ids, last from idle_timers_over(tenant, l.messages, after_at, after_id, most);
	select array_agg(id) into ids from (select id from sla_timers where id = any (found_ids) and status = 'idle'
		and updated_at < l.messages order by id for update skip locked) x;
	delete from sla_timers where id = any (ids);
	return jsonb_build_object('deleted', coalesce(cardinality(ids), 0), 'found', coalesce(cardinality(found_ids), 0),
		'done', coalesce(cardinality(ids), 0), 'next', last);
end
$$;

-- Ended cycles before the messages that stay. The last that has ended stays with its timer, and one of which something is still to
-- be told. What a timer may yet be told it judges by its plan, which names its last cycles itself.
create function cycles_over(tenant text, before timestamptz, after_at timestamptz, after_id bigint, most int)
returns setof sla_cycles language sql stable set search_path from current as $$
	select c.* from sla_cycles c where c.tenant_id = tenant and c.ended_at < before and (c.ended_at, c.timer_id) > (after_at, after_id)
		and exists (select from sla_cycles n where n.timer_id = c.timer_id and n.number > c.number)
		and not exists (select from sla_events e where e.timer_id = c.timer_id and e.cycle = c.number and e.available_at is not null)
	order by c.ended_at, c.timer_id limit most
$$;

-- Old cycles of timers that stay, with their events.
create function retain_cycles(tenant text, l retention_limits, after_at timestamptz, after_id bigint, most int) returns jsonb
language plpgsql set search_path from current set plan_cache_mode = force_custom_plan as $$
declare
	h held_back := held_in(tenant);
	found_ids bigint[];
	found_numbers int[];
	locked bigint[];
	last jsonb;
	cycles bigint;
	events bigint;
begin
	select array_agg(c.timer_id) filter (where not is_held(h, t.conversation_id, null)),
			array_agg(c.number) filter (where not is_held(h, t.conversation_id, null)), case when count(*) = most then
			(jsonb_agg(jsonb_build_object('at', c.ended_at, 'id', c.timer_id) order by c.ended_at, c.timer_id)) -> -1 end
		into found_ids, found_numbers, last
		from cycles_over(tenant, l.messages, after_at, after_id, most) c join sla_timers t on t.id = c.timer_id;
	-- Who claims, writes or joins them has locked them.
	select array_agg(id) into locked from (select id from sla_timers where id = any (found_ids) order by id for update skip locked) x;
	with gone as (
		delete from sla_cycles c using unnest(found_ids, found_numbers) f (timer_id, number)
		where c.timer_id = f.timer_id and c.number = f.number and c.timer_id = any (locked) and c.ended_at < l.messages
			and not exists (select from sla_events e where e.timer_id = c.timer_id and e.cycle = c.number and e.available_at is not null)
		returning c.timer_id, c.number
	), told as (
		delete from sla_events e using gone g where e.timer_id = g.timer_id and e.cycle = g.number returning 1
	)
	select (select count(*) from gone), (select count(*) from told) into cycles, events;
	return jsonb_build_object('cycles', cycles, 'events', events, 'found', coalesce(cardinality(found_ids), 0), 'done',
		(select count(*) from unnest(found_ids) id where id = any (locked)), 'next', last);
end
$$;

create function timer_counts(tenant text, l retention_limits) returns jsonb
language sql stable set search_path from current as $$
	with due as materialized (
		select t.id from timers_over(tenant, l.messages, '-infinity', 0, null) t, held_in(tenant) h
			where not is_held(h, t.conversation_id, null)
	), old as materialized (
		select timer_id, number from sla_cycles where timer_id in (select id from due)
		union select c.timer_id, c.number from cycles_over(tenant, l.messages, '-infinity', 0, null) c
			join sla_timers t on t.id = c.timer_id, held_in(tenant) h where not is_held(h, t.conversation_id, null)
	)
	select jsonb_build_object('deleted', (select count(*) from due) + (select count(*) from idle_timers_over(tenant, l.messages,
			'-infinity', 0, null) t, held_in(tenant) h where not is_held(h, t.conversation_id, null)),
		'cycles', (select count(*) from old),
		'events', (select count(*) from sla_events e where e.timer_id in (select id from due)
			or (e.timer_id, e.cycle) in (select timer_id, number from old)))
$$;
