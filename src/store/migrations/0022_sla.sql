-- Working schedules and what is promised to whom, and the timers that keep it. Business time is never computed here:
-- callers bring the instants, with the revision of the timer and the token of all they were made of. What is due, and how
-- long a lease lasts, the clock of the database alone decides.

create function sla_clock() returns timestamptz language sql volatile set search_path from current as $$
	select clock_timestamp()
$$;

-- Made of nothing but what never changes, so that it becomes part of the statement that uses it.
create function epoch_ms(at timestamptz) returns bigint language sql immutable parallel safe as $$
	select round(date_part('epoch', at at time zone 'UTC') * 1000)::bigint
$$;

create function from_ms(ms text) returns timestamptz language sql immutable parallel safe as $$
	select to_timestamp(ms::numeric::float8 / 1000)
$$;

-- Who plans timers shares this lock; who changes hours or promises has it alone. So a plan that was made of former ones is
-- refused, or is there before they change and is found by who plans anew. What the tenant "default" promises, all plan by.
create function lock_sla(tenant text, alone boolean) returns void
language plpgsql set search_path from current as $$
declare
	key text := current_schema() || ' sla ';
begin
	if alone then
		perform pg_advisory_xact_lock(hashtextextended(key || tenant, 0));
	else
		perform pg_advisory_xact_lock_shared(hashtextextended(key || tenant, 0));
		perform pg_advisory_xact_lock_shared(hashtextextended(key || 'default', 0));
	end if;
end
$$;

create table working_schedules (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	name text not null check (name <> ''),
	-- Time zone, hours of the week, holidays, shifts and breaks, as the package reads them.
	definition jsonb not null check (coalesce(definition ->> 'timezone', '') <> ''),
	version int not null default 1,
	-- Holds where no policy names another one.
	is_default boolean not null default false,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, id),
	unique (tenant_id, name)
);
create unique index working_schedules_default on working_schedules (tenant_id) where is_default;
create trigger touch before update on working_schedules for each row execute function touch();

-- What a chat, a tier or a tenant says of promises; the layer "default" of the tenant "default" is for all tenants.
create table sla_policies (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	layer text not null check (layer in ('chat', 'tier', 'tenant', 'default')),
	conversation_id bigint,
	tier text check (tier <> ''),
	policy jsonb not null default '{}' check (jsonb_typeof(policy) = 'object'),
	schedule_id bigint,
	monitored boolean,
	version int not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	check ((layer = 'chat') = (conversation_id is not null) and (layer = 'tier') = (tier is not null)),
	check (layer <> 'default' or tenant_id = 'default'),
	unique nulls not distinct (tenant_id, layer, conversation_id, tier),
	foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
	foreign key (tenant_id, schedule_id) references working_schedules (tenant_id, id)
);
create index sla_policies_conversation on sla_policies (conversation_id) where conversation_id is not null;
create index sla_policies_schedule on sla_policies (schedule_id) where schedule_id is not null;
create trigger touch before update on sla_policies for each row execute function touch();
-- Members of the tenant "default" promise nothing for others.
create policy own_tenant_insert on sla_policies as restrictive for insert with check (layer <> 'default');
create policy own_tenant_update on sla_policies as restrictive for update using (layer <> 'default') with check (layer <> 'default');
create policy own_tenant_delete on sla_policies as restrictive for delete using (layer <> 'default');

-- Also when an admin changes the table directly: plans that were made of the former one are refused.
create function count_versions() returns trigger language plpgsql set search_path from current as $$
begin
	new.version := old.version + 1;
	return new;
end
$$;
create trigger version before update of definition on working_schedules for each row
	when (old.definition is distinct from new.definition) execute function count_versions();
create trigger version before update of policy, schedule_id, monitored on sla_policies for each row
	when ((old.policy, old.schedule_id, old.monitored) is distinct from (new.policy, new.schedule_id, new.monitored))
	execute function count_versions();

create table sla_timers (
	id bigint generated always as identity primary key,
	tenant_id text not null,
	conversation_id bigint not null,
	metric text not null check (metric in ('firstResponse', 'nextResponse', 'resolution')),
	status text not null check (status in ('idle', 'running', 'paused', 'answered', 'cancelled')),
	revision bigint not null default 1,
	-- Of the call that has changed it last: a call repeated because its answer was lost finds its own work.
	change_id uuid,
	-- How many steps of its plan were recorded. A claim counts on and writes nothing of the plan anew.
	next_step int not null default 0,
	-- When the first is due that is not recorded: what claiming looks for.
	due_at timestamptz,
	-- Of the last cycle; null while nothing has begun. The message is the one that has begun it.
	cycle int,
	message_id text,
	started_at timestamptz,
	deadline_at timestamptz,
	ended_at timestamptz,
	target_ms bigint,
	is_breached boolean not null default false,
	-- When its conversation was closed, until it is settled by whoever looks at it next.
	closed_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (conversation_id, metric),
	foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade
);
create index sla_timers_due on sla_timers (tenant_id, due_at, id) where due_at is not null;
create index sla_timers_closed on sla_timers (tenant_id, id) where closed_at is not null;
create index sla_timers_idle on sla_timers (tenant_id, updated_at, id) where status = 'idle';
create index sla_timers_ended on sla_timers (tenant_id, ended_at, id) where ended_at is not null;

-- What a timer was when it was planned, and what was to come. It is written when something happens to the timer, and by
-- nobody who has not locked that; it stands apart because each claim writes the timer once more, but not this.
create table sla_plans (
	timer_id bigint primary key references sla_timers on delete cascade,
	tenant_id text not null,
	-- As the package reads it; with the last earlier cycles.
	state jsonb not null,
	-- Of what the instants were computed from.
	schedule_id bigint,
	schedule_version int,
	planned_by text not null,
	-- What was to come, in order; and the instants once more, as milliseconds since 1970.
	steps jsonb not null default '[]',
	step_times bigint[] not null default '{}',
	foreign key (tenant_id, schedule_id) references working_schedules (tenant_id, id) on delete set null (schedule_id)
);
-- To be planned anew: what they were planned for is another's by now.
create index sla_plans_unplanned on sla_plans (tenant_id, timer_id) where planned_by = '';
create index sla_plans_schedule on sla_plans (schedule_id) where schedule_id is not null;

-- From a start to its end: when it was asked, when and by whom it was answered, and how much time counted.
create table sla_cycles (
	tenant_id text not null,
	timer_id bigint not null references sla_timers on delete cascade,
	number int not null,
	message_id text,
	started_at timestamptz not null,
	ended_at timestamptz not null,
	outcome text not null check (outcome in ('answered', 'cancelled')),
	reason text,
	ended_by text,
	elapsed_ms bigint,
	target_ms bigint,
	is_breached boolean not null,
	primary key (timer_id, number)
);
create index sla_cycles_ended on sla_cycles (tenant_id, ended_at, timer_id);

-- Every warning, breach and escalation that was due, once. What is claimed and not handed over yet has the instant from
-- which on anybody may claim it.
create table sla_events (
	-- Drawn before the rows are written, so that those that are superseded can name the one that tells of them.
	id bigint generated by default as identity primary key,
	tenant_id text not null,
	timer_id bigint not null,
	cycle int not null,
	kind text not null check (kind in ('warning', 'breach', 'escalation')),
	level int not null,
	due_at timestamptz not null,
	elapsed_ms bigint not null,
	-- Of the timer when it was recorded.
	started_at timestamptz not null,
	deadline_at timestamptz,
	target_ms bigint,
	is_last boolean not null,
	-- Whom the policy names, as a list.
	notify jsonb not null,
	recorded_at timestamptz not null,
	worker text,
	-- Of the call that has claimed it.
	claim_id uuid,
	claimed_at timestamptz,
	available_at timestamptz,
	attempts int not null default 1,
	redelivered boolean not null default false,
	handed_over_at timestamptz,
	-- Who was told, with the ids at which they were reached: members, roles and channels change.
	told jsonb,
	superseded_by bigint,
	check (num_nonnulls(available_at, handed_over_at, superseded_by) = 1),
	unique (timer_id, cycle, kind, level)
);
create index sla_events_open on sla_events (tenant_id, available_at, id) where available_at is not null;

-- In place of a foreign key, whose look at the timer for each event took longer than to write it: who writes events has
-- locked their timers.
create function forget_sla_events() returns trigger language plpgsql set search_path from current as $$
begin
	delete from sla_events where timer_id in (select id from gone);
	return null;
end
$$;
create trigger forget_events after delete on sla_timers referencing old table as gone
	for each statement execute function forget_sla_events();

-- With the steps that were recorded since it was planned.
create function timer_state(p sla_plans, recorded int) returns jsonb language sql stable set search_path from current as $$
	select case when recorded = 0 then p.state else jsonb_set(p.state, '{cycle}', p.state -> 'cycle' || jsonb_build_object(
		'reached', (p.state #> '{cycle,reached}') || (select jsonb_agg(jsonb_build_object('kind', s -> 'kind', 'level', s -> 'level',
			'atMs', s -> 'atMs') order by n) from jsonb_array_elements(p.steps) with ordinality x (s, n) where n <= recorded),
		'isExhausted', (p.state #> '{cycle,isExhausted}')::boolean or (p.steps -> (recorded - 1) ->> 'isLast')::boolean)) end
$$;

create function steps_to_come(p sla_plans, recorded int) returns jsonb language sql stable set search_path from current as $$
	select case when recorded = 0 then p.steps else (select coalesce(jsonb_agg(s order by n), '[]')
		from jsonb_array_elements(p.steps) with ordinality x (s, n) where n > recorded) end
$$;

create function times_of(steps jsonb) returns bigint[] language sql immutable parallel safe as $$
	select array(select (s ->> 'atMs')::bigint from jsonb_array_elements(steps) with ordinality x (s, n) order by n)
$$;

create function state_without(state jsonb, gone text[]) returns jsonb language sql immutable parallel safe as $$
	select state || jsonb_build_object('cycle', case when state #>> '{cycle,messageId}' = any (gone)
			then state -> 'cycle' || '{"messageId": null}' else state -> 'cycle' end,
		'earlier', (select coalesce(jsonb_agg(case when e ->> 'messageId' = any (gone) then e || '{"messageId": null}'
			else e end order by n), '[]') from jsonb_array_elements(state -> 'earlier') with ordinality x (e, n)))
$$;

-- The cycles and events of a timer go to the one that stays for both: before its own, which keep their numbers.
create function fold_timer(lost sla_timers, kept bigint) returns void language plpgsql set search_path from current as $$
declare
	shift int;
begin
	perform from sla_timers where id in (lost.id, kept) order by id for update;
	if lost.status in ('running', 'paused') then
		insert into sla_cycles (tenant_id, timer_id, number, message_id, started_at, ended_at, outcome, reason, target_ms, is_breached)
			values (lost.tenant_id, lost.id, lost.cycle, lost.message_id, lost.started_at, sla_clock(), 'cancelled', 'joined',
				lost.target_ms, lost.is_breached)
			on conflict do nothing;
	end if;
	select least(1, min(n) filter (where timer_id = kept)) - 1 - coalesce(max(n) filter (where timer_id = lost.id), 0) into shift
		from (select timer_id, number as n from sla_cycles where timer_id in (lost.id, kept)
			union all select timer_id, cycle from sla_events where timer_id in (lost.id, kept)) x;
	update sla_cycles set timer_id = kept, number = number + shift where timer_id = lost.id;
	update sla_events set timer_id = kept, cycle = cycle + shift where timer_id = lost.id;
	delete from sla_timers where id = lost.id;
end
$$;

-- Timers and the policy of a conversation that becomes part of another one. Of two timers for the same the one that runs
-- stays, and of two that run the earlier. Who was answered in one of both was answered: what waits in the other is a later
-- request.
create function move_timers(tenant text, from_id bigint, into_id bigint) returns void
language plpgsql set search_path from current as $$
declare
	own sla_timers;
	kept bigint;
begin
	perform forget_former_ids(tenant, into_id);
	for own in select * from sla_timers where tenant_id = tenant and conversation_id in (from_id, into_id)
			and metric = 'firstResponse' and status in ('running', 'paused') and exists (select from sla_timers o
				where o.tenant_id = tenant and o.conversation_id in (from_id, into_id) and o.metric = 'firstResponse'
					and o.status = 'answered') loop
		delete from sla_timers where tenant_id = tenant and conversation_id = own.conversation_id and metric = 'nextResponse'
			and status = 'idle';
		with renamed as (
			update sla_timers set metric = 'nextResponse' where id = own.id and not exists (select from sla_timers o
				where o.tenant_id = tenant and o.conversation_id = own.conversation_id and o.metric = 'nextResponse') returning id
		)
		update sla_plans set state = state || '{"metric": "nextResponse"}', planned_by = '' from renamed where timer_id = renamed.id;
	end loop;
	for own in select t.* from sla_timers t join (
			select id, row_number() over (partition by metric order by
				array_position('{running,paused,answered,cancelled,idle}'::text[], status),
				case when status in ('running', 'paused') then started_at end, ended_at desc nulls last, id) as place
			from sla_timers where tenant_id = tenant and conversation_id in (from_id, into_id)) v using (id)
			where v.place > 1 loop
		select id into kept from sla_timers where tenant_id = tenant and conversation_id in (from_id, into_id)
			and metric = own.metric and id <> own.id;
		perform fold_timer(own, kept);
	end loop;
	update sla_timers set conversation_id = into_id, revision = revision + 1
		where tenant_id = tenant and conversation_id = from_id;
	update sla_policies p set conversation_id = into_id where conversation_id = from_id
		and not exists (select from sla_policies o where o.conversation_id = into_id);
end
$$;

-- Each chat counts its messages for itself: of a conversation that goes on in another chat, timers keep no id of the former
-- one, for it would be taken for the same number there.
create function forget_former_ids(tenant text, conversation bigint) returns void
language sql set search_path from current as $$
	with changed as (
		update sla_timers set revision = revision + 1, message_id = null
			where tenant_id = tenant and conversation_id = conversation returning id
	)
	update sla_plans set state = state_without(state,
			array(select m #>> '{}' from jsonb_path_query(state, 'strict $.**.messageId') m))
		from changed where timer_id = changed.id
$$;

create function note_new_chat() returns trigger language plpgsql set search_path from current as $$
begin
	perform forget_former_ids(new.tenant_id, new.conversation_id);
	return null;
end
$$;
create trigger timers_know_ids after insert on chats for each row execute function note_new_chat();

-- The same cycle, as if this message had begun it: what was paused before it was written is no pause of it.
create function state_begun_by(state jsonb, message text, at_ms bigint) returns jsonb
language sql immutable parallel safe set search_path from current as $$
	select state || jsonb_build_object('pausedAtMs', greatest((state ->> 'pausedAtMs')::bigint, case when
			state ->> 'pausedAtMs' is not null then at_ms end), 'cycle', state -> 'cycle' || jsonb_build_object(
		'messageId', message, 'startedAtMs', at_ms, 'pauses', (select coalesce(jsonb_agg(jsonb_build_object(
			'start', greatest((p ->> 'start')::bigint, at_ms), 'end', (p ->> 'end')::bigint) order by n), '[]')
			from jsonb_array_elements(state #> '{cycle,pauses}') with ordinality x (p, n) where (p ->> 'end')::bigint > at_ms)))
$$;

-- Who else has waited since this timer began, if nobody has answered them: the timer waits for their answer now. Until it is
-- planned anew it keeps its instants, which are earlier than what is owed. Else it is cancelled; but a matter that somebody
-- has taken up is still to be settled.
create function pass_timer_on(t sla_timers, p sla_plans, erased bigint[]) returns void
language plpgsql set search_path from current as $$
declare
	at timestamptz := sla_clock();
	answered timestamptz;
	next messages;
begin
	select max(sent_at) into answered from messages where conversation_id = t.conversation_id and author = 'member';
	select greatest(answered, max(from_ms(x.state ->> 'answeredAtMs'))) into answered
		from sla_timers o join sla_plans x on x.timer_id = o.id
		where o.tenant_id = t.tenant_id and o.conversation_id = t.conversation_id and o.metric <> 'resolution';
	if t.metric = 'resolution' and answered >= t.started_at then
		return;
	end if;
	select * into next from messages where conversation_id = t.conversation_id and author = 'contact' and deleted_at is null
		and id <> all (erased) and sent_at >= t.started_at and (answered is null or sent_at > answered) order by sent_at, id limit 1;
	if next.id is not null then
		update sla_timers set next_step = 0, message_id = next.external_id, started_at = next.sent_at where id = t.id;
		update sla_plans set state = state_begun_by(timer_state(p, t.next_step), next.external_id, epoch_ms(next.sent_at)),
				steps = steps_to_come(p, t.next_step), step_times = times_of(steps_to_come(p, t.next_step)), planned_by = ''
			where timer_id = t.id;
		return;
	end if;
	update sla_timers set status = 'cancelled', ended_at = at, next_step = 0, due_at = null where id = t.id;
	update sla_plans set steps = '[]', step_times = '{}', state = jsonb_set(timer_state(p, t.next_step)
				|| '{"status": "cancelled", "pausedAtMs": null}', '{cycle}', timer_state(p, t.next_step) -> 'cycle'
				|| jsonb_build_object('endedAtMs', epoch_ms(at), 'reason', 'erased'))
		where timer_id = t.id;
	insert into sla_cycles (tenant_id, timer_id, number, started_at, ended_at, outcome, reason, target_ms, is_breached)
		values (t.tenant_id, t.id, t.cycle, t.started_at, at, 'cancelled', 'erased', t.target_ms, t.is_breached)
		on conflict do nothing;
end
$$;

-- Of messages that are erased or anonymised no timer keeps the id, and none waits for the answer to an erased one.
create function forget_timer_messages(tenant text, ids bigint[], ends boolean) returns void
language plpgsql set search_path from current as $$
declare
	hit record;
	own sla_timers;
begin
	for hit in select t.id, array_agg(m.external_id) as gone from (
			select conversation_id, chat_id, external_id from messages where id = any (ids)
			union select conversation_id, chat_id, external_id from message_archive where id = any (ids)) m
		join sla_timers t on t.tenant_id = tenant and t.conversation_id = m.conversation_id
			and not exists (select from chats h where h.conversation_id = m.conversation_id and h.id > m.chat_id)
		group by t.id order by t.id
	loop
		select * into own from sla_timers where id = hit.id for update;
		if ends and own.status in ('running', 'paused') and own.message_id = any (hit.gone) then
			perform pass_timer_on(own, p, ids) from sla_plans p where p.timer_id = hit.id;
		end if;
		update sla_timers set revision = revision + 1, message_id = case when message_id <> all (hit.gone) then message_id end
			where id = hit.id;
		update sla_plans set state = state_without(state, hit.gone) where timer_id = hit.id;
		update sla_cycles set message_id = null where timer_id = hit.id and message_id = any (hit.gone);
	end loop;
end
$$;
