-- Members and teams: made or changed in one call, removed with everything that hangs on them. Of two callers one makes,
-- the other finds; the fields that are given are set, and null empties one.

create function refuse_taken(what text, owner members) returns void language plpgsql set search_path from current as $$
begin
	perform fail(409, 'conflict', format('The %s belongs to member %s (%s).', what, owner.id, owner.name),
		case when what like 'id %' then 'Correct it, or allow ids to be moved ("Move Identities").'
			else 'Correct it, or change that member.' end);
end
$$;

-- Somebody who was removed is a member again, as an observer unless another role is given.
create function save_member(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	m members;
	owner members;
	is_new boolean;
	is_back boolean;
begin
	perform lock_directory(tenant);
	m := case when request ? 'memberId' then known_member(tenant, request) else member_of(tenant, request) end;
	given := jsonb_strip_nulls(jsonb_build_object('userId', request -> 'userId', 'email',
		case when m.email is null then request -> 'email' end)) || given;
	if m.id is null then
		select * into m from members where tenant_id = tenant and removed_at is not null
			and (user_id = (given ->> 'userId')::uuid or lower(email) = lower(given ->> 'email'))
			order by user_id = (given ->> 'userId')::uuid desc nulls last, removed_at desc limit 1;
		given := given || jsonb_build_object('identities', coalesce(given -> 'identities', '[]')
			|| case when request ? 'identity' then jsonb_build_array(request -> 'identity') else '[]' end);
	end if;
	is_new := m.id is null;
	is_back := m.removed_at is not null;
	select * into owner from members where tenant_id = tenant and id is distinct from m.id
		and user_id = (given ->> 'userId')::uuid;
	if owner.id is not null and owner.removed_at is null then
		perform refuse_taken('user id', owner);
	end if;
	update members set user_id = null where id = owner.id;
	select * into owner from members where tenant_id = tenant and id is distinct from m.id and removed_at is null
		and lower(email) = lower(given ->> 'email');
	if owner.id is not null then
		perform refuse_taken('e-mail', owner);
	end if;
	if is_new then
		if coalesce(btrim(given ->> 'name'), '') = '' then
			perform fail(422, 'invalid_input', 'name: a new member needs one.', 'Give the name.');
		end if;
		insert into members (tenant_id, name, email, user_id, role) values (tenant, given ->> 'name', given ->> 'email',
			(given ->> 'userId')::uuid, coalesce(given ->> 'role', 'observer')) returning * into m;
	else
		update members o set
			name = case when given ? 'name' then given ->> 'name' else o.name end,
			email = case when given ? 'email' then given ->> 'email' else o.email end,
			user_id = case when given ? 'userId' then (given ->> 'userId')::uuid else o.user_id end,
			role = case when given ? 'role' then given ->> 'role' when is_back then 'observer' else o.role end,
			removed_at = null
			where o.id = m.id returning * into m;
	end if;
	if given ? 'identities' then
		perform set_identities(m, given -> 'identities', coalesce((request ->> 'moveIdentities')::boolean, false));
	end if;
	return member_json(m) || jsonb_build_object('created', is_new, 'revived', is_back);
end
$$;

create function set_identities(m members, wanted jsonb, moves boolean) returns void
language plpgsql set search_path from current as $$
declare
	owner members;
	which text;
begin
	select 'id ' || c.external_id || ' on ' || c.platform into which from member_channels c
		join jsonb_to_recordset(wanted) as w (platform text, id text) on w.platform = c.platform and w.id = c.external_id
		where c.tenant_id = m.tenant_id and c.member_id <> m.id order by c.id limit 1;
	if which is not null and not moves then
		select o.* into owner from member_channels c join members o on o.id = c.member_id
			join jsonb_to_recordset(wanted) as w (platform text, id text) on w.platform = c.platform and w.id = c.external_id
			where c.tenant_id = m.tenant_id and c.member_id <> m.id order by c.id limit 1;
		perform refuse_taken(which, owner);
	end if;
	delete from member_channels c where c.tenant_id = m.tenant_id and (c.member_id = m.id) <> exists (
		select from jsonb_to_recordset(wanted) as w (platform text, id text)
		where w.platform = c.platform and w.id = c.external_id);
	insert into member_channels (tenant_id, member_id, platform, external_id)
		select m.tenant_id, m.id, w.platform, w.id from jsonb_to_recordset(wanted) as w (platform text, id text)
		on conflict do nothing;
end
$$;

create function get_member(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select member_json(known_member(tenant, request))
$$;

create function get_members(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(member_json(v) order by v.id) into rows from (
		select m.* from members m where m.tenant_id = tenant
			and (m.removed_at is null or coalesce((request ->> 'includeRemoved')::boolean, false))
			and (not request ? 'role' or m.role = request ->> 'role')
			and (not request ?| '{teamId,onDuty}' or exists (select from team_members x where x.member_id = m.id
				and (not request ? 'teamId' or x.team_id = (request ->> 'teamId')::bigint)
				and (not request ? 'onDuty' or x.on_duty = (request ->> 'onDuty')::boolean)))
			and m.id > coalesce((request #>> '{after,id}')::bigint, 0)
		order by m.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

-- Counts what fell back by it; once more counts nothing.
create function remove_member(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	m members;
	counts jsonb;
begin
	perform lock_directory(tenant);
	m := known_member(tenant, request);
	-- Who assigns meanwhile waits for this row, and is refused afterwards.
	perform from members where id = m.id for no key update;
	select jsonb_build_object('toTeam', count(team_id), 'unassigned', count(*) - count(team_id)) into counts
		from (select team_id from conversations where assigned_member_id = m.id order by id for no key update) v;
	counts := jsonb_build_object('conversations', counts, 'identities', (select count(*) from member_channels
		where member_id = m.id), 'teams', (select count(*) from team_members where member_id = m.id));
	update members set removed_at = now() where id = m.id and removed_at is null;
	return jsonb_build_object('id', m.id, 'removed', found) || counts;
end
$$;

create function team_json(t teams) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', t.id, 'name', t.name, 'createdAt', t.created_at, 'updatedAt', t.updated_at,
		'members', (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name, 'role', m.role,
			'onDuty', x.on_duty) order by m.id), '[]')
			from team_members x join members m on m.id = x.member_id where x.team_id = t.id and m.removed_at is null))
$$;

-- The team a request names, by id or name.
create function team_of(tenant text, request jsonb) returns teams
language plpgsql stable set search_path from current as $$
declare
	t teams;
begin
	select * into t from teams where tenant_id = tenant and case when request ->> 'teamId' is not null
		then id = (request ->> 'teamId')::bigint else name = request ->> 'team' end;
	return t;
end
$$;

create function known_team(tenant text, request jsonb) returns teams
language plpgsql stable set search_path from current as $$
declare
	t teams := team_of(tenant, request);
begin
	if t.id is null then
		perform fail(404, 'not_found', 'There is no such team in this tenant.', 'See the list of teams.');
	end if;
	return t;
end
$$;

create function save_team(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	t teams;
	is_new boolean;
begin
	perform lock_directory(tenant);
	t := case when request ->> 'teamId' is null then team_of(tenant, request) else known_team(tenant, request) end;
	is_new := t.id is null;
	if exists (select from teams where tenant_id = tenant and name = given ->> 'name' and id is distinct from t.id) then
		perform fail(409, 'conflict', 'name: another team has this one.', 'Choose another name, or change that team.');
	end if;
	if is_new then
		insert into teams (tenant_id, name) values (tenant, coalesce(given ->> 'name', request ->> 'team')) returning * into t;
	elsif given ? 'name' then
		update teams set name = given ->> 'name' where id = t.id returning * into t;
	end if;
	if given ? 'memberIds' then
		perform set_team_members(tenant, jsonb_build_object('teamId', t.id, 'memberIds', given -> 'memberIds'));
	end if;
	return team_json(t) || jsonb_build_object('created', is_new);
end
$$;

-- "how": replace the list, which keeps who stays on duty or off; add; or remove.
create function set_team_members(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	t teams;
	how text := coalesce(request ->> 'how', 'replace');
	wanted bigint[] := array(select jsonb_array_elements_text(request -> 'memberIds')::bigint);
	unknown bigint;
begin
	perform lock_directory(tenant);
	t := known_team(tenant, request);
	select w into unknown from unnest(wanted) w where how <> 'remove' and not exists (select from members
		where tenant_id = tenant and id = w and removed_at is null) limit 1;
	if unknown is not null then
		perform fail(404, 'not_found', format('memberIds: there is no member %s in this tenant, or it was removed.', unknown),
			'See the list of members.');
	end if;
	delete from team_members x where x.team_id = t.id and (x.member_id = any (wanted)) = (how = 'remove') and how <> 'add';
	if how <> 'remove' then
		insert into team_members (tenant_id, team_id, member_id, on_duty)
			select distinct tenant, t.id, w, coalesce((request ->> 'onDuty')::boolean, true) from unnest(wanted) w
			on conflict do nothing;
	end if;
	return team_json(t);
end
$$;

-- In one team, or in all of which the member is part.
create function set_on_duty(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	m members;
	t teams;
begin
	perform lock_directory(tenant);
	m := known_member(tenant, request);
	if request ?| '{teamId,team}' then
		t := known_team(tenant, request);
	end if;
	update team_members set on_duty = (request ->> 'onDuty')::boolean
		where member_id = m.id and team_id = coalesce(t.id, team_id);
	if not found then
		perform fail(404, 'not_found', format('Member %s (%s) is in no such team.', m.id, m.name),
			'Add the member to a team first.');
	end if;
	return member_json(m);
end
$$;

-- Who is to be told now: who is on duty in the team, or without one in any; when nobody is, who leads the tenant.
create function get_on_duty(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	t teams;
	people jsonb;
begin
	if request ?| '{teamId,team}' then
		t := known_team(tenant, request);
	end if;
	select jsonb_agg(member_json(m) order by m.id) into people from members m where m.tenant_id = tenant
		and m.removed_at is null and exists (select from team_members x where x.member_id = m.id and x.on_duty
			and x.team_id = coalesce(t.id, x.team_id));
	if people is not null then
		return jsonb_build_object('source', 'duty', 'members', people);
	end if;
	return jsonb_build_object('source', 'leaders', 'members', (select coalesce(jsonb_agg(member_json(m) order by m.id), '[]')
		from members m where m.tenant_id = tenant and m.removed_at is null and m.role in ('admin', 'manager')));
end
$$;

create function get_team(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select team_json(known_team(tenant, request))
$$;

create function get_teams(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(team_json(v) order by v.id) into rows from (select t.* from teams t where t.tenant_id = tenant
		and t.id > coalesce((request #>> '{after,id}')::bigint, 0) order by t.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

create function remove_team(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	t teams;
	counts jsonb;
begin
	perform lock_directory(tenant);
	t := team_of(tenant, request);
	-- Who gives a conversation to the team meanwhile waits for this row.
	perform from teams where id = t.id for update;
	select jsonb_build_object('toMember', count(assigned_member_id), 'unassigned', count(*) - count(assigned_member_id))
		into counts from (select assigned_member_id from conversations where team_id = t.id order by id for no key update) v;
	counts := jsonb_build_object('conversations', counts,
		'members', (select count(*) from team_members where team_id = t.id));
	delete from teams where id = t.id;
	return jsonb_build_object('deleted', found) || counts;
end
$$;
