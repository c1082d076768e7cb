-- Timers: read with all that their next state is computed from, and written unless any of that has changed meanwhile.

create function facts_of(ids bigint[]) returns table (id bigint, facts jsonb)
language sql stable set search_path from current as $$
	select v.id, jsonb_strip_nulls(jsonb_build_object('id', v.id, 'platform', a.platform, 'account', a.external_id,
		'chatId', coalesce(h.external_id, ''), 'kind', v.kind, 'title', v.title, 'status', v.status, 'tier', v.tier,
		'assignee', case when m.id is not null then jsonb_build_object('id', m.id, 'name', m.name) end,
		'team', case when t.id is not null then jsonb_build_object('id', t.id, 'name', t.name) end))
	from conversations v join channel_accounts a on a.id = v.account_id
		left join members m on m.id = v.assigned_member_id left join teams t on t.id = v.team_id
		left join lateral (select external_id from chats where conversation_id = v.id order by chats.id desc limit 1) h on true
	where v.id = any (ids)
$$;

create function timer_json(t sla_timers, p sla_plans, facts jsonb) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', t.id, 'revision', t.revision, 'metric', t.metric, 'status', t.status,
		'conversation', facts, 'cycle', t.cycle, 'startedAt', t.started_at, 'deadline', t.deadline_at,
		'endedAt', t.ended_at, 'closedAt', t.closed_at, 'nextDueAt', t.due_at, 'targetMinutes', t.target_ms / 60000.0, 'isBreached', t.is_breached,
		'createdAt', t.created_at, 'scheduleId', p.schedule_id, 'scheduleVersion', p.schedule_version,
		'state', timer_state(p, t.next_step), 'steps', steps_to_come(p, t.next_step))
$$;

-- Who has answered last in a conversation is asked for with each message.
create index messages_of_team on messages (conversation_id, sent_at) where author = 'member';

-- The message of an occurrence as it is stored. Its id is one of the newest chat, unless only a former one has it.
create function told_message(v conversations, message text) returns messages
language sql stable set search_path from current as $$
	select m.* from chats h join messages m on m.chat_id = h.id and m.external_id = message
	where h.conversation_id = v.id order by h.id desc limit 1
$$;

-- Who has written it, as timers see it: null for a message that is not stored.
create function teller_of(v conversations, m messages) returns jsonb
language sql stable set search_path from current as $$
	select case when m.author = 'contact' then '{"author": "client"}' when m.author <> 'member'
		then jsonb_build_object('author', m.author) else (select jsonb_strip_nulls(jsonb_build_object('memberId', m.member_id,
			'author', case when m.member_id = v.assigned_member_id then 'assignee'
				when exists (select from team_members x where x.member_id = m.member_id) or o.id is null then 'agent' else o.role end))
		from (select) x left join members o on o.id = m.member_id) end
	where m.id is not null
$$;

-- "before": of which occurrence; what is stored with a later time, and its own message, did not happen yet. "waitingAfter" is
-- what was written since, and nobody has answered: of the same second, too, for nobody reads and writes as fast. What a bot has
-- passed on for a person is an answer that only the timers know of.
create function standing_before(v conversations, before jsonb) returns jsonb
language plpgsql stable set search_path from current as $$
declare
	until timestamptz := from_ms(before ->> 'atMs');
	own messages := told_message(v, before ->> 'messageId');
	own_id bigint := coalesce(own.id, 0);
	noted timestamptz[] := array(select from_ms(p.state ->> 'answeredAtMs') from sla_timers t join sla_plans p on p.timer_id = t.id
		where t.tenant_id = v.tenant_id and t.conversation_id = v.id and t.metric <> 'resolution'
			and p.state ->> 'answeredAtMs' is not null);
	answered timestamptz;
	last_answer timestamptz;
begin
	select max(sent_at) into answered from messages where conversation_id = v.id and author = 'member'
		and id <> own_id and sent_at <= until;
	select greatest(answered, max(at)) into answered from unnest(noted) at where at <= until;
	select max(sent_at) into last_answer from messages where conversation_id = v.id and author = 'member';
	select greatest(last_answer, max(at)) into last_answer from unnest(noted) at;
	return jsonb_build_object('wasAnswered', answered is not null, 'answeredAtMs', epoch_ms(answered),
		'teller', teller_of(v, own),
		'waiting', (select coalesce(jsonb_agg(jsonb_build_object('messageId', external_id, 'atMs', epoch_ms(sent_at))
				order by sent_at, id), '[]') from (
			select id, external_id, sent_at from messages where conversation_id = v.id and author = 'contact'
				and deleted_at is null and id <> own_id and sent_at > coalesce(answered, '-infinity') and sent_at <= until
			order by sent_at, id limit 50) x),
		'waitingAfter', (select coalesce(jsonb_agg(jsonb_build_object('messageId', external_id, 'atMs', epoch_ms(sent_at))
				order by sent_at, id), '[]') from (
			select id, external_id, sent_at from messages where conversation_id = v.id and author = 'contact'
				and deleted_at is null and id <> own_id and sent_at >= greatest(until, last_answer)
			order by sent_at, id limit 50) x));
end
$$;

create function get_sla_context(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	v conversations := conversation_of(tenant, request);
	facts jsonb := (select o.facts from facts_of(array[v.id]) o);
begin
	return jsonb_build_object('clockMs', epoch_ms(sla_clock()), 'conversation', facts, 'terms', terms_of(tenant, v),
			'timers', (select coalesce(jsonb_agg(timer_json(t, p, facts) order by t.id), '[]')
				from sla_timers t join sla_plans p on p.timer_id = t.id where t.tenant_id = tenant and t.conversation_id = v.id))
		|| case when request ? 'before' then jsonb_build_object('standing', standing_before(v, request -> 'before')) else '{}' end;
end
$$;

-- Writes timers of one conversation, all or none: null when one of them, or what they were planned by, has changed since
-- it was read. The row of the timer is locked: a claim that came first is seen by its revision, and one that comes later
-- sees what is written here.
create function save_sla_timers(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	conversation bigint := (request ->> 'conversationId')::bigint;
	change uuid := (request ->> 'change')::uuid;
	v conversations;
	terms jsonb;
	given jsonb;
	t sla_timers;
	facts jsonb;
	is_repeated boolean := false;
begin
	perform lock_sla(tenant, false);
	-- Of two who begin the same timer one waits here, and sees the other's.
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' timers of ' || conversation, 0));
	-- Who erases or joins the conversation waits for this, or has done so.
	select * into v from conversations where tenant_id = tenant and id = conversation for key share;
	if v.id is null then
		return null;
	end if;
	perform from sla_timers where tenant_id = tenant and conversation_id = conversation order by id for update;
	for given in select value from jsonb_array_elements(request -> 'timers') loop
		select * into t from sla_timers where tenant_id = tenant and conversation_id = conversation and metric = given ->> 'metric';
		is_repeated := is_repeated or t.change_id is not distinct from change;
		if t.revision is distinct from (given ->> 'revision')::bigint and t.change_id is distinct from change then
			return null;
		end if;
	end loop;
	terms := terms_of(tenant, v);
	if not is_repeated then
		if terms ->> 'token' <> request ->> 'token' then
			return null;
		end if;
		for given in select value from jsonb_array_elements(request -> 'timers') loop
			if not write_timer(tenant, conversation, terms, given, change, request ->> 'by') then
				-- It has come from a conversation that was joined with this one.
				perform fail(409, 'conflict', 'The timer was just begun by somebody else.', 'Try again.');
			end if;
		end loop;
	end if;
	select o.facts into facts from facts_of(array[v.id]) o;
	return jsonb_build_object('timers', (select jsonb_agg(timer_json(o, p, facts) order by o.id)
		from sla_timers o join sla_plans p on p.timer_id = o.id where o.tenant_id = tenant and o.conversation_id = conversation and o.metric in (
			select value ->> 'metric' from jsonb_array_elements(request -> 'timers'))));
end
$$;

create function write_timer(tenant text, conversation bigint, terms jsonb, given jsonb, change uuid, said_by text) returns boolean
language plpgsql set search_path from current as $$
declare
	written bigint;
	clock timestamptz := sla_clock();
	now_is jsonb := given -> 'state';
begin
	if given ->> 'revision' is null then
		insert into sla_timers (tenant_id, conversation_id, metric, status)
			values (tenant, conversation, given ->> 'metric', now_is ->> 'status')
			on conflict do nothing returning id into written;
		if written is null then
			return false;
		end if;
	end if;
	-- What was due before it was paused or ended, and nobody had claimed, is somebody's to tell all the same.
	if (given ->> 'missed')::int > 0 then
		perform record_due_steps(tenant, array[id], array[next_step], null, null, clock, clock, (given ->> 'missed')::int)
			from sla_timers where tenant_id = tenant and conversation_id = conversation and metric = given ->> 'metric';
	end if;
	update sla_timers set status = now_is ->> 'status', change_id = change, updated_at = now(), closed_at = null,
			revision = case when given ->> 'revision' is null then 1 else revision + 1 end,
			next_step = 0, due_at = from_ms(given #>> '{steps,0,atMs}'),
			cycle = (now_is #>> '{cycle,number}')::int, message_id = now_is #>> '{cycle,messageId}',
			started_at = from_ms(now_is #>> '{cycle,startedAtMs}'),
			-- What has ended keeps its deadline.
			deadline_at = case when given ? 'deadlineMs' then from_ms(given ->> 'deadlineMs') else deadline_at end,
			ended_at = from_ms(now_is #>> '{cycle,endedAtMs}'), target_ms = (given ->> 'targetMs')::bigint,
			is_breached = (given ->> 'isBreached')::boolean
		where tenant_id = tenant and conversation_id = conversation and metric = given ->> 'metric' returning id into written;
	insert into sla_plans (timer_id, tenant_id, state, schedule_id, schedule_version, planned_by, steps, step_times)
		values (written, tenant, now_is, (terms #>> '{schedule,id}')::bigint, (terms #>> '{schedule,version}')::int,
			terms ->> 'token', given -> 'steps', times_of(given -> 'steps'))
		on conflict (timer_id) do update set state = excluded.state, schedule_id = excluded.schedule_id,
			schedule_version = excluded.schedule_version, planned_by = excluded.planned_by, steps = excluded.steps,
			step_times = excluded.step_times;
	insert into sla_cycles (tenant_id, timer_id, number, message_id, started_at, ended_at, outcome, reason, ended_by, elapsed_ms,
			target_ms, is_breached)
		select tenant, written, (c ->> 'number')::int, c ->> 'messageId', from_ms(c ->> 'startedAtMs'),
			from_ms(c ->> 'endedAtMs'), c ->> 'outcome', c ->> 'reason', said_by, (c ->> 'elapsedMs')::bigint,
			(c ->> 'targetMs')::bigint, (c ->> 'isBreached')::boolean
		from jsonb_array_elements(given -> 'ended') c
		on conflict (timer_id, number) do nothing;
	return true;
end
$$;

create function get_sla_timer(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select timer_json(t, p, f.facts) from conversation_of(tenant, request) v join facts_of(array[v.id]) f on true
		join sla_timers t on t.conversation_id = v.id and t.metric = request ->> 'metric' join sla_plans p on p.timer_id = t.id
$$;

create function get_sla_timers(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	most int := page_limit(request, 50);
	open_only boolean := request ->> 'status' = 'open';
	rows jsonb;
begin
	with page as materialized (
		select x.* from sla_timers x join conversations c on c.id = x.conversation_id
		where x.tenant_id = tenant and x.id > coalesce((request #>> '{after,id}')::bigint, 0)
			and (not coalesce(open_only, false) or x.status in ('running', 'paused'))
			and (not request ? 'status' or open_only or x.status = request ->> 'status')
			and (not request ? 'metric' or x.metric = request ->> 'metric')
			and (not request ? 'conversationId' or x.conversation_id = (request ->> 'conversationId')::bigint)
			and (not request ? 'breached' or x.is_breached = (request ->> 'breached')::boolean)
			and (not request ? 'dueBefore' or x.due_at < (request ->> 'dueBefore')::timestamptz)
			and (not request ? 'assignedMemberId' or c.assigned_member_id = (request ->> 'assignedMemberId')::bigint)
			and (not request ? 'teamId' or c.team_id = (request ->> 'teamId')::bigint)
		order by x.id limit most + 1
	), facts as materialized (
		select * from facts_of(array(select conversation_id from page))
	)
	select jsonb_agg(timer_json(t, p, f.facts) order by t.id) into rows from page t join sla_plans p on p.timer_id = t.id
		join facts f on f.id = t.conversation_id;
	return page_of(rows, most, 'createdAt');
end
$$;

-- Open timers with what holds for them now; each set of terms once.
create function get_sla_timers_to_plan(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' set jit = off set plan_cache_mode = force_custom_plan as $$
declare
	most int := page_limit(request, 500);
	after bigint := coalesce((request ->> 'after')::bigint, 0);
	s working_schedules;
	p sla_policies;
	chosen_one bigint;
	rows jsonb;
	all_terms jsonb;
	last bigint;
	amount int;
begin
	if request ?| '{schedule,scheduleId}' then
		s := known_schedule(tenant, request);
	end if;
	if request ?| '{conversationId,chatId}' then
		chosen_one := (conversation_of(tenant, request)).id;
	end if;
	if request ? 'policyId' then
		select * into p from sla_policies where tenant_id in (tenant, 'default') and id = (request ->> 'policyId')::bigint;
		if p.id is null then
			perform fail(404, 'not_found', 'There is no such policy in this tenant.', 'See the list of policies.');
		end if;
	end if;
	with page as materialized (
		select t.id, t.conversation_id from sla_timers t join conversations c on c.id = t.conversation_id
		where t.tenant_id = tenant and t.status in ('running', 'paused') and t.id > after and t.closed_at is null
			and (not request ? 'ids' or t.id = any (array(select jsonb_array_elements_text(request -> 'ids')::bigint)))
			and (chosen_one is null or t.conversation_id = chosen_one)
			and (not coalesce((request ->> 'unplanned')::boolean, false) or t.id = any (array(select timer_id
				from sla_plans where tenant_id = tenant and planned_by = '')))
			and (p.layer is distinct from 'chat' or t.conversation_id = p.conversation_id)
			and (p.layer is distinct from 'tier' or c.tier = p.tier)
		order by t.id limit most
	), known as materialized (
		select v.id, f.facts, terms_of(tenant, v) as terms from facts_of(array(select conversation_id from page)) f
			join conversations v on v.id = f.id
	), chosen as materialized (
		select t, n, k.facts, k.terms from page g join sla_timers t on t.id = g.id join sla_plans n on n.timer_id = g.id
			join known k on k.id = g.conversation_id
		where s.id is null or n.schedule_id = s.id or (k.terms #>> '{schedule,id}')::bigint = s.id
	)
	select (select max(id) from page), (select count(*) from page),
		(select jsonb_agg(timer_json(t, n, facts) || jsonb_build_object('token', terms ->> 'token',
			'plannedBy', (n).planned_by) order by (t).id) from chosen),
		(select jsonb_agg(distinct terms) from chosen)
		into last, amount, rows, all_terms;
	return jsonb_build_object('timers', coalesce(rows, '[]'), 'terms', coalesce(all_terms, '[]'),
		'next', case when amount = most and not request ? 'ids' then last end);
end
$$;

-- Answers the ids of those that were changed by somebody else since they were read.
create function plan_sla_timers(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	change uuid := (request ->> 'change')::uuid;
	refused jsonb;
begin
	perform lock_sla(tenant, false);
	with given as materialized (
		select (g ->> 'id')::bigint as id, g from jsonb_array_elements(request -> 'timers') g
	), locked as materialized (
		select t.id, t.revision, t.change_id, t.conversation_id, t.next_step from sla_timers t where t.tenant_id = tenant
			and t.id in (select id from given) order by t.id for update
	), known as materialized (
		select v.id, terms_of(tenant, v) as terms from conversations v where v.id in (select conversation_id from locked)
	), fresh as materialized (
		select l.id, l.next_step, g.g, k.terms, l.change_id is not distinct from change as is_repeated
		from locked l join given g on g.id = l.id join known k on k.id = l.conversation_id
		where l.change_id is not distinct from change
			or l.revision = (g.g ->> 'revision')::bigint and k.terms ->> 'token' = g.g ->> 'token'
	), written as (
		update sla_timers t set next_step = 0, due_at = from_ms(f.g #>> '{steps,0,atMs}'), change_id = change, updated_at = now(),
			deadline_at = from_ms(f.g ->> 'deadlineMs'), target_ms = (f.g ->> 'targetMs')::bigint, revision = t.revision + 1
		from fresh f where t.id = f.id and not f.is_repeated
	), planned as (
		update sla_plans p set steps = f.g -> 'steps', step_times = times_of(f.g -> 'steps'), state = timer_state(p, f.next_step),
			planned_by = f.terms ->> 'token', schedule_id = (f.terms #>> '{schedule,id}')::bigint,
			schedule_version = (f.terms #>> '{schedule,version}')::int
		from fresh f where p.timer_id = f.id and not f.is_repeated
	)
	select jsonb_agg(g.id order by g.id) into refused from given g where g.id not in (select id from fresh);
	return coalesce(refused, '[]');
end
$$;
