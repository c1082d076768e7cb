-- Stores messages, each exactly once, in whatever order and however often they arrive. One statement, one transaction.
-- Rows are always taken in the same order (people, accounts, chats, identities, messages, conversations; each by key),
-- so that calls at the same time wait for each other and never in a circle.

create type incoming as (
	ordinal int, event text, platform text, account text, external_id text,
	chat_id text, chat_kind text, chat_title text, chat_former_id text,
	sender_id text, sender_kind text, sender_scope text, sender_name text, sender_username text,
	direction text, sent_at timestamptz, edited_at timestamptz, deleted_at timestamptz, revision bigint,
	content_type text, content text, data jsonb, entities jsonb, language text, forwarded_from jsonb, reply_to text,
	attachments jsonb, sentiment text, sentiment_score real, intent text, topics text[], priority smallint,
	metadata jsonb
);

-- Where a message belongs, as far as that is known.
create type place as (
	ordinal int, account_id bigint, chat_id bigint, conversation_id bigint, identity_id bigint, contact_id bigint,
	member_id bigint, has_person boolean, allowed boolean, enters boolean, renamed boolean, named boolean, retitled boolean, reopens boolean
);

create type outcome as (ordinal int, status text, reason text, message_id bigint);

-- Tells versions apart that have the same time. Keyed: a text that is no longer there is not found by trying.
create function content_digest(tenant text, content_type text, content text, data jsonb, entities jsonb, attachments jsonb)
returns text language sql stable set search_path from current as $$
	-- Of files the ids alone: what else is known of them comes bit by bit.
	select keyed_hash(tenant, encode(sha256(convert_to(concat_ws(e'\x1f', content_type, coalesce(content, ''), coalesce(data::text, ''),
		coalesce(entities::text, ''), (select string_agg(concat_ws(' ', a ->> 'externalId', a ->> 'url',
			a #>> '{storage,path}'), ',') from jsonb_array_elements(attachments) a)), 'UTF8')), 'hex'))
$$;

create function read_incoming(messages jsonb) returns incoming[]
language plpgsql stable set search_path from current as $$
declare
	items incoming[];
begin
	if jsonb_typeof(messages) is distinct from 'array' or jsonb_array_length(messages) > 1000 then
		perform fail(422, 'invalid_input', 'The call holds no list of at most 1,000 messages.', 'Send fewer in one call.');
	end if;
	select array_agg(row(
		m.ordinal - 1, coalesce(e ->> 'event', 'message'), e ->> 'platform', coalesce(e ->> 'account', 'default'), e ->> 'id',
		e #>> '{chat,id}', coalesce(e #>> '{chat,kind}', 'private'), e #>> '{chat,title}', e #>> '{chat,formerId}',
		e #>> '{sender,id}', coalesce(e #>> '{sender,kind}', 'contact'),
		identity_scope(e ->> 'platform', coalesce(e ->> 'account', 'default')),
		e #>> '{sender,name}', e #>> '{sender,username}',
		coalesce(e ->> 'direction', 'inbound'), (e ->> 'sentAt')::timestamptz, (e ->> 'editedAt')::timestamptz,
		(e ->> 'deletedAt')::timestamptz, coalesce((e ->> 'revision')::bigint, 0),
		coalesce(e ->> 'type', 'text'), e ->> 'text', nullif(e -> 'data', 'null'), nullif(e -> 'entities', 'null'),
		e ->> 'language', nullif(e -> 'forwardedFrom', 'null'), e ->> 'replyTo',
		case when jsonb_array_length(coalesce(nullif(e -> 'attachments', 'null'), '[]')) > 0 then e -> 'attachments' end,
		e ->> 'sentiment', (e ->> 'sentimentScore')::real, e ->> 'intent',
		case when jsonb_typeof(e -> 'topics') = 'array' then array(select jsonb_array_elements_text(e -> 'topics')) end,
		(e ->> 'priority')::smallint, nullif(e -> 'metadata', 'null')
	)::incoming order by m.ordinal) into items
	from jsonb_array_elements(messages) with ordinality as m (e, ordinal);
	perform check_incoming(i) from unnest(items) i
		where i.external_id is null or i.external_id = '' or i.platform is null or i.chat_id is null or i.chat_id = ''
			or i.event not in ('message', 'edit', 'delete') or (i.event = 'message' and i.sent_at is null)
			or (i.event = 'edit' and i.edited_at is null)
			or greatest(i.sent_at, i.edited_at, i.deleted_at) > now() + interval '1 day'
			or least(i.sent_at, i.edited_at, i.deleted_at) < '1970-01-01T00:00:00Z'
			or num_nonnulls(i.data, i.entities, i.metadata) > 0
				and (is_excessive(i.data) or is_excessive(i.entities) or is_excessive(i.metadata));
	return coalesce(items, '{}');
end
$$;

-- More than what a platform sends along: a document like that costs every reader of it.
create function is_excessive(said jsonb) returns boolean language sql immutable parallel safe as $$
	select said is not null and (pg_column_size(said) > 500000 or jsonb_path_exists(said, 'strict $.**{51}'))
$$;

create function check_incoming(item incoming) returns void
language plpgsql stable set search_path from current as $$
begin
	perform fail(422, 'invalid_input',
		format('Message %s is not in the normal form: %s.', item.ordinal, case
			when item.external_id is null or item.external_id = '' then 'it has no id'
			when item.platform is null then 'it has no platform'
			when item.chat_id is null or item.chat_id = '' then 'it has no chat'
			when item.event not in ('message', 'edit', 'delete') then 'its event is unknown'
			when item.event = 'message' and item.sent_at is null then 'sentAt is missing'
			when item.event = 'edit' and item.edited_at is null then 'editedAt is missing'
			when is_excessive(item.data) then 'data is deeper than 50, or larger than 256 kB'
			when is_excessive(item.entities) then 'entities is deeper than 50, or larger than 256 kB'
			when is_excessive(item.metadata) then 'metadata is deeper than 50, or larger than 256 kB'
			else 'a time lies before 1970 or more than a day ahead' end),
		'Nothing of this call was stored. Correct that message, or leave it out.');
end
$$;

-- Resolves by what is there now. Nothing is made here. What few messages need is asked by functions of its own: joined
-- here it would be prepared for every message.
create function places_of(tenant tenants, items incoming[]) returns place[]
language plpgsql stable set search_path from current as $$
begin
	return (select array_agg(row(
		i.ordinal, a.id, h.id, h.conversation_id, s.id, s.contact_id, mc.member_id,
		is_person and (i.event <> 'delete' or storage_allowed(c.storage_consent, tenant.requires_consent)),
		case
			-- Nothing new is stored of whom, and what they have taken back is to be gone.
			when i.event = 'delete' and is_known(h.id, i.external_id) then true
			when is_person then storage_allowed(c.storage_consent, tenant.requires_consent)
			when i.chat_kind = 'private' then
				may_write_to(tenant, i, h.conversation_id, mc.member_id is not null and i.direction = 'inbound')
			else true
		end,
		s.id is not null and pt.identity_id is null,
		-- What older messages say of a name is not news.
		s.id is not null and i.sent_at > s.updated_at
			and (coalesce(i.sender_name, s.name), coalesce(i.sender_username, s.username))
				is distinct from (s.name, s.username),
		length(i.sender_name) between 1 and 200 and i.sender_name is distinct from s.name
				and i.sender_name <> all (s.former_names)
			or length(i.sender_username) between 1 and 200 and i.sender_username is distinct from s.username
				and i.sender_username <> all (s.former_usernames),
		v.kind <> 'private' and i.chat_title is not null and i.chat_title is distinct from v.title,
		v.status = 'closed' and i.direction = 'inbound' and i.event = 'message' and i.sent_at > v.last_message_at
	)::place order by i.ordinal)
	from unnest(items) i
		left join channel_accounts a
			on a.tenant_id = tenant.id and a.platform = i.platform and a.external_id = i.account
		left join chats h on h.account_id = a.id and h.external_id = i.chat_id
		left join conversations v on v.id = h.conversation_id
		left join member_channels mc
			on mc.tenant_id = tenant.id and mc.platform = i.platform and mc.external_id = i.sender_id
		cross join lateral (select i.direction = 'inbound' and i.sender_kind = 'contact' and i.sender_id is not null
			and mc.member_id is null) as person (is_person)
		left join identities s on is_person and s.tenant_id = tenant.id and s.platform = i.platform
			and s.scope = i.sender_scope and s.external_id = i.sender_id
		left join contacts c on c.id = s.contact_id
		left join participants pt on pt.conversation_id = h.conversation_id and pt.identity_id = s.id);
end
$$;

create function is_known(chat bigint, message text) returns boolean
language sql stable set search_path from current as $$
	select exists (select from messages where chat_id = chat and external_id = message)
$$;

-- Whether what is not a person's own may be stored in a private chat: by what its people say, of whom the one we write to
-- is known by the id of the chat, also before they have ever written.
create function may_write_to(tenant tenants, item incoming, conversation bigint, by_member boolean) returns boolean
language plpgsql stable set search_path from current as $$
declare
	is_person boolean;
	consent boolean;
begin
	select true, c.storage_consent into is_person, consent from identities s join contacts c on c.id = s.contact_id
		where s.tenant_id = tenant.id and s.platform = item.platform and s.scope = item.sender_scope
			and s.external_id = item.chat_id;
	return (is_person is null or storage_allowed(consent, tenant.requires_consent))
		and not exists (
			select from participants p join conversations v on v.id = p.conversation_id
				join identities s on s.id = p.identity_id join contacts c on c.id = s.contact_id
			where p.conversation_id = conversation and v.kind = 'private'
				and not storage_allowed(c.storage_consent, tenant.requires_consent))
		and (not tenant.requires_consent or by_member or is_person is not null
			or exists (select from participants p where p.conversation_id = conversation));
end
$$;

-- Makes the accounts, conversations and contacts that are missing. The unique key decides who has made one: the id of
-- what hangs on it is drawn before, and only who has won makes that as well.
create function make_places(tenant tenants, items incoming[], places place[]) returns void
language plpgsql set search_path from current as $$
begin
	insert into channel_accounts (tenant_id, platform, external_id)
		select distinct tenant.id, i.platform, i.account
		from unnest(items) i join unnest(places) p using (ordinal) where p.account_id is null
		order by 2, 3
		on conflict do nothing;
	with wanted as (
		select distinct on (a.id, i.chat_id) a.id as account_id, i.chat_id, i.chat_kind,
			coalesce(i.chat_title, case when i.chat_kind = 'private' and p.has_person then i.sender_name end) as title,
			former.conversation_id as former
		from unnest(items) i join unnest(places) p using (ordinal)
			join channel_accounts a
				on a.tenant_id = tenant.id and a.platform = i.platform and a.external_id = i.account
			left join chats former on former.account_id = a.id and former.external_id = i.chat_former_id
		where p.chat_id is null
		order by a.id, i.chat_id, former.conversation_id, i.ordinal
	), made as (
		insert into chats (tenant_id, account_id, external_id, conversation_id)
			select tenant.id, account_id, chat_id,
				coalesce(former, nextval('conversations_id_seq'))
			from wanted
			on conflict do nothing
			returning account_id, external_id, conversation_id
	)
	insert into conversations (id, tenant_id, account_id, kind, title)
		select m.conversation_id, tenant.id, m.account_id, w.chat_kind, w.title
		from made m join wanted w on w.account_id = m.account_id and w.chat_id = m.external_id
		where w.former is null;
	with wanted as (
		select distinct on (i.platform, i.sender_scope, i.sender_id)
			i.platform, i.sender_scope, i.sender_id, i.sender_name, i.sender_username, i.language
		from unnest(items) i join unnest(places) p using (ordinal)
		where p.has_person and p.identity_id is null
		order by i.platform, i.sender_scope, i.sender_id, i.sent_at desc nulls last
	), made as (
		insert into identities (tenant_id, contact_id, platform, scope, external_id, username, name)
			select tenant.id, nextval('contacts_id_seq'), platform, sender_scope, sender_id,
				sender_username, sender_name
			from wanted
			on conflict do nothing
			returning contact_id, platform, name
	)
	insert into contacts (id, tenant_id, name, preferred_platform)
		select contact_id, tenant.id, name, platform from made;
end
$$;

-- The newest name is a person's own. Every other one that a message says is a former one, whether the message is older or
-- comes between two others: somebody may have written it. What is longer than 200 characters is no name.
create function note_names(items incoming[], places place[]) returns void
language plpgsql set search_path from current as $$
begin
	perform from identities where id in (select identity_id from unnest(places) where renamed or named)
		order by id for no key update;
	update identities s set name = coalesce(i.sender_name, s.name), username = coalesce(i.sender_username, s.username)
		from (select distinct on (p.identity_id) p.identity_id, i.sender_name, i.sender_username
			from unnest(items) i join unnest(places) p using (ordinal)
			where p.renamed order by p.identity_id, i.sent_at desc) i
		where s.id = i.identity_id;
	update identities s set former_names = with_former(s.former_names, s.name, n.names),
			former_usernames = with_former(s.former_usernames, s.username, n.usernames)
		from (select p.identity_id, array_agg(i.sender_name order by i.sent_at desc) as names,
				array_agg(i.sender_username order by i.sent_at desc) as usernames
			from unnest(items) i join unnest(places) p using (ordinal) where p.named group by p.identity_id) n
		where s.id = n.identity_id;
end
$$;

create function with_former(known text[], own text, said text[]) returns text[]
language sql immutable set search_path from current as $$
	select (array(select n from unnest(said) with ordinality x (n, o)
		where length(n) between 1 and 200 and n is distinct from own and n <> all (known) group by n order by min(o)) || known)[1:50]
$$;

create function author_of(sender_kind text, direction text, member_id bigint, has_person boolean) returns text
language sql immutable parallel safe as $$
	select case
		when member_id is not null then 'member'
		when sender_kind <> 'contact' then sender_kind
		when has_person then 'contact'
		when direction = 'outbound' then 'bot'
		else 'system'
	end
$$;

-- A message that comes alone and is new, as most do: the same as store_messages does in a few short statements, because
-- preparing those for many takes longer than storing one. Null when it is something else, and nothing is stored then.
create function store_one(tenant text, item incoming, home place, delivery uuid) returns jsonb
language plpgsql set search_path from current as $$
declare
	new_id bigint;
begin
	if item.event <> 'message' or home.retitled or home.reopens then
		return null;
	end if;
	insert into messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sender_id, member_id, sent_at,
		edited_at, revision, content_type, content, data, entities, language, forwarded_from, reply_to_external_id,
		attachment_count, sentiment, sentiment_score, intent, topics, priority, metadata, delivery_id)
	values (tenant, home.conversation_id, home.chat_id, item.external_id, item.direction,
		author_of(item.sender_kind, item.direction, home.member_id, home.has_person), home.identity_id, home.member_id,
		item.sent_at, item.edited_at, item.revision, item.content_type, item.content, item.data, item.entities, item.language,
		item.forwarded_from, item.reply_to, coalesce(jsonb_array_length(item.attachments), 0), item.sentiment,
		item.sentiment_score, item.intent, item.topics, item.priority, item.metadata, delivery)
	on conflict do nothing returning id into new_id;
	if new_id is null then
		return null;
	end if;
	-- What retention has reached may be in the archive: read after the row was written, as there.
	if exists (select from tenants where id = tenant and retained_until > item.sent_at) then
		delete from messages where id = new_id;
		return null;
	end if;
	if item.attachments is not null then
		perform add_attachments(tenant, new_id, item.attachments);
	end if;
	if home.enters then
		insert into participants (conversation_id, identity_id, tenant_id)
			values (home.conversation_id, home.identity_id, tenant) on conflict do nothing;
	end if;
	update conversations set last_message_at = item.sent_at
		where id = home.conversation_id and (last_message_at is null or last_message_at < item.sent_at);
	return jsonb_build_object('counts', jsonb_build_object('created', 1), 'items', jsonb_build_array(jsonb_strip_nulls(
		jsonb_build_object('index', item.ordinal, 'status', 'created', 'id', new_id, 'conversationId', home.conversation_id,
			'contactId', home.contact_id, 'memberId', home.member_id,
			'isDesk', nullif(is_desk_chat(tenant, item.platform, item.account, item.chat_id), false)))));
end
$$;
