-- Contacts: found or made, changed, joined.

-- The contact a request names: by its id (also a former one) or by an identity. Null when there is none.
create function person_of(tenant text, request jsonb) returns contacts
language plpgsql stable set search_path from current as $$
declare
	c contacts;
	wanted bigint := (request ->> 'contactId')::bigint;
begin
	if wanted is not null then
		select coalesce((select into_id from contact_merges where tenant_id = tenant and from_id = wanted), wanted)
			into wanted;
	else
		select contact_id into wanted from identities
			where tenant_id = tenant and platform = request #>> '{identity,platform}'
				and scope = scope_of(request -> 'identity') and external_id = request #>> '{identity,id}';
	end if;
	select * into c from contacts where tenant_id = tenant and id = wanted;
	return c;
end
$$;

-- The same for who may be stored under a pseudonym: by the id that the person has on their platform.
create function traced_person(tenant text, request jsonb) returns contacts
language plpgsql stable set search_path from current as $$
declare
	c contacts := person_of(tenant, request);
	who jsonb := request -> 'identity';
begin
	if c.id is null and who is not null
		and is_buried(tenant, who ->> 'platform', scope_of(who), who ->> 'id') then
		c := person_of(tenant, jsonb_build_object('identity', who || jsonb_build_object('id',
			veiled_id(tenant, who ->> 'platform', scope_of(who), who ->> 'id'))));
	end if;
	return c;
end
$$;

create function scope_of(identity jsonb) returns text language sql immutable set search_path from current as $$
	select identity_scope(identity ->> 'platform', coalesce(identity ->> 'account', 'default'))
$$;

create function known_person(tenant text, request jsonb) returns contacts
language plpgsql stable set search_path from current as $$
declare
	c contacts := person_of(tenant, request);
begin
	if c.id is null then
		perform fail(404, 'not_found', 'There is no such contact in this tenant.',
			'A contact begins with its first stored message, or with "Find or Create".');
	end if;
	return c;
end
$$;

create function contact_json(c contacts) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', c.id, 'name', c.name, 'bio', c.bio, 'pictureUrl', c.picture_url,
		'realName', c.real_name, 'email', c.email, 'phone', c.phone, 'language', c.language, 'status', c.status,
		'tags', c.tags, 'notes', c.notes, 'preferredPlatform', c.preferred_platform,
		'communicationStyle', c.communication_style, 'traits', c.traits, 'interests', c.interests,
		'interactionPatterns', c.interaction_patterns, 'storageConsent', c.storage_consent, 'aiConsent', c.ai_consent,
		'anonymisedAt', c.anonymised_at, 'custom', c.custom, 'createdAt', c.created_at, 'updatedAt', c.updated_at,
		'formerIds', (select jsonb_agg(from_id order by from_id) from contact_merges where into_id = c.id),
		'identities', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('platform', s.platform,
			'account', nullif(s.scope, ''), 'id', s.external_id, 'username', s.username, 'name', s.name, 'sendStop', s.send_stop,
			'formerNames', nullif(s.former_names || s.former_usernames, '{}'))) order by s.id), '[]')
			from identities s where s.contact_id = c.id)))
$$;

-- With what their messages say of them.
create function get_contact(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	c contacts := known_person(tenant, request);
begin
	return contact_json(c) || (select jsonb_build_object('messages', count(*), 'firstMessageAt', min(sent_at),
			'lastMessageAt', max(sent_at), 'averageSentiment', avg(sentiment_score))
		from messages where sender_id in (select id from identities where contact_id = c.id));
end
$$;

create function get_contacts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(contact_json(v) order by v.id) into rows from (
		select c.* from contacts c where c.tenant_id = tenant
			and (not request ? 'status' or c.status = request ->> 'status')
			and (not request ? 'tag' or request ->> 'tag' = any (c.tags))
			and (not request ? 'name' or position(lower(request ->> 'name') in lower(c.name)) > 0)
			and c.id > coalesce((request #>> '{after,id}')::bigint, 0)
		order by c.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

create function find_or_create_contact(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	c contacts;
	made bigint;
	who jsonb := request -> 'identity';
begin
	if coalesce(who ->> 'platform', '') = '' or coalesce(who ->> 'id', '') = '' then
		perform fail(422, 'invalid_input', 'The identity has no platform or no id.', 'Give both.');
	end if;
	perform lock_people(tenant, false);
	c := traced_person(tenant, jsonb_build_object('identity', who));
	if c.id is null then
		if is_buried(tenant, who ->> 'platform', scope_of(who), who ->> 'id') then
			perform fail(409, 'erased', 'This person was erased, and is not made anew.',
				'When the person agrees again, record that consent first ("Set Consent" with the identity).');
		end if;
		insert into identities (tenant_id, contact_id, platform, scope, external_id, username, name)
			values (tenant, nextval(pg_get_serial_sequence('contacts', 'id')), who ->> 'platform', scope_of(who), who ->> 'id',
				who ->> 'username', request ->> 'name')
			on conflict do nothing returning contact_id into made;
		if made is not null then
			insert into contacts (id, tenant_id, name, preferred_platform)
				values (made, tenant, request ->> 'name', who ->> 'platform');
		end if;
		c := person_of(tenant, jsonb_build_object('identity', who));
	end if;
	return contact_json(c) || jsonb_build_object('created', made is not null);
end
$$;

-- Sets the fields that are given; null empties one.
create function update_contact(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	c contacts;
	given jsonb := coalesce(request -> 'set', '{}');
begin
	perform lock_people(tenant, false);
	c := known_person(tenant, request);
	update contacts o set
		name = case when given ? 'name' then given ->> 'name' else o.name end,
		bio = case when given ? 'bio' then given ->> 'bio' else o.bio end,
		picture_url = case when given ? 'pictureUrl' then given ->> 'pictureUrl' else o.picture_url end,
		real_name = case when given ? 'realName' then given ->> 'realName' else o.real_name end,
		email = case when given ? 'email' then given ->> 'email' else o.email end,
		email_index = case when given ? 'email' then given ->> 'emailIndex' else o.email_index end,
		phone = case when given ? 'phone' then given ->> 'phone' else o.phone end,
		phone_index = case when given ? 'phone' then given ->> 'phoneIndex' else o.phone_index end,
		language = case when given ? 'language' then given ->> 'language' else o.language end,
		status = case when given ? 'status' then given ->> 'status' else o.status end,
		tags = case when given ? 'tags' then array(select jsonb_array_elements_text(given -> 'tags')) else o.tags end,
		notes = case when given ? 'notes' then given ->> 'notes' else o.notes end,
		preferred_platform = case when given ? 'preferredPlatform' then given ->> 'preferredPlatform'
			else o.preferred_platform end,
		communication_style = case when given ? 'communicationStyle' then given ->> 'communicationStyle'
			else o.communication_style end,
		traits = case when given ? 'traits' then given -> 'traits' else o.traits end,
		interests = case when given ? 'interests' then array(select jsonb_array_elements_text(given -> 'interests'))
			else o.interests end,
		interaction_patterns = case when given ? 'interactionPatterns' then given -> 'interactionPatterns'
			else o.interaction_patterns end,
		custom = case when given ? 'custom' then given -> 'custom' else o.custom end,
		-- Whoever is known by more than a pseudonym again can be anonymised again.
		anonymised_at = case when jsonb_strip_nulls(given - '{language,status,preferredPlatform}'::text[]) = '{}'
			then o.anonymised_at end
		where o.id = c.id returning * into c;
	return contact_json(c);
end
$$;

-- Joins one contact into another: identities, consents and holds move, facts that are missing are filled in. Once more
-- changes nothing. What either has withdrawn stays withdrawn until it is given anew.
create function merge_contacts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	kept contacts;
	gone contacts;
begin
	perform lock_people(tenant, true);
	kept := known_person(tenant, jsonb_build_object('contactId', request -> 'intoId'));
	gone := known_person(tenant, jsonb_build_object('contactId', request -> 'fromId'));
	if kept.id = gone.id then
		return contact_json(kept) || jsonb_build_object('merged', false);
	end if;
	update identities set contact_id = kept.id where contact_id = gone.id;
	insert into consents (tenant_id, contact_id, purpose, granted, given_at, source, text_version, recorded_at)
		select tenant_id, kept.id, purpose, granted, given_at, source, text_version, recorded_at
		from consents where contact_id = gone.id on conflict do nothing;
	update legal_holds set contact_id = kept.id where contact_id = gone.id;
	update contact_merges set into_id = kept.id where into_id = gone.id;
	insert into contact_merges (tenant_id, from_id, into_id) values (tenant, gone.id, kept.id);
	update contacts set name = coalesce(kept.name, gone.name), former_names = array_remove(kept.former_names
			|| gone.name || gone.former_names, null), bio = coalesce(kept.bio, gone.bio),
		picture_url = coalesce(kept.picture_url, gone.picture_url), real_name = coalesce(kept.real_name, gone.real_name),
		email = coalesce(kept.email, gone.email), phone = coalesce(kept.phone, gone.phone),
		email_index = case when kept.email is null then gone.email_index else kept.email_index end,
		phone_index = case when kept.phone is null then gone.phone_index else kept.phone_index end,
		language = coalesce(kept.language, gone.language), notes = nullif(concat_ws(e'\n', kept.notes, gone.notes), ''),
		status = case when 'blocked' in (kept.status, gone.status) then 'blocked'
			when 'vip' in (kept.status, gone.status) then 'vip' else 'active' end,
		tags = array(select distinct t from unnest(kept.tags || gone.tags) t order by t),
		interests = array(select distinct t from unnest(kept.interests || gone.interests) t order by t),
		communication_style = coalesce(kept.communication_style, gone.communication_style),
		traits = coalesce(gone.traits || kept.traits, kept.traits, gone.traits),
		interaction_patterns = coalesce(kept.interaction_patterns, gone.interaction_patterns),
		storage_consent = (select bool_and(x) from unnest(array[kept.storage_consent, gone.storage_consent]) x),
		ai_consent = (select bool_and(x) from unnest(array[kept.ai_consent, gone.ai_consent]) x),
		custom = gone.custom || kept.custom, imported_at = coalesce(kept.imported_at, gone.imported_at),
		anonymised_at = case when gone.anonymised_at is not null then kept.anonymised_at end
		where id = kept.id returning * into kept;
	-- Written down, so that nothing that is said of something else later changes it.
	insert into consents (tenant_id, contact_id, purpose, granted, given_at, source)
		select tenant, kept.id, purpose, false, now(), 'merge'
		from (values ('chat_storage', kept.storage_consent), ('ai_analysis', kept.ai_consent)) x (purpose, consent)
		where not consent and (select granted from consents o where o.contact_id = kept.id and o.purpose = x.purpose
			order by given_at desc, granted limit 1)
		on conflict do nothing;
	delete from contacts where id = gone.id;
	return contact_json(kept) || jsonb_build_object('merged', true);
end
$$;

-- Says that an identity is this contact. When it is another contact's only one, the two are to be merged.
create function link_identity(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	c contacts;
	who jsonb := request -> 'identity';
	owner bigint;
begin
	if coalesce(who ->> 'platform', '') = '' or coalesce(who ->> 'id', '') = '' then
		perform fail(422, 'invalid_input', 'The identity has no platform or no id.', 'Give both.');
	end if;
	perform lock_people(tenant, true);
	c := known_person(tenant, request - 'identity');
	if is_buried(tenant, who ->> 'platform', scope_of(who), who ->> 'id') then
		perform fail(409, 'erased', 'The person with this identity was erased.',
			'When the person agrees again, record that consent first ("Set Consent" with the identity).');
	end if;
	insert into identities (tenant_id, contact_id, platform, scope, external_id, username)
		values (tenant, c.id, who ->> 'platform', scope_of(who), who ->> 'id', who ->> 'username')
		on conflict do nothing;
	select contact_id into owner from identities where tenant_id = tenant and platform = who ->> 'platform'
		and scope = scope_of(who) and external_id = who ->> 'id';
	if owner <> c.id then
		perform fail(409, 'conflict', format('This identity belongs to contact %s.', owner),
			'Merge the two contacts when they are one person.');
	end if;
	update contacts set anonymised_at = null where id = c.id and anonymised_at is not null
		and not is_pseudonym(who ->> 'id') returning * into c;
	c := known_person(tenant, request - 'identity');
	return contact_json(c);
end
$$;

-- Who was stored under a pseudonym before the person agreed again.
create function pseudonyms_of(tenant text, contact bigint) returns setof bigint
language sql stable set search_path from current as $$
	select distinct s.contact_id from identities i join identities s on s.tenant_id = tenant
		and s.platform = i.platform and s.scope = i.scope
		and s.external_id = veiled_id(tenant, i.platform, i.scope, i.external_id)
	where i.contact_id = contact and s.contact_id <> contact
$$;

-- A pseudonym that is there already takes over what came under the id it stands for since, and the chat of one likewise:
-- each may be there once only.
create function move_to_pseudonyms(tenant text, contact bigint, own_chats bigint[]) returns void
language plpgsql set search_path from current as $$
declare
	pair record;
begin
	for pair in select i.id as old_id, s.id as new_id from identities i join identities s on s.tenant_id = tenant
			and s.platform = i.platform and s.scope = i.scope
			and s.external_id = veiled_id(tenant, i.platform, i.scope, i.external_id)
		where i.contact_id = contact and not is_pseudonym(i.external_id) loop
		update messages set sender_id = pair.new_id where sender_id = pair.old_id;
		update message_archive set sender_id = pair.new_id where sender_id = pair.old_id;
		insert into participants (conversation_id, identity_id, tenant_id, joined_at)
			select conversation_id, pair.new_id, tenant_id, joined_at from participants where identity_id = pair.old_id
			on conflict do nothing;
		delete from identities where id = pair.old_id;
	end loop;
	for pair in select h.id as old_id, o.id as new_id, h.conversation_id as from_id, o.conversation_id as into_id
		from chats h join channel_accounts a on a.id = h.account_id join chats o on o.account_id = h.account_id
			and o.external_id = veiled_chat(tenant, a.platform, a.external_id, h.external_id)
		where h.conversation_id = any (own_chats) and not is_pseudonym(h.external_id) loop
		perform from conversations where id in (pair.from_id, pair.into_id) order by id for update;
		delete from messages m where m.chat_id = pair.old_id and exists (select from messages o
			where o.chat_id = pair.new_id and o.external_id = m.external_id);
		update messages set chat_id = pair.new_id, conversation_id = pair.into_id where chat_id = pair.old_id;
		update message_archive set chat_id = pair.new_id, conversation_id = pair.into_id where chat_id = pair.old_id;
		delete from chats where id = pair.old_id;
		update conversations set last_message_at = greatest(last_message_at, (select last_message_at from conversations
			where id = pair.from_id)) where id = pair.into_id;
		update legal_holds set conversation_id = pair.into_id where conversation_id = pair.from_id;
		if pair.from_id <> pair.into_id then
			perform move_timers(tenant, pair.from_id, pair.into_id);
			perform move_decisions(tenant, pair.from_id, pair.into_id);
			perform move_handovers(tenant, pair.from_id, pair.into_id);
		end if;
		delete from conversations where id = pair.from_id and pair.from_id <> pair.into_id
			and not exists (select from chats where conversation_id = pair.from_id);
	end loop;
end
$$;
