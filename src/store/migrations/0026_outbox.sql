-- What is to be sent, and to whom nothing may be sent. An entry is one request to a platform: it is handed over once, and one
-- whose outcome nobody knows is "uncertain" until somebody, or its own policy, says what becomes of it.

create table outbox (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	-- Chosen by who sends: with the same key the same message is meant, however often it is handed in.
	key text not null check (key <> ''),
	-- A text that is too long for one message goes in parts, one after the other.
	part smallint not null default 1,
	parts smallint not null default 1,
	-- Keyed, of what was handed in: the same key with something else is a mistake.
	digest text not null,
	platform text not null check (platform ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
	account text not null check (account <> ''),
	chat_id text not null check (chat_id <> ''),
	chat_kind text not null default 'private' check (chat_kind in ('private', 'group', 'channel')),
	-- A topic of the chat.
	thread_id text check (thread_id <> ''),
	-- Null as soon as it is not needed any more: what was sent is kept as a message.
	payload jsonb,
	-- How many messages a platform counts for it: an album is one for each item.
	cost smallint not null default 1 check (cost between 1 and 100),
	state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'uncertain', 'failed', 'dead')),
	attempts smallint not null default 0,
	most_attempts smallint not null default 8 check (most_attempts between 1 and 100),
	-- Whether it is sent once more when nobody knows whether it was.
	resends boolean not null default false,
	-- Whether an attempt ended so: the next one that does is for a person.
	doubted boolean not null default false,
	due_at timestamptz not null default now(),
	retry_at timestamptz not null default '-infinity',
	-- Of the claim that took it last, and the permits that it has.
	lease uuid,
	lease_until timestamptz,
	external_ids text[],
	error_code text,
	error text,
	-- When somebody was told that its outcome is unknown, and by which call.
	told_at timestamptz,
	told_by uuid,
	settled_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, key, part)
);
create trigger touch before update on outbox for each row execute function touch();
create index outbox_newest on outbox (tenant_id, id);
create index outbox_chats on outbox (tenant_id, platform, chat_id, account);
create index outbox_waiting on outbox (tenant_id, platform, account, chat_id, due_at, id) where state in ('queued', 'sending');
create index outbox_leases on outbox (tenant_id, lease_until) where state = 'sending';
create index outbox_untold on outbox (tenant_id, platform) where state = 'uncertain';
create index outbox_kept on outbox (tenant_id) where payload is not null;
create index outbox_finished on outbox (tenant_id, settled_at) where state in ('sent', 'failed', 'dead');

-- Chats to which nothing is sent. By a keyed hash, so that who has said STOP stays left alone after an erasure.
create table send_stops (
	tenant_id text not null references tenants,
	hash text not null,
	reason text not null check (reason in ('blocked', 'opted_out')),
	since timestamptz not null default now(),
	primary key (tenant_id, hash)
);

-- When a chat wrote last of which the messages are not kept: by the same hash, and for as long as a platform counts it.
create table unkept_contacts (
	tenant_id text not null references tenants,
	hash text not null,
	wrote_at timestamptz not null,
	primary key (tenant_id, hash)
);
create index unkept_contacts_old on unkept_contacts (tenant_id, wrote_at);

-- A telephone number is the same with and without its "+": platforms take both, and not all write it.
create function number_forms(platform text, chat text) returns text[]
language sql immutable as $$
	select case when platform in ('sms', 'whatsapp') then array[ltrim(chat, '+'), '+' || ltrim(chat, '+')] else array[chat] end
$$;

create function stop_hash(tenant text, platform text, account text, chat text) returns text
language sql stable set search_path from current as $$
	select keyed_hash(tenant, jsonb_build_array('send stop', platform, account, (number_forms(platform, chat))[1])::text)
$$;

-- Why nothing may be sent to a chat; null when it may. Who has blocked an account and writes to it again has let it in again.
create function send_stop_of(tenant text, platform text, account text, chat text) returns send_stops
language sql stable set search_path from current as $$
	select s from send_stops s where s.tenant_id = tenant and s.hash = stop_hash(tenant, platform, account, chat)
		and (s.reason = 'opted_out' or not exists (select from channel_accounts a join chats h on h.account_id = a.id
			join messages m on m.chat_id = h.id and m.direction = 'inbound' and m.recorded_at > s.since
			where a.tenant_id = tenant and a.platform = send_stop_of.platform and a.external_id = account
				and h.external_id = any (number_forms(a.platform, chat))))
$$;

-- "reason": blocked, opted_out, or null for "may be written to again". The contact shows it as well.
create function set_send_stop(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	stop send_stops;
	digest text := stop_hash(tenant, request ->> 'platform', request ->> 'account', request ->> 'chatId');
begin
	if digest is null then
		perform fail(422, 'invalid_input', 'The request names no chat.', 'Give platform, account and chatId.');
	end if;
	if request ->> 'reason' is null then
		delete from send_stops where tenant_id = tenant and hash = digest;
	else
		insert into send_stops as s (tenant_id, hash, reason) values (tenant, digest, request ->> 'reason')
			-- That somebody has said no is the stronger of the two.
			on conflict (tenant_id, hash) do update set since = now(), reason = case when s.reason = 'opted_out' then s.reason
				else excluded.reason end returning * into stop;
	end if;
	update identities s set send_stop = stop.reason where s.tenant_id = tenant and s.platform = request ->> 'platform'
		and s.scope = identity_scope(request ->> 'platform', request ->> 'account')
		and s.external_id = any (number_forms(s.platform, request ->> 'chatId')) and s.send_stop is distinct from stop.reason;
	return jsonb_strip_nulls(jsonb_build_object('stopped', stop.reason is not null, 'reason', stop.reason, 'since', stop.since));
end
$$;

-- The other side can be reached again. That it wants no messages stays.
create function lift_block(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
begin
	perform from send_stops s where s.tenant_id = tenant and s.reason = 'blocked' and s.hash = stop_hash(tenant,
		request ->> 'platform', request ->> 'account', request ->> 'chatId') for update;
	if found then
		return set_send_stop(tenant, request - 'reason');
	end if;
	return get_send_stop(tenant, request);
end
$$;

-- Of messages that are not kept where they came from: that somebody wrote there, and nothing of what. Who writes may be answered,
-- and blocks us no longer.
create function note_unkept(tenant text, items incoming[]) returns void
language plpgsql set search_path from current as $$
declare
	heard incoming[] := array(select i from unnest(items) i
		where i.event = 'message' and i.direction = 'inbound' and i.sender_kind = 'contact');
begin
	insert into unkept_contacts as c (tenant_id, hash, wrote_at)
		select tenant, h.hash, max(least(i.sent_at, now())) from unnest(heard) i cross join lateral
			(select stop_hash(tenant, i.platform, i.account, i.chat_id) as hash) h group by h.hash order by h.hash
		on conflict (tenant_id, hash) do update set wrote_at = greatest(c.wrote_at, excluded.wrote_at);
	perform lift_block(tenant, chat) from (select distinct jsonb_build_object('platform', i.platform, 'account', i.account,
		'chatId', i.chat_id) as chat from unnest(heard) i order by chat) c;
	-- No platform takes an answer after more than seven days.
	delete from unkept_contacts where tenant_id = tenant and hash in (select hash from unkept_contacts
		where tenant_id = tenant and wrote_at < now() - interval '8 days' order by wrote_at limit 200 for update skip locked);
end
$$;

create function get_send_stop(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('stopped', s.reason is not null, 'reason', s.reason, 'since', s.since))
	from send_stop_of(tenant, request ->> 'platform', request ->> 'account', request ->> 'chatId') s
$$;

-- When the other side wrote last: some platforms take a free text for some time after that only. By the database's clock.
create function since_inbound(tenant text, platform text, account text, chat text) returns bigint
language sql stable set search_path from current as $$
	select floor(extract(epoch from clock_timestamp() - max(w.at)) * 1000)::bigint from (
		select m.sent_at as at from channel_accounts a join chats h on h.account_id = a.id cross join lateral (
			select sent_at from messages where conversation_id = h.conversation_id and direction = 'inbound'
			order by sent_at desc limit 1) m
		where a.tenant_id = tenant and a.platform = since_inbound.platform and a.external_id = account
			and h.external_id = any (number_forms(a.platform, chat))
		union all select wrote_at from unkept_contacts where tenant_id = tenant
			and hash = stop_hash(tenant, since_inbound.platform, account, chat)) w
$$;

-- Whether a message may go to a chat: why not, and since when nobody has written there.
create function get_send_permission(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
begin
	return get_send_stop(tenant, request) || jsonb_strip_nulls(jsonb_build_object('sinceInboundMs',
		since_inbound(tenant, request ->> 'platform', request ->> 'account', request ->> 'chatId')));
end
$$;

create function outbox_json(o outbox) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', o.id, 'key', o.key, 'part', o.part, 'parts', o.parts,
		'platform', o.platform, 'account', o.account, 'chatId', o.chat_id, 'chatKind', o.chat_kind, 'threadId', o.thread_id, 'state', o.state,
		'attempts', o.attempts, 'resends', o.resends, 'dueAt', o.due_at,
		'retryAt', case when o.state = 'queued' and o.retry_at > o.due_at then o.retry_at end,
		'externalIds', o.external_ids, 'errorCode', o.error_code, 'error', o.error, 'settledAt', o.settled_at,
		'createdAt', o.created_at, 'updatedAt', o.updated_at))
		|| case when o.payload is null then '{}' else jsonb_build_object('payload', o.payload) end
$$;

-- Tells one message from another, without keeping what it says.
create function said_digest(tenant text, entry jsonb) returns text
language sql stable set search_path from current as $$
	select keyed_hash(tenant, jsonb_build_array(entry -> 'platform', entry -> 'account', entry -> 'chatId',
		entry -> 'payload', entry -> 'threadId')::text)
$$;

-- The parts of a key are handed in together and judged as a whole: a tail of one message never follows the beginning of another.
-- Answers for each entry: queued (it is new), known (it was handed in before), conflict (with the same key something else was,
-- and nothing of this is taken), or refused with the reason.
create function enqueue_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	e jsonb;
	o outbox;
	stop send_stops;
	said text;
	answers jsonb := '[]';
	status text;
	known text[];
	others text[];
begin
	if jsonb_typeof(request -> 'entries') is distinct from 'array' or jsonb_array_length(request -> 'entries') > 1000 then
		perform fail(422, 'invalid_input', 'The call holds no list of at most 1,000 entries.', 'Send fewer in one call.');
	end if;
	perform lock_people(tenant, false);
	-- Two calls with one key come one after the other. In one order, and few, whatever the number of keys.
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' outbox keys ' || tenant, b.number)) from (
		select distinct abs(hashtext(value ->> 'key') % 64) as number from jsonb_array_elements(request -> 'entries')
		order by number) b;
	select coalesce(array_agg(distinct k.key), '{}'), coalesce(array_agg(distinct k.key) filter (where not k.is_same), '{}')
		into known, others
	from (select x.key, exists (select from jsonb_array_elements(request -> 'entries') g where g ->> 'key' = x.key
				and coalesce((g ->> 'part')::smallint, 1) = x.part and coalesce((g ->> 'parts')::smallint, 1) = x.parts
				and said_digest(tenant, g) = x.digest) as is_same
		from outbox x where x.tenant_id = tenant
			and x.key in (select value ->> 'key' from jsonb_array_elements(request -> 'entries'))) k;
	for e in select value from jsonb_array_elements(request -> 'entries') loop
		said := said_digest(tenant, e);
		stop := send_stop_of(tenant, e ->> 'platform', e ->> 'account', e ->> 'chatId');
		select * into o from outbox where tenant_id = tenant and key = e ->> 'key'
			and part = coalesce((e ->> 'part')::smallint, 1);
		if e ->> 'key' = any (others) or o.digest <> said then
			status := 'conflict';
		elsif e ->> 'key' = any (known) or o.id is not null then
			-- Also a part that is no longer kept.
			status := 'known';
		elsif stop.reason is not null then
			status := 'refused';
		elsif rules.erased_senders = 'refuse' and exists (select from tombstones t where t.tenant_id = tenant
			and t.kind = 'erase' and t.hash in (select identity_hash(tenant, e ->> 'platform',
				identity_scope(e ->> 'platform', e ->> 'account'), f)
				from unnest(number_forms(e ->> 'platform', e ->> 'chatId')) f)) then
			status := 'refused';
			stop.reason := 'erased';
		else
			insert into outbox (tenant_id, key, part, parts, digest, platform, account, chat_id, chat_kind, thread_id, payload,
				cost, most_attempts, resends, due_at)
			values (tenant, e ->> 'key', coalesce((e ->> 'part')::smallint, 1), coalesce((e ->> 'parts')::smallint, 1), said,
				e ->> 'platform', e ->> 'account', e ->> 'chatId', coalesce(e ->> 'chatKind', 'private'), e ->> 'threadId',
				e -> 'payload', coalesce((e ->> 'cost')::smallint, 1), coalesce((e ->> 'mostAttempts')::smallint, 8),
				coalesce((e ->> 'resends')::boolean, false), coalesce((e ->> 'dueAt')::timestamptz, now()))
			returning * into o;
			status := 'queued';
		end if;
		answers := answers || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('status', status, 'id', o.id,
			'state', o.state, 'reason', case when status = 'refused' then stop.reason end)));
	end loop;
	return jsonb_build_object('items', answers);
end
$$;

create function get_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(outbox_json(o) order by o.id desc) into rows from (
		select v.* from outbox v where v.tenant_id = tenant
			and (not request ? 'id' or v.id = (request ->> 'id')::bigint)
			and (not request ? 'state' or v.state = request ->> 'state')
			and (not request ? 'platform' or v.platform = request ->> 'platform')
			and (not request ? 'account' or v.account = request ->> 'account')
			and (not request ? 'chatId' or v.chat_id = request ->> 'chatId')
			and (not request ? 'key' or v.key = request ->> 'key')
			and v.id < coalesce((request #>> '{after,id}')::bigint, 9223372036854775807)
		order by v.id desc limit most + 1) o;
	return page_of(rows, most, 'createdAt');
end
$$;

-- Entries to the chats of a person: those of the conversations that are theirs alone, and those to their ids.
create function outbox_to(tenant text, mine bigint[], own_chats bigint[]) returns setof bigint
language sql stable set search_path from current as $$
	select o.id from chats h join channel_accounts a on a.id = h.account_id
		join outbox o on o.tenant_id = tenant and o.platform = a.platform and o.account = a.external_id
			and o.chat_id = any (number_forms(a.platform, h.external_id))
	where h.conversation_id = any (own_chats)
	union select o.id from identities s join outbox o on o.tenant_id = tenant and o.platform = s.platform
		and identity_scope(o.platform, o.account) = s.scope and o.chat_id = any (number_forms(s.platform, s.external_id)) and o.chat_kind = 'private'
	where s.id = any (mine)
$$;

-- Nothing is sent any more to who is erased, or becomes a pseudonym: nobody knows any more where to.
create function forget_outbox(tenant text, t traces) returns jsonb
language plpgsql set search_path from current as $$
declare
	amount bigint;
begin
	delete from outbox where id = any (array(select outbox_to(tenant, t.mine, t.own_chats)));
	get diagnostics amount = row_count;
	return case when amount > 0 then jsonb_build_object('outbox', amount) else '{}' end;
end
$$;

-- What waits to be sent to others speaks of a person as messages do.
create function mask_outbox(tenant text, w mask_words, shared bigint[]) returns void
language sql set search_path from current as $$
	with named as materialized (
		select o.id, exists (select from chats h join channel_accounts a on a.id = h.account_id
			where h.conversation_id = any (shared) and a.tenant_id = tenant and a.platform = o.platform
				and a.external_id = o.account and h.external_id = o.chat_id) as is_shared
		from outbox o where o.tenant_id = tenant and o.payload is not null
	)
	update outbox o set payload = masked_json(o.payload, w.everywhere, case when n.is_shared then w.shared end)
		from named n where n.id = o.id and (n.is_shared or lower(o.payload::text) like any (lowered(w.likes)))
$$;
