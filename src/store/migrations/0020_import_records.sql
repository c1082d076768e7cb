-- Imported files, members, templates and questions: one row each, called by import_rows.

-- The message that a row belongs to; none where it was erased.
create function message_to_fill(tenant text, given jsonb, what text) returns messages
language plpgsql stable set search_path from current as $$
declare
	m messages;
begin
	select o.* into m from channel_accounts a join chats h on h.account_id = a.id join messages o on o.chat_id = h.id
		where a.tenant_id = tenant and a.platform = given ->> 'platform' and a.external_id = coalesce(given ->> 'account', 'default')
			and h.external_id = given ->> 'chatId' and o.external_id = given ->> 'messageId';
	if m.id is null and (is_buried(tenant, given ->> 'platform', scope_of(given), given ->> 'chatId')
		or exists (select from tombstones where tenant_id = tenant and hash = chat_hash(tenant, given ->> 'platform',
			coalesce(given ->> 'account', 'default'), given ->> 'chatId'))) or m.content_type = 'erased' then
		return null;
	elsif m.id is null then
		perform fail(404, 'not_found', format('the message of this %s is not here; import its message first', what), '');
	end if;
	return m;
end
$$;

create function may_fill(rules tenants, m messages) returns boolean
language sql stable set search_path from current as $$
	select not exists (select from identities s join contacts c on c.id = s.contact_id where s.id = m.sender_id
		and not storage_allowed(c.storage_consent, rules.requires_consent))
$$;

-- A file of a message that is here. The same file of it, by any of its names, is filled in.
create function import_file(rules tenants, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	tenant text := rules.id;
	file jsonb := given -> 'file';
	m messages;
	f attachments;
	before jsonb;
begin
	m := message_to_fill(tenant, given, 'file');
	if m.id is null then
		return '{"status": "refused", "reason": "erased"}';
	elsif not may_fill(rules, m) then
		return '{"status": "refused", "reason": "consent"}';
	end if;
	-- The same edit, delivered again, is still known.
	update messages o set digest = digest_of(o) where o.id = m.id and o.edited_at is not null and o.digest is null;
	f := file_of(m.id, file);
	before := to_jsonb(f);
	if f.id is null then
		perform add_attachments(tenant, m.id, jsonb_build_array(file),
			(select coalesce(max(position) + 1, 0) from attachments where message_id = m.id));
		update messages set attachment_count = attachment_count + 1 where id = m.id;
		f := file_of(m.id, file);
	end if;
	update attachments a set external_id = coalesce(a.external_id, file ->> 'externalId'),
		file_name = coalesce(a.file_name, file ->> 'fileName'), mime_type = coalesce(a.mime_type, file ->> 'mimeType'),
		size_bytes = coalesce(a.size_bytes, (file ->> 'sizeBytes')::bigint), url = coalesce(a.url, file ->> 'url'),
		thumbnail_url = coalesce(a.thumbnail_url, file ->> 'thumbnailUrl'),
		storage_provider = coalesce(a.storage_provider, file #>> '{storage,provider}'),
		storage_bucket = coalesce(a.storage_bucket, file #>> '{storage,bucket}'),
		storage_path = coalesce(a.storage_path, file #>> '{storage,path}'),
		width = coalesce(a.width, (file ->> 'width')::int), height = coalesce(a.height, (file ->> 'height')::int),
		duration_ms = coalesce(a.duration_ms, (file ->> 'durationMs')::bigint),
		ocr_text = coalesce(a.ocr_text, file ->> 'ocrText'), transcription = coalesce(a.transcription, file ->> 'transcription'),
		processed_at = coalesce(a.processed_at, (given ->> 'processedAt')::timestamptz)
		where a.id = f.id returning * into f;
	return jsonb_build_object('status', import_status(before ->> 'id' is null, before, to_jsonb(f)));
end
$$;

create function file_of(message bigint, file jsonb) returns attachments
language sql stable set search_path from current as $$
	select a from attachments a where a.message_id = message and (a.external_id = file ->> 'externalId'
		or a.url = file ->> 'url' or a.storage_path = file #>> '{storage,path}'
		or a.file_name = file ->> 'fileName' and a.size_bytes = (file ->> 'sizeBytes')::bigint)
	order by a.position limit 1
$$;

-- Who is a member already keeps their name and role; who was removed stays removed.
create function import_member(tenant text, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	m members;
	added bigint := 0;
	named bigint := 0;
begin
	select * into m from members o where o.tenant_id = tenant
		and (o.user_id = (given ->> 'userId')::uuid or lower(o.email) = lower(given ->> 'email'))
		order by o.removed_at desc nulls first, o.id limit 1;
	if m.id is null then
		perform save_member(tenant, jsonb_build_object('set', given)
			|| case when given ? 'email' then jsonb_build_object('email', given -> 'email')
				else jsonb_build_object('userId', given -> 'userId') end);
		return '{"status": "created"}';
	elsif m.removed_at is null then
		insert into member_channels (tenant_id, member_id, platform, external_id)
			select tenant, m.id, w.platform, w.id
			from jsonb_to_recordset(coalesce(given -> 'identities', '[]')) as w (platform text, id text)
			on conflict do nothing;
		get diagnostics added = row_count;
		update members set user_id = (given ->> 'userId')::uuid where id = m.id and user_id is null
			and given ->> 'userId' is not null;
		get diagnostics named = row_count;
	end if;
	return jsonb_build_object('status', case when added + named > 0 then 'updated' else 'duplicate' end);
end
$$;

create function import_template(tenant text, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	t templates;
	author bigint := (select id from members m where m.tenant_id = tenant and (m.user_id::text = given ->> 'author'
		or lower(m.email) = lower(given ->> 'author')) order by m.id limit 1);
begin
	select * into t from templates o where o.tenant_id = tenant and o.title = given ->> 'title';
	if t.id is null then
		insert into templates (tenant_id, category, title, content, created_by, usage_count) values (tenant,
			given ->> 'category', given ->> 'title', given ->> 'content', author, coalesce((given ->> 'usageCount')::bigint, 0));
	elsif t.content <> given ->> 'content' then
		perform fail(409, 'conflict', 'title: another template is called so, and says something else', 'Rename one of them.');
	end if;
	return jsonb_build_object('status', case when t.id is null then 'created' else 'duplicate' end,
		'unassigned', given ? 'author' and author is null);
end
$$;

create function import_faq_item(tenant text, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	f faq_items;
begin
	select * into f from faq_items o where o.tenant_id = tenant and o.question = given ->> 'question';
	if f.id is null then
		insert into faq_items (tenant_id, question, answer, keywords, usage_count) values (tenant, given ->> 'question',
			given ->> 'answer', array(select jsonb_array_elements_text(coalesce(given -> 'keywords', '[]'))),
			coalesce((given ->> 'usageCount')::bigint, 0));
	elsif f.answer <> given ->> 'answer' then
		perform fail(409, 'conflict', 'question: it is here with another answer', 'Decide which of them is right.');
	end if;
	return jsonb_build_object('status', case when f.id is null then 'created' else 'duplicate' end);
end
$$;
