-- What programs keep: small documents with compare-and-swap, leases, the log of faults, and the tenants they work for.
-- The clock of the database alone decides when a lease ends.

create table state (
	tenant_id text not null references tenants,
	key text not null,
	-- New with every change, never used again: who has seen a former document cannot revive it.
	version text not null default gen_random_uuid()::text,
	-- As text: the type jsonb would refuse what JSON allows.
	value text not null,
	updated_at timestamptz not null default now(),
	primary key (tenant_id, key)
);
create index state_keys on state (tenant_id, key text_pattern_ops);

create table leases (
	tenant_id text not null references tenants,
	name text not null check (name <> ''),
	holder text not null check (holder <> ''),
	-- Grows with every new holder, so that a late write of a former one can be told.
	token bigint not null default 1,
	expires_at timestamptz not null,
	primary key (tenant_id, name)
);

create function state_get(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select jsonb_build_object('value', value, 'version', version)
	from state where tenant_id = tenant and key = request ->> 'key'
$$;

-- "expected": the version that was read, or null when there must be none. Answers null when somebody was faster.
create function state_set(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	written text;
begin
	if request ->> 'expected' is null then
		insert into state (tenant_id, key, version, value)
			values (tenant, request ->> 'key', coalesce(request ->> 'version', gen_random_uuid()::text), request ->> 'value')
			on conflict do nothing returning version into written;
	else
		update state set value = request ->> 'value', updated_at = now(),
				version = coalesce(request ->> 'version', gen_random_uuid()::text)
			where tenant_id = tenant and key = request ->> 'key' and version = request ->> 'expected'
			returning version into written;
	end if;
	-- The same call once more, because its answer was lost.
	if written is null then
		select version into written from state
			where tenant_id = tenant and key = request ->> 'key' and version = request ->> 'version';
	end if;
	return to_jsonb(written);
end
$$;

create function state_delete(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
begin
	delete from state
		where tenant_id = tenant and key = request ->> 'key' and version = request ->> 'expected';
	return to_jsonb(found);
end
$$;

create function state_keys(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select coalesce(jsonb_agg(key order by key collate "C"), '[]')
	from state where tenant_id = tenant and starts_with(key, request ->> 'prefix')
$$;

-- Takes a lease that is free, over, or one's own; answers null when another has it.
create function lease_take(tenant text, request jsonb default '{}') returns jsonb
language sql set search_path from current as $$
	insert into leases as l (tenant_id, name, holder, expires_at)
	values (tenant, request ->> 'name', request ->> 'holder',
		clock_timestamp() + make_interval(secs => (request ->> 'seconds')::float8))
	on conflict (tenant_id, name) do update set
		holder = excluded.holder,
		expires_at = excluded.expires_at,
		token = l.token + (case when l.holder = excluded.holder and l.expires_at > clock_timestamp() then 0 else 1 end)
	where l.holder = excluded.holder or l.expires_at <= clock_timestamp()
	returning jsonb_build_object('token', token, 'expiresAt', expires_at)
$$;

-- The row stays, over: tokens never repeat.
create function lease_release(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
begin
	update leases set expires_at = '-infinity'
		where tenant_id = tenant and name = request ->> 'name' and holder = request ->> 'holder'
			and token = (request ->> 'token')::bigint and expires_at > clock_timestamp();
	return to_jsonb(found);
end
$$;

create table error_logs (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	occurred_at timestamptz not null default now(),
	level text not null default 'error' check (level in ('debug', 'info', 'warning', 'error', 'fatal')),
	message text not null,
	stack text,
	metadata jsonb not null default '{}',
	-- Names one fault, so that it is stored once.
	key text,
	unique (tenant_id, key)
);
create index error_logs_newest on error_logs (tenant_id, occurred_at, id);

-- "key" names one fault: stored again, it is found. "shortened" of the answer is the caller's.
create function record_error(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	e error_logs;
	is_new boolean;
begin
	insert into error_logs (tenant_id, key, occurred_at, level, message, stack, metadata) values (tenant, request ->> 'key',
		coalesce((request ->> 'occurredAt')::timestamptz, now()), coalesce(request ->> 'level', 'error'),
		request ->> 'message', request ->> 'stack', coalesce(request -> 'metadata', '{}')) on conflict do nothing;
	is_new := found;
	select * into e from error_logs where tenant_id = tenant and key = request ->> 'key';
	return error_json(e) || jsonb_build_object('created', is_new);
end
$$;

create function error_json(e error_logs) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', e.id, 'at', e.occurred_at, 'level', e.level, 'message', e.message,
		'stack', e.stack, 'key', e.key)) || jsonb_build_object('metadata', e.metadata)
$$;

create function get_error_logs(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(error_json(v) order by v.occurred_at desc, v.id desc) into rows from (
		select e.* from error_logs e where e.tenant_id = tenant
			and (not request ? 'level' or e.level = request ->> 'level')
			and (not request ? 'text' or position(lower(request ->> 'text') in lower(e.message)) > 0)
			and e.occurred_at >= coalesce((request ->> 'from')::timestamptz, '-infinity')
			and e.occurred_at < coalesce((request ->> 'to')::timestamptz, 'infinity')
			and (e.occurred_at, e.id) < (coalesce((request #>> '{after,at}')::timestamptz, 'infinity'),
				coalesce((request #>> '{after,id}')::bigint, 0))
		order by e.occurred_at desc, e.id desc limit most + 1) v;
	return page_of(rows, most, 'at');
end
$$;

create function tenant_json(t tenants) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', t.id, 'name', t.name, 'requiresConsent', t.requires_consent,
		'erasedSenders', t.erased_senders, 'settings', t.settings, 'createdAt', t.created_at, 'updatedAt', t.updated_at)
$$;

-- "id" names the tenant; without it, it is that of the call.
create function save_tenant(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	t tenants;
	wanted text := coalesce(request ->> 'id', tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	made boolean;
begin
	insert into tenants (id, name) values (wanted, coalesce(given ->> 'name', wanted)) on conflict do nothing;
	made := found;
	update tenants o set
		name = case when given ? 'name' then given ->> 'name' else o.name end,
		requires_consent = case when given ? 'requiresConsent' then (given ->> 'requiresConsent')::boolean
			else o.requires_consent end,
		erased_senders = case when given ? 'erasedSenders' then given ->> 'erasedSenders' else o.erased_senders end,
		settings = case when given ? 'settings' then given -> 'settings' else o.settings end
		where o.id = wanted returning * into t;
	return tenant_json(t) || jsonb_build_object('created', made);
end
$$;

create function get_tenant(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select tenant_json(tenant_of(coalesce(request ->> 'id', tenant)))
$$;

create function get_tenants(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(tenant_json(v) order by v.id) into rows from (select t.* from tenants t
		where t.id > coalesce(request #>> '{after,id}', '') order by t.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;
