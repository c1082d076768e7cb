-- Working schedules and promises: what they say, who changes it, and what holds for a conversation.

create function schedule_json(s working_schedules) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', s.id, 'name', s.name, 'version', s.version, 'isDefault', s.is_default,
		'timezone', s.definition ->> 'timezone', 'createdAt', s.created_at, 'updatedAt', s.updated_at)
$$;

-- The schedule a request names, by id or name. Null when there is none.
create function schedule_of(tenant text, request jsonb) returns working_schedules
language sql stable set search_path from current as $$
	select s.* from working_schedules s where tenant_id = tenant and case when request ? 'scheduleId'
		then id = (request ->> 'scheduleId')::bigint else name = request ->> 'schedule' end
$$;

create function known_schedule(tenant text, request jsonb) returns working_schedules
language plpgsql stable set search_path from current as $$
declare
	s working_schedules := schedule_of(tenant, request);
begin
	if s.id is null then
		perform fail(404, 'not_found', 'There is no such working schedule in this tenant.', 'See the list of schedules.');
	end if;
	return s;
end
$$;

-- "version": what was read; answers null when it is another one by now.
create function save_schedule(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	s working_schedules;
	before working_schedules;
	makes_default boolean := coalesce((request ->> 'isDefault')::boolean, false);
begin
	perform lock_sla(tenant, true);
	if request ? 'scheduleId' then
		before := known_schedule(tenant, request);
	else
		before := schedule_of(tenant, jsonb_build_object('schedule', request ->> 'name'));
	end if;
	if request ? 'version' and before.version is distinct from (request ->> 'version')::int then
		return null;
	end if;
	if exists (select from working_schedules where tenant_id = tenant and name = request ->> 'name'
			and id is distinct from before.id) then
		perform fail(409, 'conflict', 'name: another schedule has this one.', 'Choose another name, or change that schedule.');
	end if;
	if makes_default then
		update working_schedules set is_default = false where tenant_id = tenant and is_default and id is distinct from before.id;
	end if;
	if before.id is null then
		insert into working_schedules (tenant_id, name, definition, is_default)
			values (tenant, request ->> 'name', request -> 'definition', makes_default) returning * into s;
	else
		update working_schedules o set name = request ->> 'name', definition = request -> 'definition',
			is_default = coalesce((request ->> 'isDefault')::boolean, o.is_default)
			where o.id = before.id returning * into s;
	end if;
	return jsonb_build_object('id', s.id, 'name', s.name, 'version', s.version, 'isDefault', s.is_default,
		'created', before.id is null, 'changed', before.id is null or before.version <> s.version,
		'openTimers', (select count(*) from sla_timers t join sla_plans n on n.timer_id = t.id join conversations c
				on c.id = t.conversation_id
			where t.tenant_id = tenant and t.status in ('running', 'paused') and (n.schedule_id = s.id or s.is_default
				and not exists (select from sla_policies p where p.tenant_id = tenant and p.schedule_id is not null
					and (p.layer in ('tenant', 'default') or p.tier = c.tier or p.conversation_id = c.id)))));
end
$$;

create function get_schedule(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select schedule_json(s) || jsonb_build_object('definition', s.definition) from known_schedule(tenant, request) s
$$;

create function get_schedules(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(schedule_json(v) order by v.id) into rows from (select s.* from working_schedules s
		where s.tenant_id = tenant and s.id > coalesce((request #>> '{after,id}')::bigint, 0) order by s.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

create function delete_schedule(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	s working_schedules;
	users bigint;
begin
	perform lock_sla(tenant, true);
	s := schedule_of(tenant, request);
	if s.id is null then
		return jsonb_build_object('deleted', false);
	end if;
	select count(*) into users from sla_policies where schedule_id = s.id;
	if users > 0 then
		perform fail(409, 'conflict', format('The schedule "%s" is named by %s policies.', s.name, users),
			'Name another schedule in them, or none.');
	end if;
	select count(*) into users from sla_plans p join sla_timers t on t.id = p.timer_id
		where p.schedule_id = s.id and t.status in ('running', 'paused');
	if users > 0 then
		perform fail(409, 'conflict', format('%s open timers run by the schedule "%s".', users, s.name),
			'Make another schedule the default one and recompute these timers first.');
	end if;
	delete from working_schedules where id = s.id;
	return jsonb_build_object('deleted', true);
end
$$;

create function sla_policy_json(p sla_policies) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', p.id, 'layer', p.layer, 'conversationId', p.conversation_id, 'tier', p.tier,
		'policy', p.policy, 'schedule', (select jsonb_build_object('id', s.id, 'name', s.name) from working_schedules s
			where s.id = p.schedule_id), 'monitored', p.monitored, 'version', p.version, 'createdAt', p.created_at,
		'updatedAt', p.updated_at)
$$;

create function sla_policy_of(tenant text, request jsonb) returns sla_policies
language sql stable set search_path from current as $$
	select p.* from sla_policies p where p.tenant_id = tenant and p.layer = request ->> 'layer'
		and p.conversation_id is not distinct from case when request ->> 'layer' = 'chat'
			then (conversation_of(tenant, request)).id end
		and p.tier is not distinct from request ->> 'tier'
$$;

-- Running and paused timers for which a layer says something; of the layer "default" by tenant.
create function open_timers_of(p sla_policies) returns jsonb
language sql stable set search_path from current as $$
	select jsonb_build_object('openTimers', coalesce(sum(amount), 0)) || case when p.layer = 'default' then
		jsonb_build_object('tenants', coalesce(jsonb_agg(jsonb_build_object('tenant', tenant_id, 'openTimers', amount)
			order by tenant_id), '[]')) else '{}' end
	from (select t.tenant_id, count(*) as amount from sla_timers t join conversations c on c.id = t.conversation_id
		where t.status in ('running', 'paused') and (p.layer = 'default' or t.tenant_id = p.tenant_id)
			and (p.layer <> 'chat' or c.id = p.conversation_id) and (p.layer <> 'tier' or c.tier = p.tier)
		group by t.tenant_id) x
$$;

create function save_sla_policy(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	before sla_policies;
	p sla_policies;
	s working_schedules;
begin
	if request ->> 'layer' = 'default' and tenant <> 'default' then
		perform fail(409, 'conflict', 'The layer "default" is for all tenants, and kept by the tenant "default".',
			'Use the layer "tenant", or the tenant "default".');
	end if;
	perform lock_sla(tenant, true);
	before := sla_policy_of(tenant, request);
	if jsonb_typeof(request -> 'schedule') = 'object' then
		s := known_schedule(tenant, request -> 'schedule');
	end if;
	insert into sla_policies (tenant_id, layer, conversation_id, tier, policy, schedule_id, monitored)
		values (tenant, request ->> 'layer', case when request ->> 'layer' = 'chat' then (conversation_of(tenant, request)).id end,
			request ->> 'tier', coalesce(request -> 'policy', '{}'), s.id, (request ->> 'monitored')::boolean)
		on conflict (tenant_id, layer, conversation_id, tier) do update set
			policy = case when request ? 'policy' then excluded.policy else sla_policies.policy end,
			schedule_id = case when request ? 'schedule' then excluded.schedule_id else sla_policies.schedule_id end,
			monitored = case when request ? 'monitored' then excluded.monitored else sla_policies.monitored end
		returning * into p;
	return sla_policy_json(p) || open_timers_of(p) || jsonb_build_object('created', before.id is null,
		'changed', before.id is null or before.version <> p.version);
end
$$;

create function get_sla_policies(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(sla_policy_json(v) order by v.id) into rows from (select p.* from sla_policies p
		where p.tenant_id = tenant and (not request ? 'layer' or p.layer = request ->> 'layer')
			and p.id > coalesce((request #>> '{after,id}')::bigint, 0) order by p.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

create function delete_sla_policy(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	gone sla_policies;
begin
	perform lock_sla(tenant, true);
	delete from sla_policies where id = (sla_policy_of(tenant, request)).id returning * into gone;
	return jsonb_build_object('deleted', gone.id is not null)
		|| case when gone.id is null then '{"openTimers": 0}' else open_timers_of(gone) end;
end
$$;

-- What the layers say of a conversation. The token changes with anything of it.
create function terms_of(tenant text, v conversations) returns jsonb
language plpgsql stable set search_path from current as $$
declare
	said jsonb;
	marks text;
	chosen bigint;
	watched boolean;
	s working_schedules;
	-- What operators write among themselves is nobody's request.
	at_desk boolean := is_desk_conversation(v.id);
begin
	select jsonb_object_agg(layer, policy), string_agg(id || ':' || version, ' ' order by place),
			(array_agg(schedule_id order by place) filter (where schedule_id is not null and tenant_id = tenant))[1],
			(array_agg(monitored order by place) filter (where monitored is not null))[1]
		into said, marks, chosen, watched
		from (select p.*, array_position('{chat,tier,tenant,default}'::text[], p.layer) as place from sla_policies p
			where p.tenant_id = tenant and (p.layer = 'chat' and p.conversation_id = v.id or p.layer = 'tier' and p.tier = v.tier
				or p.layer = 'tenant') or p.tenant_id = 'default' and p.layer = 'default') x;
	select * into s from working_schedules where tenant_id = tenant
		and case when chosen is null then is_default else id = chosen end;
	return jsonb_build_object('tier', v.tier, 'layers', coalesce(said, '{}'), 'monitored', coalesce(watched, true) and not at_desk,
		'schedule', case when s.id is not null then jsonb_build_object('id', s.id, 'name', s.name, 'version', s.version,
			'definition', s.definition) end,
		'token', concat_ws('|', coalesce(s.id || ':' || s.version, '-'), coalesce(v.tier, ''), marks, case when at_desk then 'desk' end));
end
$$;
