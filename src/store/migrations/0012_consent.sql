-- Consent, legal holds and the export of everything a person has written.

-- "given" decides by the time it was said, not by the time it arrives. A person who was erased and agrees after that is let
-- in again; what they have agreed to before is "ignored". A person nobody has heard of is made known, so that a refusal is
-- remembered: under a pseudonym when they were erased.
create function set_consent(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	c contacts;
	who jsonb := request -> 'identity';
	said timestamptz := coalesce((request ->> 'givenAt')::timestamptz, now());
begin
	if request ->> 'purpose' is null or jsonb_typeof(request -> 'granted') is distinct from 'boolean'
		or coalesce(request ->> 'source', '') = '' then
		perform fail(422, 'invalid_input', 'A consent has a purpose, whether it is granted, and a source.', 'Give all three.');
	end if;
	if said > now() + interval '1 day' then
		perform fail(422, 'invalid_input', 'This consent is of the future.', 'Correct givenAt.');
	end if;
	-- From here on no call stores by what was allowed before.
	perform lock_people(tenant, true);
	if (request ->> 'granted')::boolean and request ->> 'purpose' = 'chat_storage' and who is not null then
		delete from tombstones t where t.tenant_id = tenant and t.kind = 'erase' and t.erasure_id in (
			select x.erasure_id from tombstones x join erasures e on e.id = x.erasure_id where x.tenant_id = tenant
				and x.hash = identity_hash(tenant, who ->> 'platform', scope_of(who), who ->> 'id')
				-- A clock that is ahead must not reach over an erasure.
				and e.erased_at < said and said < now() + interval '1 minute');
		if exists (select from tombstones x join erasures e on e.id = x.erasure_id where x.tenant_id = tenant
			and x.hash = identity_hash(tenant, who ->> 'platform', scope_of(who), who ->> 'id') and x.kind = 'erase') then
			return jsonb_build_object('ignored', 'before the erasure', 'storageAllowed', false, 'aiAllowed', false,
				'said', '[]'::jsonb);
		end if;
	end if;
	c := traced_person(tenant, request);
	if c.id is null and not (request ->> 'granted')::boolean
		and is_buried(tenant, who ->> 'platform', scope_of(who), who ->> 'id') then
		who := who || jsonb_build_object('id', veiled_id(tenant, who ->> 'platform', scope_of(who), who ->> 'id'));
		insert into identities (tenant_id, contact_id, platform, scope, external_id)
			values (tenant, nextval(pg_get_serial_sequence('contacts', 'id')), who ->> 'platform', scope_of(who), who ->> 'id');
		insert into contacts (id, tenant_id, name, preferred_platform)
			select contact_id, tenant, external_id, platform from identities where tenant_id = tenant
				and platform = who ->> 'platform' and scope = scope_of(who) and external_id = who ->> 'id';
		c := person_of(tenant, jsonb_build_object('identity', who));
	elsif c.id is null and who is not null then
		perform find_or_create_contact(tenant, jsonb_build_object('identity', who));
		c := known_person(tenant, request);
	elsif c.id is null then
		c := known_person(tenant, request);
	end if;
	insert into consents (tenant_id, contact_id, purpose, granted, given_at, source, text_version)
		values (tenant, c.id, request ->> 'purpose', (request ->> 'granted')::boolean, said, request ->> 'source',
			request ->> 'textVersion')
		on conflict do nothing;
	-- Of two of one instant the refusal counts.
	update contacts o set
		storage_consent = case when request ->> 'purpose' = 'chat_storage' then x.granted else o.storage_consent end,
		ai_consent = case when request ->> 'purpose' = 'ai_analysis' then x.granted else o.ai_consent end
		from (select granted from consents where contact_id = c.id and purpose = request ->> 'purpose'
			order by given_at desc, granted limit 1) x
		where o.id = c.id;
	return get_consent(tenant, jsonb_build_object('contactId', c.id));
end
$$;

create function get_consent(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	c contacts := known_person(tenant, request);
begin
	return jsonb_build_object('contactId', c.id,
		'storageAllowed', storage_allowed(c.storage_consent, rules.requires_consent),
		'aiAllowed', storage_allowed(c.ai_consent, rules.requires_consent),
		'said', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('purpose', purpose, 'granted', granted,
			'givenAt', given_at, 'source', source, 'textVersion', text_version)) order by given_at, id), '[]')
			from consents where contact_id = c.id));
end
$$;

-- Keeps everything of a contact, of a conversation, or (with neither) of the tenant from being erased or removed.
create function place_hold(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	contact bigint;
	conversation bigint;
	placed legal_holds;
begin
	if coalesce(btrim(request ->> 'reason'), '') = '' then
		perform fail(422, 'invalid_input', 'A hold needs a reason.', 'Say what it is kept for.');
	end if;
	perform lock_people(tenant, true);
	if request ?| '{contactId,identity}' then
		contact := (known_person(tenant, request)).id;
	elsif request ?| '{conversationId,chatId}' then
		conversation := (conversation_of(tenant, request)).id;
	end if;
	select * into placed from legal_holds where tenant_id = tenant and lifted_at is null
		and reason = request ->> 'reason' and contact_id is not distinct from contact
		and conversation_id is not distinct from conversation;
	if placed.id is null then
		insert into legal_holds (tenant_id, contact_id, conversation_id, reason, placed_by)
			values (tenant, contact, conversation, request ->> 'reason', request ->> 'by') returning * into placed;
	end if;
	return to_jsonb(placed);
end
$$;

-- What active holds keep: conversations, what these people have written, and their profiles.
create type held_back as (everything boolean, conversations bigint[], senders bigint[], contacts bigint[]);

-- What was to be masked meanwhile in what it kept is masked now, and what was taken back in the archive is gone.
create function lift_hold(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' set statement_timeout = '240s' as $$
declare
	lifted legal_holds;
	late deferred_masks;
	done jsonb;
	h held_back;
	gone jsonb[];
begin
	perform lock_people(tenant, true);
	update legal_holds set lifted_at = coalesce(lifted_at, now()), lifted_by = coalesce(lifted_by, request ->> 'by')
		where tenant_id = tenant and id = (request ->> 'holdId')::bigint returning * into lifted;
	if lifted.id is null then
		perform fail(404, 'not_found', 'There is no such hold in this tenant.', 'See the list of holds.');
	end if;
	h := held_in(tenant);
	with free as materialized (
		select id, sent_at, message from message_archive where tenant_id = tenant and message ? 'deletedAt'
			and not is_held(h, conversation_id, sender_id)
	), purged as (
		update message_archive a set message = stub_json(a.sent_at) from free f where (a.id, a.sent_at) = (f.id, f.sent_at)
	)
	select array_agg(message) into gone from free;
	perform request_removal(tenant, gone);
	for late in select * from deferred_masks where tenant_id = tenant order by id loop
		done := mask_by(tenant, row(late.everywhere, late.shared, late.likes, 0)::mask_words, late.conversation_ids,
			late.message_ids);
		delete from deferred_masks where id = late.id and (done ->> 'maskingHeld')::bigint = 0;
	end loop;
	return to_jsonb(lifted);
end
$$;

create function get_holds(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('items', coalesce(jsonb_agg(to_jsonb(h) order by h.id), '[]')) from legal_holds h
	where h.tenant_id = tenant and (h.lifted_at is null or (request ->> 'includeLifted')::boolean)
$$;

-- Private chats that bear the id of a person are with them, whether they have ever written there or not.
create function chats_with(tenant text, platform text, scope text, external_id text) returns setof bigint
language sql stable set search_path from current as $$
	select h.conversation_id from channel_accounts a join chats h on h.account_id = a.id
		and h.external_id in (chats_with.external_id, veiled_chat(tenant, a.platform, a.external_id, chats_with.external_id))
		join conversations v on v.id = h.conversation_id
	where a.tenant_id = tenant and a.platform = chats_with.platform
		and identity_scope(a.platform, a.external_id) = chats_with.scope and v.kind = 'private'
$$;

create function held_in(tenant text) returns held_back
language plpgsql stable set search_path from current as $$
declare
	h held_back;
begin
	select coalesce(bool_or(num_nonnulls(contact_id, conversation_id) = 0), false),
		coalesce(array_agg(conversation_id) filter (where conversation_id is not null), '{}'),
		coalesce(array_agg(contact_id) filter (where contact_id is not null), '{}')
		into h.everything, h.conversations, h.contacts from legal_holds where tenant_id = tenant and lifted_at is null;
	h.senders := array(select id from identities where contact_id = any (h.contacts));
	h.conversations := h.conversations || array(select v.id from participants p join conversations v
		on v.id = p.conversation_id where p.identity_id = any (h.senders) and v.kind = 'private'
		union select chats_with(tenant, platform, scope, external_id) from identities where id = any (h.senders));
	return h;
end
$$;

create function is_held(h held_back, conversation bigint, sender bigint) returns boolean
language sql immutable parallel safe as $$
	select h.everything or conversation = any (h.conversations) or coalesce(sender = any (h.senders), false)
$$;

-- What one hold keeps; all of them: held_in.
create function kept_by(o legal_holds) returns held_back
language sql stable set search_path from current as $$
	select row(num_nonnulls(o.contact_id, o.conversation_id) = 0,
		array(select o.conversation_id where o.conversation_id is not null union select v.id from identities s
			join participants p on p.identity_id = s.id join conversations v on v.id = p.conversation_id
			where s.contact_id = o.contact_id and v.kind = 'private'
			union select chats_with(o.tenant_id, platform, scope, external_id) from identities where contact_id = o.contact_id),
		array(select id from identities where contact_id = o.contact_id), array_remove(array[o.contact_id], null))::held_back
$$;

-- "touched" are messages, also of others and archived ones, that would not stay as they are.
create function refuse_on_hold(tenant text, contact bigint, conversations_of_it bigint[], touched bigint[]) returns void
language plpgsql stable set search_path from current as $$
declare
	hold legal_holds;
begin
	with places as materialized (
		select conversation_id, sender_id from messages where id = any (touched)
		union select conversation_id, sender_id from message_archive where id = any (touched)
	)
	select h.* into hold from legal_holds h cross join lateral kept_by(h) k where h.tenant_id = tenant and h.lifted_at is null
		and (h.contact_id = contact or h.conversation_id = any (conversations_of_it)
			or h.contact_id is null and h.conversation_id is null
			or exists (select from places where is_held(k, conversation_id, sender_id))) order by h.id limit 1;
	if hold.id is not null then
		perform fail(409, 'on_hold', format('Nothing was changed: legal hold %s keeps this (%s).', hold.id, hold.reason),
			'Lift the hold when it is over, and try again.');
	end if;
end
$$;

-- The profile of a person, and the counts that their export has to reach. "upTo" is the last message it covers: what
-- comes later is not part of it, so the counts hold while messages arrive.
create function export_profile(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	c contacts := known_person(tenant, request);
	mine bigint[] := array(select id from identities where contact_id = c.id);
begin
	return jsonb_build_object('contact', contact_json(c), 'consent', get_consent(tenant, jsonb_build_object('contactId', c.id)),
		'conversations', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', v.id, 'kind', v.kind,
			'title', v.title, 'joinedAt', p.joined_at)) order by v.id), '[]')
			from participants p join conversations v on v.id = p.conversation_id where p.identity_id = any (mine)),
		-- Of what waits to be sent to them: that it does; the words are others'.
		'outbox', (select coalesce(jsonb_agg(outbox_json(o) - '{payload,error}'::text[] order by o.id), '[]') from outbox o
			where o.id in (select outbox_to(tenant, mine, '{}'))),
		'handovers', handovers_of(tenant, mine),
		'timers', promises_to(mine),
		'upTo', (select coalesce(max(id), 0) from messages where sender_id = any (mine)),
		'counts', (select jsonb_build_object('messages', count(*), 'files', coalesce(sum(attachment_count), 0),
			'versions', (select count(*) from message_versions x join messages y on y.id = x.message_id
				where y.sender_id = any (mine)),
			'archived', (select count(*) from message_archive where sender_id = any (mine)))
			from messages where sender_id = any (mine)));
end
$$;

-- Without what is somebody else's: quotes, mentions, and the words of messages that were passed on.
create function own_words(message jsonb, mine text[]) returns jsonb
language sql immutable set search_path from current as $$
	select case when message -> 'forwardedFrom' is null or message #>> '{forwardedFrom,id}' = any (mine) then message
			else (message - '{text,data}'::text[]) || '{"forwarded": true}' || coalesce((
				select jsonb_build_object('versions', jsonb_agg(v - '{text,data}'::text[]))
				from jsonb_array_elements(message -> 'versions') v having count(*) > 0), '{}') end
		- '{metadata,entities,forwardedFrom}'::text[]
$$;

-- Their own messages, hidden ones too, with what these said before; then the archived ones.
create function export_messages(tenant text, request jsonb default '{}') returns json
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	c contacts := known_person(tenant, request);
	most int := page_limit(request, 500);
	mine bigint[] := array(select id from identities where contact_id = c.id);
	ids text[] := array(select external_id from identities where contact_id = c.id);
	reached bigint := coalesce((request #>> '{after,id}')::bigint, 0);
	rows refcursor;
begin
	if coalesce((request ->> 'archived')::boolean, false) then
		open rows for select sent_at, id, (own_words(without_digests(message), ids) || jsonb_build_object('id', id, 'archived', true)
				|| coalesce(decisions_of_message(id), '{}'))::text
			from message_archive where sender_id = any (mine) and id > reached order by id limit most + 1;
	else
		open rows for select m.sent_at, m.id, (own_words(message_json(m, r.id, s, h, a) || coalesce((
				select jsonb_build_object('versions', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('validFrom', valid_from,
					'type', content_type, 'text', content, 'data', data, 'attachments', attachments)) order by valid_from, id))
				from message_versions v where v.message_id = m.id having count(*) > 0), '{}'), ids)
				|| coalesce(decisions_of_message(m.id), '{}'))::text
			from (select * from messages where sender_id = any (mine) and id > reached
					and id <= (request ->> 'upTo')::bigint order by id limit most + 1) m
				join chats h on h.id = m.chat_id join channel_accounts a on a.id = h.account_id
				left join messages r on r.chat_id = m.chat_id and r.external_id = m.reply_to_external_id
				join identities s on s.id = m.sender_id
			order by m.id;
	end if;
	return page_from(rows, most);
end
$$;
