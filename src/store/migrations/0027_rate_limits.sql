-- How often may be sent: so many messages of a bucket (an account, a chat) in so much time. A permit is taken before a message is
-- handed over and is free again that time after it was: so however long a request takes, and from however many machines they
-- come, no window of the platform's own clock sees more of them. The clock of the database alone counts.

create table rate_permits (
	tenant_id text not null references tenants,
	-- A keyed hash: the buckets of chats would name people.
	bucket text not null,
	permit uuid not null,
	cost int not null default 1,
	period interval not null,
	-- When it is likely to be free.
	likely_at timestamptz not null,
	-- When it is free for certain: long after the request, should nobody say that it is over.
	free_at timestamptz not null,
	primary key (tenant_id, bucket, permit)
);
create index rate_permits_of on rate_permits (tenant_id, permit);
create index rate_permits_over on rate_permits (tenant_id, free_at);

-- Permits of a tenant are given one after the other. It ends with the transaction.
create function lock_rates(tenant text) returns void language plpgsql set search_path from current as $$
begin
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' rates ' || tenant, 0));
end
$$;

-- A list of {"scope", "limit", "periodMs"} for one message: what its account says goes before what the package knows.
create function rate_rules(tenant text, limits jsonb, platform text, account text, kind text) returns jsonb
language sql stable set search_path from current as $$
	select coalesce(jsonb_agg(r.rule || jsonb_build_object('scope', s.scope)), '[]')
	from (values ('account'), (case when kind = 'private' then 'chat' else 'group' end)) s (scope)
		cross join lateral jsonb_array_elements(coalesce((select a.settings #> array['rateLimits', s.scope]
			from channel_accounts a where a.tenant_id = tenant and a.platform = rate_rules.platform
				and a.external_id = account and jsonb_typeof(a.settings #> array['rateLimits', s.scope]) = 'array'),
			limits -> s.scope, '[]')) r (rule)
	where (r.rule ->> 'limit')::int > 0 and (r.rule ->> 'periodMs')::float8 > 0
$$;

create function rate_bucket(tenant text, platform text, account text, chat text, scope text, rule jsonb) returns text
language sql stable set search_path from current as $$
	select keyed_hash(tenant, jsonb_build_array('rate', platform, account,
		case when scope <> 'account' then chat end, rule ->> 'limit', rule ->> 'periodMs')::text)
$$;

-- Whatever the rules are: who was told to wait waits.
create function pause_bucket(tenant text, platform text, account text, chat text) returns text
language sql stable set search_path from current as $$
	select keyed_hash(tenant, jsonb_build_array('pause', platform, account, chat)::text)
$$;

-- Answers 0 when all permits were taken, else the milliseconds after which trying again is worth while; nothing is taken then.
-- The caller has the lock.
create function take_permits(tenant text, id uuid, platform text, account text, chat text, rules jsonb, amount int, hold interval)
returns bigint language plpgsql set search_path from current as $$
declare
	moment timestamptz := clock_timestamp();
	rule jsonb;
	name text;
	most int;
	used int;
	free timestamptz;
	latest timestamptz;
begin
	select max(free_at) into latest from rate_permits where tenant_id = tenant and free_at > moment
		and bucket in (pause_bucket(tenant, platform, account, null), pause_bucket(tenant, platform, account, chat));
	for rule in select value from jsonb_array_elements(rules) loop
		name := rate_bucket(tenant, platform, account, chat, rule ->> 'scope', rule);
		most := (rule ->> 'limit')::int;
		select coalesce(sum(cost), 0) into used from rate_permits
			where tenant_id = tenant and bucket = name and free_at > moment and permit <> id;
		continue when used + least(amount, most) <= most;
		select min(p.likely_at) into free from (select likely_at, sum(cost) over (order by likely_at, permit) as freed
				from rate_permits where tenant_id = tenant and bucket = name and free_at > moment and permit <> id) p
			where used - p.freed + least(amount, most) <= most;
		latest := greatest(latest, free, moment + interval '20 milliseconds');
	end loop;
	if latest is not null then
		return greatest(ceil(extract(epoch from latest - moment) * 1000), 20);
	end if;
	insert into rate_permits (tenant_id, bucket, permit, cost, period, likely_at, free_at)
		select tenant, rate_bucket(tenant, platform, account, chat, value ->> 'scope', value), id,
			least(amount, (value ->> 'limit')::int), length, moment + length, moment + hold + length
		from jsonb_array_elements(rules) cross join lateral
			(select (value ->> 'periodMs')::float8 * interval '1 millisecond') l (length)
		on conflict (tenant_id, bucket, permit) do update set likely_at = excluded.likely_at, free_at = excluded.free_at;
	return 0;
end
$$;

-- The request is over, whatever came of it. "pauseMs" is what the platform asks for, for the "account" or for the chat.
create function free_permits(tenant text, id uuid, request jsonb default '{}') returns void
language plpgsql set search_path from current as $$
declare
	moment timestamptz := clock_timestamp();
	length interval := (request ->> 'pauseMs')::float8 * interval '1 millisecond';
	name text := pause_bucket(tenant, request ->> 'platform', request ->> 'account',
		case when request ->> 'pauseScope' = 'account' then null else request ->> 'chatId' end);
begin
	update rate_permits set likely_at = moment + period, free_at = moment + period where tenant_id = tenant and permit = id;
	if length > interval '0' and name is not null then
		insert into rate_permits (tenant_id, bucket, permit, period, likely_at, free_at)
			values (tenant, name, gen_random_uuid(), length, moment + length, moment + length);
	end if;
	delete from rate_permits where tenant_id = tenant and (bucket, permit) in (select bucket, permit from rate_permits
		where tenant_id = tenant and free_at <= moment order by free_at limit 200 for update skip locked);
end
$$;

-- For who sends without the outbox: "permitId" names the permits, so that the call can be repeated.
create function take_rate_permit(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
begin
	perform lock_rates(tenant);
	return jsonb_build_object('waitMs', take_permits(tenant, (request ->> 'permitId')::uuid, request ->> 'platform',
		request ->> 'account', request ->> 'chatId', rate_rules(tenant, request -> 'limits', request ->> 'platform',
			request ->> 'account', coalesce(request ->> 'chatKind', 'private')),
		coalesce((request ->> 'cost')::int, 1), coalesce((request ->> 'holdMs')::float8, 60000) * interval '1 millisecond'));
end
$$;

create function free_rate_permit(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
begin
	perform free_permits(tenant, (request ->> 'permitId')::uuid, request);
	return 'true';
end
$$;
