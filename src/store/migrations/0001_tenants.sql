-- Tenants, the people who work for them, and the accounts on the channels they answer on.
-- Every migration runs with the search path set to the schema of the store, which functions keep ("from current"):
-- no name here says which schema that is.

create function touch() returns trigger language plpgsql set search_path from current as $$
begin
	new.updated_at := now();
	return new;
end
$$;

-- What a caller did wrong. PostgREST answers with the status behind PT; the code is for programs, the hint for people.
create function fail(status int, code text, message text, remedy text) returns void
language plpgsql set search_path from current as $$
begin
	raise exception using errcode = 'PT' || status, message = message, detail = code, hint = remedy;
end
$$;

create table tenants (
	id text primary key check (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
	name text not null check (name <> ''),
	-- Off: what is said may be stored until that is withdrawn. On: nothing is stored before it was allowed.
	requires_consent boolean not null default false,
	-- What becomes of messages of people who were erased and write again.
	erased_senders text not null default 'refuse' check (erased_senders in ('refuse', 'pseudonymise')),
	settings jsonb not null default '{}',
	-- What was sent before this may have been archived or removed. Null: nothing was yet.
	retained_until timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create trigger touch before update on tenants for each row execute function touch();

-- Keys of hashes and pseudonyms, so that neither can be found by trying out telephone numbers.
create table tenant_peppers (
	tenant_id text primary key references tenants on delete cascade,
	pepper bytea not null default (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
);

create function make_pepper() returns trigger language plpgsql security definer set search_path from current as $$
begin
	insert into tenant_peppers (tenant_id) values (new.id);
	return null;
end
$$;
create trigger make_pepper after insert on tenants for each row execute function make_pepper();

insert into tenants (id, name) values ('default', 'Default');

create table members (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	-- Subject of the tokens this person signs in with; null for who only gets alerts.
	user_id uuid,
	name text not null check (name <> ''),
	email text,
	role text not null default 'observer' check (role in ('admin', 'manager', 'observer')),
	removed_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, id),
	unique (tenant_id, user_id)
);
create unique index members_email on members (tenant_id, lower(email)) where removed_at is null;
create index members_user on members (user_id) where removed_at is null;
create trigger touch before update on members for each row execute function touch();

-- How a member appears on a channel: what they write there is no message of a contact.
create table member_channels (
	id bigint generated always as identity primary key,
	tenant_id text not null,
	member_id bigint not null,
	platform text not null,
	external_id text not null check (external_id <> ''),
	foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade,
	unique (tenant_id, platform, external_id)
);
create index member_channels_member on member_channels (member_id);

create table teams (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	name text not null check (name <> ''),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, id),
	unique (tenant_id, name)
);
create trigger touch before update on teams for each row execute function touch();

create table team_members (
	tenant_id text not null,
	team_id bigint not null,
	member_id bigint not null,
	on_duty boolean not null default true,
	primary key (team_id, member_id),
	foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade,
	foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index team_members_member on team_members (member_id);

create table channel_accounts (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	platform text not null check (platform ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
	-- The bot, page or number on that platform.
	external_id text not null check (external_id <> ''),
	name text,
	active boolean not null default true,
	settings jsonb not null default '{}',
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, id),
	unique (tenant_id, platform, external_id)
);
create trigger touch before update on channel_accounts for each row execute function touch();

-- Who asks, by the token that PostgREST has verified; null for everybody else.
create function caller_id() returns uuid language plpgsql stable set search_path from current as $$
declare
	subject text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
begin
	return case when subject ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then subject::uuid end;
end
$$;

-- The tenants in which the caller has one of these roles. As its owner, because a policy on the table of members that
-- read that table itself would never end.
create function tenants_as(roles text[]) returns text[]
language sql stable security definer set search_path from current as $$
	select coalesce(array_agg(tenant_id), '{}') from members
	where user_id = caller_id() and removed_at is null and role = any (roles)
$$;

-- A person changes their own name and address, never what they may do.
create function guard_member() returns trigger language plpgsql set search_path from current as $$
begin
	if row_security_active('members')
		and (new.id, new.tenant_id, new.user_id, new.role, new.removed_at, new.created_at)
			is distinct from (old.id, old.tenant_id, old.user_id, old.role, old.removed_at, old.created_at)
		and not (old.tenant_id = any (tenants_as('{admin}'))
			and (new.id, new.tenant_id) is not distinct from (old.id, old.tenant_id)) then
		perform fail(403, 'not_permitted', 'Only an admin changes roles and accounts of members.',
			'Ask an admin of this tenant.');
	end if;
	return new;
end
$$;
create trigger guard before update on members for each row execute function guard_member();

-- The tenant of a call, with its rules; a name that nobody has made is a mistake and not a new tenant.
create function tenant_of(tenant text) returns tenants
language plpgsql stable set search_path from current as $$
declare
	found_one tenants;
begin
	select * into found_one from tenants where id = tenant;
	if found_one.id is null then
		perform fail(404, 'not_found', format('There is no tenant "%s".', left(tenant, 63)),
			'Create the tenant first, or leave the field at "default".');
	end if;
	return found_one;
end
$$;

-- Who stores messages shares this lock; who erases, withdraws or joins has it alone. So nothing that was read before
-- an erasure is written after it. It ends with the transaction.
create function lock_people(tenant text, alone boolean) returns void
language plpgsql set search_path from current as $$
declare
	key bigint := hashtextextended(current_schema() || ' people ' || tenant, 0);
begin
	if alone then
		perform pg_advisory_xact_lock(key);
	else
		perform pg_advisory_xact_lock_shared(key);
	end if;
end
$$;

-- Which migrations are in place, for who comes through PostgREST and cannot look.
create function store_info(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
begin
	return (select jsonb_build_object('version', max(version), 'tenant', exists (select from tenants where id = tenant))
		from schema_migrations);
end
$$;

-- Changes of members and teams of a tenant come one after the other. It ends with the transaction.
create function lock_directory(tenant text) returns void language plpgsql set search_path from current as $$
begin
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' directory ' || tenant, 0));
end
$$;

-- Without an admin who can sign in nobody could give rights to anybody. The lock is that of lock_directory, which an
-- admin who changes the table directly may not call.
create function keep_admin() returns trigger language plpgsql set search_path from current as $$
begin
	if old.role = 'admin' and old.user_id is not null and old.removed_at is null
		and (new.role <> 'admin' or new.user_id is null or new.removed_at is not null) then
		perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' directory ' || old.tenant_id, 0));
		if not exists (select from members where tenant_id = old.tenant_id and id <> old.id and role = 'admin'
				and user_id is not null and removed_at is null) then
			perform fail(409, 'conflict', format('Member %s (%s) is the last admin of this tenant who can sign in.',
				old.id, old.name), 'Make another member with a user id an admin first.');
		end if;
	end if;
	return new;
end
$$;
create trigger keep_admin before update on members for each row execute function keep_admin();

-- What a removed member had falls back: conversations to their team, and without one to everybody.
create function release_member() returns trigger language plpgsql set search_path from current as $$
begin
	if old.removed_at is null and new.removed_at is not null then
		delete from member_channels where member_id = new.id;
		delete from team_members where member_id = new.id;
		update conversations set assigned_member_id = null,
			status = case when status = 'assigned_human' and team_id is null then 'active' else status end
			where assigned_member_id = new.id;
	end if;
	return null;
end
$$;
create trigger release_member after update of removed_at on members for each row execute function release_member();

-- A conversation of a team that is gone stays with its member, and without one falls back to everybody.
create function release_team() returns trigger language plpgsql set search_path from current as $$
begin
	update conversations set team_id = null,
		status = case when status = 'assigned_human' and assigned_member_id is null then 'active' else status end
		where team_id = old.id;
	return old;
end
$$;
create trigger release_team before delete on teams for each row execute function release_team();

create function member_json(m members) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', m.id, 'name', m.name, 'email', m.email, 'userId', m.user_id,
		'role', m.role, 'removedAt', m.removed_at, 'createdAt', m.created_at, 'updatedAt', m.updated_at,
		'identities', (select coalesce(jsonb_agg(jsonb_build_object('platform', c.platform, 'id', c.external_id)
			order by c.id), '[]') from member_channels c where c.member_id = m.id),
		'teams', (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'onDuty', x.on_duty)
			order by t.id), '[]') from team_members x join teams t on t.id = x.team_id where x.member_id = m.id)))
$$;

-- The member a request names: by id, user id, e-mail or an id on a channel. Who was removed is found by the first three,
-- when nobody else is. Null when there is none.
create function member_of(tenant text, request jsonb) returns members
language plpgsql stable set search_path from current as $$
declare
	m members;
begin
	if num_nonnulls(request ->> 'memberId', request ->> 'userId', request ->> 'email', request ->> 'identity') <> 1 then
		perform fail(422, 'invalid_input', 'The request does not name one member.',
			'Give one of the id, the user id, the e-mail and the id on a channel.');
	end if;
	if request ->> 'memberId' is not null then
		select * into m from members where tenant_id = tenant and id = (request ->> 'memberId')::bigint;
	elsif request ->> 'userId' is not null then
		select * into m from members where tenant_id = tenant and user_id = (request ->> 'userId')::uuid;
	elsif request ->> 'email' is not null then
		select * into m from members where tenant_id = tenant and lower(email) = lower(request ->> 'email')
			order by removed_at desc nulls first, id desc limit 1;
	else
		select o.* into m from member_channels c join members o on o.id = c.member_id
			where c.tenant_id = tenant and c.platform = request #>> '{identity,platform}'
				and c.external_id = request #>> '{identity,id}';
	end if;
	return m;
end
$$;

create function known_member(tenant text, request jsonb) returns members
language plpgsql stable set search_path from current as $$
declare
	m members := member_of(tenant, request);
begin
	if m.id is null then
		perform fail(404, 'not_found', 'There is no such member in this tenant.', 'See the list of members.');
	end if;
	return m;
end
$$;
