-- Tenants, accounts and what is kept ready beside the chats: made or changed in one call, counted when used.

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

create function account_json(a channel_accounts) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', a.id, 'platform', a.platform, 'externalId', a.external_id,
		'name', a.name, 'active', a.active, 'createdAt', a.created_at, 'updatedAt', a.updated_at))
		|| jsonb_build_object('settings', a.settings)
$$;

-- The account a request names, by id, or by the platform and the id there.
create function account_of(tenant text, request jsonb) returns channel_accounts
language plpgsql stable set search_path from current as $$
declare
	a channel_accounts;
begin
	select * into a from channel_accounts where tenant_id = tenant and case when request ->> 'accountId' is not null
		then id = (request ->> 'accountId')::bigint
		else platform = request ->> 'platform' and external_id = request ->> 'externalId' end;
	return a;
end
$$;

create function save_channel_account(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	a channel_accounts;
	is_new boolean := false;
begin
	if request ->> 'accountId' is null then
		insert into channel_accounts (tenant_id, platform, external_id)
			values (tenant, request ->> 'platform', request ->> 'externalId') on conflict do nothing;
		is_new := found;
	end if;
	a := account_of(tenant, request);
	if a.id is null then
		perform fail(404, 'not_found', 'There is no such channel account in this tenant.', 'See the list of accounts.');
	end if;
	update channel_accounts o set
		name = case when given ? 'name' then given ->> 'name' else o.name end,
		active = case when given ? 'active' then (given ->> 'active')::boolean else o.active end,
		settings = case when given ? 'settings' then given -> 'settings' else o.settings end
		where o.id = a.id returning * into a;
	return account_json(a) || jsonb_build_object('created', is_new);
end
$$;

create function get_channel_accounts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(account_json(v) order by v.id) into rows from (
		select a.* from channel_accounts a where a.tenant_id = tenant
			and (not request ? 'platform' or a.platform = request ->> 'platform')
			and (not request ? 'externalId' or a.external_id = request ->> 'externalId')
			and (not request ? 'active' or a.active = (request ->> 'active')::boolean)
			and a.id > coalesce((request #>> '{after,id}')::bigint, 0)
		order by a.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

-- What conversations hang on is switched off; what nothing hangs on is deleted.
create function remove_channel_account(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	a channel_accounts;
begin
	-- Nobody stores messages of it meanwhile.
	perform lock_people(tenant, true);
	a := account_of(tenant, request);
	begin
		delete from channel_accounts where id = a.id;
		return jsonb_build_object('result', case when found then 'deleted' else 'unknown' end);
	exception when foreign_key_violation then
		update channel_accounts set active = false where id = a.id;
	end;
	return jsonb_build_object('result', 'deactivated', 'id', a.id,
		'conversations', (select count(*) from conversations where account_id = a.id));
end
$$;
