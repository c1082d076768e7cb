-- Edits, deletions and originals that come late; messages of people who were erased; joined conversations.

-- Whatever the order of arrival, the newest edit is what a message says, and a deleted message stays deleted.
create function change_message(item incoming, at_home place, delivery uuid) returns outcome
language plpgsql set search_path from current as $$
declare
	m messages;
	status text := 'duplicate';
	current_digest text;
	new_digest text;
	kept jsonb;
begin
	select * into m from messages where chat_id = at_home.chat_id and external_id = item.external_id for update;
	-- It went into the archive, also while this call was waiting for it.
	if m.id is null then
		return change_archived(item, at_home);
	end if;
	if item.event <> 'delete' then
		-- What others have passed on from a person who was erased since.
		if m.content_type = 'erased' and m.forwarded_from ? 'erased' then
			return row(item.ordinal, 'duplicate', null, m.id)::outcome;
		end if;
		-- An edit need not say whose it is.
		if exists (select from identities s join contacts c on c.id = s.contact_id join tenants n on n.id = c.tenant_id
			where s.id in (m.sender_id, at_home.identity_id) and not storage_allowed(c.storage_consent, n.requires_consent)) then
			return row(item.ordinal, 'refused', 'consent', null)::outcome;
		end if;
		kept := attachments_json(m.id, m.attachment_count);
		current_digest := coalesce(m.digest, content_digest(m.tenant_id, m.content_type, m.content, m.data, m.entities, kept));
		new_digest := content_digest(m.tenant_id, item.content_type, item.content, item.data, item.entities, item.attachments);
	end if;
	if item.event = 'delete' then
		if m.deleted_at is null then
			update messages set deleted_at = coalesce(item.deleted_at, now()), change_id = delivery where id = m.id;
			status := 'deleted';
		elsif m.change_id = delivery then
			status := 'deleted';
		end if;
	elsif item.event = 'message' and m.original_missing then
		if m.edited_at is null then
			update messages set content_type = item.content_type, content = item.content, data = item.data,
				entities = item.entities where id = m.id;
			perform replace_attachments(m.tenant_id, m.id, item.attachments);
			status := 'deleted';
		else
			insert into message_versions
				(tenant_id, message_id, valid_from, content_type, content, data, entities, attachments, digest)
				values (m.tenant_id, m.id, item.sent_at, item.content_type, item.content, item.data, item.entities,
					item.attachments, new_digest)
				on conflict do nothing;
			status := 'edited';
		end if;
		update messages set original_missing = false, sent_at = item.sent_at, change_id = delivery,
			reply_to_external_id = coalesce(item.reply_to, m.reply_to_external_id),
			forwarded_from = coalesce(item.forwarded_from, m.forwarded_from),
			language = coalesce(m.language, item.language), direction = item.direction,
			author = author_of(item.sender_kind, item.direction, at_home.member_id, at_home.has_person), sender_id = at_home.identity_id, member_id = at_home.member_id
			where id = m.id;
	elsif item.event = 'edit' then
		if (item.edited_at, item.revision, new_digest) > (coalesce(m.edited_at, '-infinity'), m.revision, current_digest)
			and not (m.original_missing and m.edited_at is null and m.deleted_at is not null) then
			insert into message_versions (tenant_id, message_id, valid_from, revision, content_type, content, data, entities,
				attachments, digest)
				values (m.tenant_id, m.id, coalesce(m.edited_at, m.sent_at), m.revision, m.content_type, m.content, m.data,
					m.entities, kept, current_digest)
				on conflict do nothing;
			update messages set edited_at = item.edited_at, revision = item.revision, content_type = item.content_type,
				content = item.content, data = item.data, entities = item.entities, change_id = delivery,
				language = coalesce(item.language, m.language), digest = null
				where id = m.id;
			perform replace_attachments(m.tenant_id, m.id, item.attachments);
			status := 'edited';
		elsif m.edited_at is null then
			-- Only its deletion was known.
			update messages set edited_at = item.edited_at, revision = item.revision, content_type = item.content_type,
				content = item.content, data = item.data, entities = item.entities, change_id = delivery
				where id = m.id;
			perform replace_attachments(m.tenant_id, m.id, item.attachments);
			status := 'edited';
		elsif (item.edited_at, item.revision, new_digest) < (m.edited_at, m.revision, current_digest) then
			insert into message_versions (tenant_id, message_id, valid_from, revision, content_type, content, data, entities,
				attachments, digest)
				values (m.tenant_id, m.id, item.edited_at, item.revision, item.content_type, item.content, item.data,
					item.entities, item.attachments, new_digest)
				on conflict do nothing;
			if found then
				status := 'edited';
			end if;
		elsif m.change_id = delivery then
			status := 'edited';
		end if;
	end if;
	return row(item.ordinal, status, null, m.id)::outcome;
end
$$;

create function attachments_json(message bigint, amount smallint default 1) returns jsonb
language plpgsql stable set search_path from current as $$
begin
	if amount = 0 then
		return null;
	end if;
	return (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', kind, 'externalId', external_id,
		'fileName', file_name, 'mimeType', mime_type, 'sizeBytes', size_bytes, 'sha256', sha256, 'url', url,
		'thumbnailUrl', thumbnail_url, 'storage', case when storage_path is not null then jsonb_strip_nulls(
			jsonb_build_object('provider', storage_provider, 'bucket', storage_bucket, 'path', storage_path)) end,
		'width', width, 'height', height, 'durationMs', duration_ms, 'ocrText', ocr_text,
		'transcription', transcription)) order by position)
		from attachments where message_id = message);
end
$$;

create function replace_attachments(tenant text, message bigint, given jsonb) returns void
language plpgsql set search_path from current as $$
begin
	delete from attachments where message_id = message;
	perform add_attachments(tenant, message, given);
	update messages set attachment_count = coalesce(jsonb_array_length(given), 0) where id = message;
end
$$;

create function add_attachments(tenant text, message bigint, given jsonb, first int default 0) returns void
language sql set search_path from current as $$
	insert into attachments (tenant_id, message_id, position, kind, external_id, file_name, mime_type, size_bytes, sha256,
		url, thumbnail_url, storage_provider, storage_bucket, storage_path, width, height, duration_ms, ocr_text, transcription)
	select tenant, message, first + a.ordinal - 1, coalesce(e ->> 'kind', 'document'), e ->> 'externalId', e ->> 'fileName',
		e ->> 'mimeType', (e ->> 'sizeBytes')::bigint, e ->> 'sha256', e ->> 'url', e ->> 'thumbnailUrl',
		e #>> '{storage,provider}', e #>> '{storage,bucket}', e #>> '{storage,path}', (e ->> 'width')::int,
		(e ->> 'height')::int, (e ->> 'durationMs')::bigint, e ->> 'ocrText', e ->> 'transcription'
	from jsonb_array_elements(coalesce(given, '[]')) with ordinality as a (e, ordinal)
$$;

-- The message under the pseudonym of its sender: no id in it leads to the person, and a second delivery of it still
-- has the same ids.
create function veiled(tenant text, item incoming) returns incoming
language plpgsql stable set search_path from current as $$
begin
	item.external_id := pseudonym(tenant, 'message ' || item.chat_id || ' ' || item.external_id);
	if item.chat_kind = 'private' then
		item.chat_id := veiled_chat(tenant, item.platform, item.account, item.chat_id);
		item.chat_title := null;
	end if;
	-- In a group another person may have deleted it.
	if item.sender_id is not null and item.direction = 'inbound' and item.sender_kind = 'contact'
		and (item.chat_kind = 'private' or is_buried(tenant, item.platform, item.sender_scope, item.sender_id)) then
		item.sender_id := veiled_id(tenant, item.platform, item.sender_scope, item.sender_id);
	end if;
	item.sender_name := null;
	item.sender_username := null;
	-- A contact that is shared, a place, a file's name: each may say who it is.
	item.data := null;
	item.attachments := null;
	item.topics := null;
	item.entities := null;
	item.forwarded_from := null;
	item.reply_to := null;
	item.metadata := null;
	return item;
end
$$;

create function is_buried(tenant text, platform text, scope text, external_id text) returns boolean
language sql stable set search_path from current as $$
	select exists (select from tombstones
		where tenant_id = tenant and hash = identity_hash(tenant, platform, scope, external_id))
$$;

-- What somebody else says, without the words and the ids of people who were erased: passed on from them, or quoted. Of who
-- was anonymised the words stay.
create function without_buried(tenant text, item incoming) returns incoming
language plpgsql stable set search_path from current as $$
declare
	source text := item.forwarded_from ->> 'id';
	found_kind text;
begin
	if source is not null then
		select t.kind into found_kind from tombstones t where t.tenant_id = tenant
			and t.hash = identity_hash(tenant, item.platform, item.sender_scope, source);
		if found_kind = 'erase' then
			item.content_type := 'erased';
			item.content := null;
			item.data := null;
			item.entities := null;
			item.attachments := null;
			item.topics := null;
			item.metadata := null;
			item.forwarded_from := '{"erased": true}';
		elsif found_kind = 'anonymise' then
			item.forwarded_from := jsonb_build_object('id', veiled_id(tenant, item.platform, item.sender_scope, source));
		end if;
	end if;
	-- Platforms send along what is answered, and who is meant; all of them call an id "id".
	if names_buried(tenant, item, item.metadata) then
		item.metadata := null;
	end if;
	if names_buried(tenant, item, item.entities) then
		item.entities := null;
	end if;
	if names_buried(tenant, item, item.data) then
		item.data := null;
	end if;
	return item;
end
$$;

create function names_buried(tenant text, item incoming, said jsonb) returns boolean
language sql stable set search_path from current as $$
	select said is not null and exists (select from (
			select distinct v #>> '{}' as id from jsonb_path_query(said, '$.**.id') v
			union select distinct v #>> '{}' from jsonb_path_query(said, '$.**.user_id') v) x
		where is_buried(tenant, item.platform, item.sender_scope, x.id))
$$;

-- Of messages from people who were erased or anonymised: which tombstone they met. Ids are hashed only here.
create function met_tombstones(tenant text, items incoming[]) returns table (ordinal int, hash text, kind text)
language plpgsql stable set search_path from current as $$
begin
	return query select distinct on (x.ordinal) x.ordinal, x.hash, x.kind from (
		select i.ordinal, t.hash, t.kind
		from unnest(items) i
			cross join lateral (values
				(case when i.sender_id is not null and i.direction = 'inbound' and i.sender_kind = 'contact'
					then identity_hash(tenant, i.platform, i.sender_scope, i.sender_id) end),
				(case when i.chat_kind = 'private' then identity_hash(tenant, i.platform, i.sender_scope, i.chat_id) end),
				(case when i.chat_kind = 'private' then chat_hash(tenant, i.platform, i.account, i.chat_id) end)) as h (hash)
			join tombstones t on t.tenant_id = tenant and t.hash = h.hash
		union all
		-- Changes that do not say whose they are, of a message that is kept under a pseudonym.
		select i.ordinal, null, 'anonymise'
		from unnest(items) i
			join channel_accounts a on a.tenant_id = tenant and a.platform = i.platform and a.external_id = i.account
			join chats c on c.account_id = a.id and c.external_id = i.chat_id
			cross join lateral (select pseudonym(tenant, 'message ' || i.chat_id || ' ' || i.external_id) as id) v
		where i.event <> 'message' and (exists (select from messages m where m.chat_id = c.id and m.external_id = v.id)
			or exists (select from message_archive m where m.chat_id = c.id and m.external_id = v.id))) x
		order by x.ordinal, x.kind desc, x.hash;
end
$$;

-- A group became a supergroup: what arrived under its new id before that was known joins the old conversation.
create function join_conversations(tenant text, items incoming[]) returns void
language plpgsql set search_path from current as $$
declare
	pair record;
begin
	perform move_desks(tenant, items);
	for pair in
		select distinct old.conversation_id as old_id, new.conversation_id as new_id
		from unnest(items) i
			join channel_accounts a on a.tenant_id = tenant and a.platform = i.platform and a.external_id = i.account
			join chats old on old.account_id = a.id and old.external_id = i.chat_former_id
			join chats new on new.account_id = a.id and new.external_id = i.chat_id
		where old.conversation_id <> new.conversation_id
	loop
		-- Who is just beginning something in one of both has done so, or finds them joined.
		perform from conversations where id in (pair.old_id, pair.new_id) order by id for update;
		update messages set conversation_id = pair.old_id where conversation_id = pair.new_id;
		update message_archive set conversation_id = pair.old_id where conversation_id = pair.new_id;
		insert into participants (conversation_id, identity_id, tenant_id, joined_at)
			select pair.old_id, identity_id, tenant_id, joined_at from participants where conversation_id = pair.new_id
			on conflict do nothing;
		update legal_holds set conversation_id = pair.old_id where conversation_id = pair.new_id;
		perform move_timers(tenant, pair.new_id, pair.old_id);
		perform move_decisions(tenant, pair.new_id, pair.old_id);
		perform move_handovers(tenant, pair.new_id, pair.old_id);
		update chats set conversation_id = pair.old_id where conversation_id = pair.new_id;
		update conversations o set last_message_at = greatest(o.last_message_at, n.last_message_at),
				imported_at = coalesce(o.imported_at, n.imported_at)
			from conversations n where o.id = pair.old_id and n.id = pair.new_id;
		delete from conversations where id = pair.new_id;
	end loop;
end
$$;
