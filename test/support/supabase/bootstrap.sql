-- What a hosted project holds before its owner creates anything, as far as PostgREST and migrations can see it.
-- Run once by the cluster's superuser, supabase_admin; the result is cached.
-- Not reproduced: the safeupdate module (UPDATE and DELETE without a filter are refused on hosted projects).

create role postgres login createdb createrole replication bypassrls;
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres with admin option;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;

alter database postgres owner to postgres;
alter schema public owner to postgres;
grant usage on schema public to anon, authenticated, service_role;
-- Hosted projects grant new tables to no API role: migrations grant explicitly.

create schema extensions authorization postgres;
grant usage on schema extensions to public;
create extension pgcrypto with schema extensions;
create extension "uuid-ossp" with schema extensions;

create schema auth;
grant usage on schema auth to anon, authenticated, service_role, postgres;

create table auth.users (
	id uuid primary key,
	aud varchar(255),
	role varchar(255),
	email varchar(255),
	phone text unique,
	raw_app_meta_data jsonb,
	raw_user_meta_data jsonb,
	is_anonymous boolean not null default false,
	created_at timestamptz default now(),
	updated_at timestamptz default now(),
	deleted_at timestamptz
);
alter table auth.users enable row level security;
grant all on auth.users to postgres;

create function auth.jwt() returns jsonb language sql stable as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')
	)::jsonb
$$;

create function auth.uid() returns uuid language sql stable as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.sub', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
	)::uuid
$$;

create function auth.role() returns text language sql stable as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.role', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
	)::text
$$;

-- PostgREST learns of every change of the schema as soon as it is committed.
create function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql as $$
declare
	command record;
begin
	for command in select * from pg_event_trigger_ddl_commands() loop
		if command.schema_name is distinct from 'pg_temp' and command.command_tag in (
			'CREATE SCHEMA', 'ALTER SCHEMA',
			'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
			'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE',
			'CREATE VIEW', 'ALTER VIEW', 'CREATE MATERIALIZED VIEW', 'ALTER MATERIALIZED VIEW',
			'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE TRIGGER', 'CREATE TYPE', 'ALTER TYPE',
			'CREATE RULE', 'COMMENT'
		) then
			notify pgrst, 'reload schema';
		end if;
	end loop;
end
$$;

create function extensions.pgrst_drop_watch() returns event_trigger language plpgsql as $$
declare
	dropped record;
begin
	for dropped in select * from pg_event_trigger_dropped_objects() loop
		if not dropped.is_temporary and dropped.object_type in (
			'schema', 'table', 'foreign table', 'view', 'materialized view', 'function', 'trigger', 'type', 'rule'
		) then
			notify pgrst, 'reload schema';
		end if;
	end loop;
end
$$;

create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
