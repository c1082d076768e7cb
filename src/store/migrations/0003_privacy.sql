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
	keep_days int not null check (keep_days between 1 and 36500),
	archives boolean not null default true,
	updated_at timestamptz not null default now(),
	primary key (tenant_id, kind)
);
create trigger touch before update on retention_policies for each row execute function touch();

-- By month, so that a month is dropped and not deleted row by row.
create table message_archive (
	id bigint not null,
	tenant_id text not null,
	conversation_id bigint not null,
	chat_external_id text not null,
	external_id text not null,
	sender_id bigint,
	sent_at timestamptz not null,
	archived_at timestamptz not null default now(),
	-- The whole message with its versions and attachments.
	message jsonb not null,
	primary key (id, sent_at)
) partition by range (sent_at);
create table message_archive_rest partition of message_archive default;
create index message_archive_sender on message_archive (sender_id) where sender_id is not null;
create index message_archive_tenant on message_archive (tenant_id, sent_at, id);
create index message_archive_conversation on message_archive (conversation_id, sent_at, id);

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
