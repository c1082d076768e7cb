-- What people have allowed, what must be kept, what was erased, and how long everything stays.

create table consents (
	id bigint generated always as identity primary key,
	tenant_id text not null,
	contact_id bigint not null,
	purpose text not null check (purpose in ('chat_storage', 'ai_analysis')),
	granted boolean not null,
	given_at timestamptz not null,
	source text not null check (source <> ''),
	text_version text,
	recorded_at timestamptz not null default now(),
	foreign key (tenant_id, contact_id) references contacts (tenant_id, id) on delete cascade,
	unique (contact_id, purpose, given_at, granted)
);

create table legal_holds (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	-- Neither: everything of the tenant.
	contact_id bigint,
	conversation_id bigint,
	reason text not null check (reason <> ''),
	placed_by text,
	placed_at timestamptz not null default now(),
	lifted_by text,
	lifted_at timestamptz,
	check (num_nonnulls(contact_id, conversation_id) <= 1),
	foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
	foreign key (tenant_id, conversation_id) references conversations (tenant_id, id)
);
create index legal_holds_active on legal_holds (tenant_id) where lifted_at is null;
create index legal_holds_contact on legal_holds (contact_id) where contact_id is not null;
create index legal_holds_conversation on legal_holds (conversation_id) where conversation_id is not null;

-- Receipts. They hold counts and keyed hashes and say of nobody who it was.
create table erasures (
	id uuid primary key default gen_random_uuid(),
	tenant_id text not null references tenants,
	kind text not null check (kind in ('erase', 'anonymise')),
	-- The row that is gone; a number that means nothing without it.
	contact_id bigint,
	hashes text[] not null,
	-- Names the key of the hashes, which may be another one by the time the receipt is read.
	key text,
	counts jsonb not null,
	source text,
	erased_at timestamptz not null default now()
);
create index erasures_contact on erasures (tenant_id, contact_id);
create index erasures_newest on erasures (tenant_id, erased_at, id);

-- Keyed hashes of the ids of people who were erased or anonymised, and of their private chats.
create table tombstones (
	tenant_id text not null references tenants,
	hash text not null,
	kind text not null check (kind in ('erase', 'anonymise')),
	erasure_id uuid not null references erasures,
	-- Messages that came afterwards.
	arrived_count bigint not null default 0,
	arrived_at timestamptz,
	primary key (tenant_id, hash)
);
create index tombstones_erasure on tombstones (erasure_id);

-- Objects in a storage whose rows are gone: removed by who can reach that storage.
create table object_removals (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	storage_provider text not null,
	storage_bucket text,
	storage_path text not null,
	requested_at timestamptz not null default now(),
	attempts int not null default 0,
	last_error text
);
create index object_removals_waiting on object_removals (tenant_id, id);

-- What is still to be masked in what a legal hold keeps: done, and forgotten, when the hold is lifted.
create table deferred_masks (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	everywhere text,
	shared text,
	likes text[] not null,
	conversation_ids bigint[] not null,
	message_ids bigint[] not null,
	created_at timestamptz not null default now()
);
create index deferred_masks_tenant on deferred_masks (tenant_id);

create table retention_policies (
	tenant_id text not null references tenants,
	kind text not null check (kind in ('messages', 'archive', 'error_logs')),
	-- Days of 24 hours since a message was sent, or an error occurred.
	keep_days int not null check (keep_days between 1 and 36500),
	-- The next two are of messages only.
	archives boolean not null default true,
	-- How long a hidden message stays, so that a mistake can be looked into.
	hidden_days int not null default 30 check (hidden_days between 0 and 36500),
	updated_at timestamptz not null default now(),
	primary key (tenant_id, kind)
);
create trigger touch before update on retention_policies for each row execute function touch();

-- A policy of its own, else that of the tenant "default", else what is built in: for each kind.
create function retention_rules(tenant text)
returns table (kind text, keep_days int, archives boolean, hidden_days int, source text)
language sql stable set search_path from current as $$
	select distinct on (k.kind) k.kind, coalesce(p.keep_days, k.days), coalesce(p.archives, true),
		coalesce(p.hidden_days, 30), case p.tenant_id when tenant then 'tenant' else coalesce(p.tenant_id, 'builtIn') end
	from (values ('messages', 90), ('archive', 365), ('error_logs', 30)) k (kind, days)
		left join retention_policies p on p.kind = k.kind and p.tenant_id in (tenant, 'default')
	order by k.kind, p.tenant_id = tenant desc nulls last
$$;

create function get_retention_policy(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
begin
	return (select jsonb_object_agg(case kind when 'error_logs' then 'errorLogs' else kind end,
		jsonb_build_object('keepDays', keep_days, 'source', source) || case when kind = 'messages'
			then jsonb_build_object('archives', archives, 'hiddenDays', hidden_days) else '{}' end)
		from retention_rules(tenant));
end
$$;

-- Messages would leave the archive before they come to it, and be gone.
create function archives_nothing(tenant text) returns boolean
language sql stable set search_path from current as $$
	select bool_and(archives) filter (where kind = 'messages')
		and max(keep_days) filter (where kind = 'archive') <= max(keep_days) filter (where kind = 'messages')
	from retention_rules(tenant)
$$;

-- For each kind: what it is to be; what is not said stays as it was. Null: what the tenant "default" or the package has.
create function set_retention_policy(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
	policy jsonb;
	others text[];
begin
	delete from retention_policies p where p.tenant_id = tenant
		and request -> case p.kind when 'error_logs' then 'errorLogs' else p.kind end = 'null';
	insert into retention_policies (tenant_id, kind, keep_days, archives, hidden_days)
		select tenant, r.kind, coalesce((n ->> 'keepDays')::int, r.keep_days), coalesce((n ->> 'archives')::boolean, r.archives),
			coalesce((n ->> 'hiddenDays')::int, r.hidden_days)
		from retention_rules(tenant) r cross join lateral
			(select request -> case r.kind when 'error_logs' then 'errorLogs' else r.kind end) x (n)
		where jsonb_typeof(n) = 'object'
		on conflict (tenant_id, kind) do update set keep_days = excluded.keep_days, archives = excluded.archives,
			hidden_days = excluded.hidden_days;
	policy := get_retention_policy(tenant);
	if archives_nothing(tenant) then
		perform fail(422, 'invalid_input', format('The archive would keep nothing: messages come to it after %s days, and '
			'leave it %s days after they were sent.', policy #>> '{messages,keepDays}', policy #>> '{archive,keepDays}'),
			'Give archive.keepDays more days than messages.keepDays, or set messages.archives to false.');
	end if;
	-- Tenants that take one of the two rules from here.
	others := array(select t.id from tenants t where tenant = 'default' and t.id <> tenant
		and exists (select from retention_policies p where p.tenant_id = t.id) and archives_nothing(t.id) order by t.id);
	if cardinality(others) > 0 then
		perform fail(422, 'invalid_input', format('The archive of %s tenants would keep nothing, because they have rules of '
			'their own beside these: %s.', cardinality(others), array_to_string(others[:10], ', ')),
			'Give each of them an archive.keepDays of its own first, or set its messages.archives to false.');
	end if;
	return policy;
end
$$;

-- What is strictly older than these goes. A run is for one instant, which it is told by the database and brings back.
create type retention_limits as (
	at timestamptz, messages timestamptz, hidden timestamptz, archive timestamptz, error_logs timestamptz, archives boolean
);

create function retention_limits_of(tenant text, request jsonb default '{}') returns retention_limits
language plpgsql stable set search_path from current as $$
declare
	l retention_limits;
begin
	l.at := coalesce((request ->> 'at')::timestamptz, now());
	if l.at > now() then
		perform fail(422, 'invalid_input', 'Retention is for an instant that the clock of the database has not reached.',
			'Leave "at" out.');
	end if;
	select max(l.at - keep_days * interval '24 hours') filter (where kind = 'messages'),
			max(l.at - hidden_days * interval '24 hours') filter (where kind = 'messages'),
			max(l.at - keep_days * interval '24 hours') filter (where kind = 'archive'),
			max(l.at - keep_days * interval '24 hours') filter (where kind = 'error_logs'),
			bool_and(archives) filter (where kind = 'messages')
		into l.messages, l.hidden, l.archive, l.error_logs, l.archives from retention_rules(tenant);
	return l;
end
$$;

-- Where the files of a message lie, those of its former versions too.
create function stored_paths(message jsonb) returns text[]
language sql immutable parallel safe as $$
	select array_agg(distinct p #>> '{}') from jsonb_path_query(message, '$.**.attachments[*].storage.path') p
$$;

-- By month, so that a month is dropped and not deleted row by row.
create table message_archive (
	id bigint not null,
	tenant_id text not null,
	conversation_id bigint not null,
	chat_id bigint,
	chat_external_id text not null,
	external_id text not null,
	sender_id bigint,
	sent_at timestamptz not null,
	archived_at timestamptz not null default now(),
	-- The whole message with its versions and attachments.
	message jsonb not null,
	files text[] generated always as (stored_paths(message)) stored,
	primary key (id, sent_at)
) partition by range (sent_at);
create table message_archive_rest partition of message_archive default;
create index message_archive_sender on message_archive (sender_id) where sender_id is not null;
create index message_archive_tenant on message_archive (tenant_id, sent_at, id);
create index message_archive_conversation on message_archive (conversation_id, sent_at, id);
-- Whether a message that comes again is there, and whether a file is still needed.
create index message_archive_known on message_archive (chat_id, external_id);
-- Where the words of a person stand whose message somebody else passed on, and what answers a message.
create index message_archive_forwarded on message_archive (tenant_id, (message #>> '{forwardedFrom,id}'))
	where message ? 'forwardedFrom';
create index message_archive_answering on message_archive (chat_id, (message #>> '{replyTo,externalId}'))
	where message ? 'replyTo';
-- What a hold has kept from being removed.
create index message_archive_hidden on message_archive (tenant_id) where message ? 'deletedAt';
create index message_archive_files on message_archive using gin (files) where files is not null;

create index message_versions_files on message_versions using gin (jsonb_path_query_array(attachments, '$[*].storage.path'))
	where attachments is not null;

-- Whether anything that is stored has this file: a message, what one said before, or the archive. As "object_removals" has it.
create function is_file_kept(tenant text, provider text, bucket text, path text) returns boolean
language plpgsql stable set search_path from current as $$
begin
	return exists (select from attachments o where o.tenant_id = tenant and o.storage_path = path
			and o.storage_bucket is not distinct from bucket and coalesce(o.storage_provider, 'unknown') = provider)
		or exists (select from message_versions v cross join lateral jsonb_path_query(v.attachments, '$[*].storage') f
			where v.tenant_id = tenant and v.attachments is not null
				and jsonb_path_query_array(v.attachments, '$[*].storage.path') @> to_jsonb(path) and f ->> 'path' = path
				and f ->> 'bucket' is not distinct from bucket and coalesce(f ->> 'provider', 'unknown') = provider)
		or exists (select from message_archive a cross join lateral jsonb_path_query(a.message, '$.**.attachments[*].storage') f
			where a.tenant_id = tenant and a.files @> array[path] and f ->> 'path' = path
				and f ->> 'bucket' is not distinct from bucket and coalesce(f ->> 'provider', 'unknown') = provider);
end
$$;

create function keyed_hash(tenant text, what text) returns text
language sql stable set search_path from current as $$
	select encode(sha256(pepper || sha256(pepper || convert_to(what, 'UTF8'))), 'hex')
	from tenant_peppers where tenant_id = tenant
$$;

-- Ids of people on these platforms belong to one page each.
create function identity_scope(platform text, account text) returns text
language sql immutable parallel safe as $$
	select case when platform in ('messenger', 'instagram') then account else '' end
$$;

create function identity_hash(tenant text, platform text, scope text, external_id text) returns text
language sql stable set search_path from current as $$
	select keyed_hash(tenant, jsonb_build_array('identity', platform, scope, external_id)::text)
$$;

create function chat_hash(tenant text, platform text, account text, external_id text) returns text
language sql stable set search_path from current as $$
	select keyed_hash(tenant, jsonb_build_array('chat', platform, account, external_id)::text)
$$;

-- Stable, and of no use to who has not the pepper.
create function pseudonym(tenant text, what text) returns text
language sql stable set search_path from current as $$
	select 'p-' || left(keyed_hash(tenant, 'pseudonym ' || what), 24)
$$;

create function is_pseudonym(id text) returns boolean
language sql immutable parallel safe set search_path from current as $$ select id ~ '^p-[0-9a-f]{24}$' $$;

-- What a person, and their private chat, is called once they must not be known.
create function veiled_id(tenant text, platform text, scope text, external_id text) returns text
language sql stable set search_path from current as $$
	select pseudonym(tenant, concat_ws(' ', 'identity', platform, scope, external_id))
$$;

create function veiled_chat(tenant text, platform text, account text, external_id text) returns text
language sql stable set search_path from current as $$
	select pseudonym(tenant, concat_ws(' ', 'chat', platform, account, external_id))
$$;

create function storage_allowed(consent boolean, requires_consent boolean) returns boolean
language sql immutable parallel safe as $$ select coalesce(consent, not requires_consent) $$;
