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

create function timer_counts(tenant text, l retention_limits) returns jsonb
language sql stable set search_path from current as $$
	with due as materialized (
		select t.id from timers_over(tenant, l.messages, '-infinity', 0, null) t, held_in(tenant) h
			where not is_held(h, t.conversation_id, null)
	)
	select jsonb_build_object('deleted', (select count(*) from due),
		'cycles', (select count(*) from sla_cycles where timer_id in (select id from due)),
		'events', (select count(*) from sla_events where timer_id in (select id from due)))
$$;
