-- Rows of other systems, many in one call. Each is stored as a whole or not at all. What is here already stays as it is, and
-- only what is empty is filled in: so rows come once or often, in whatever order their tables come.

-- One answer for each row: created, updated, duplicate, refused (with the reason), or failed (with the message).
create function import_rows(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' set statement_timeout = '120s' as $$
declare
	rules tenants := tenant_of(tenant);
	kind text := request ->> 'kind';
	given jsonb;
	one jsonb;
	results jsonb[] := '{}';
	code text;
	said text;
begin
	if kind is null or kind not in ('contact', 'contactFields', 'conversation', 'file', 'decision', 'member', 'template', 'faqItem')
		or jsonb_typeof(request -> 'rows') is distinct from 'array' or jsonb_array_length(request -> 'rows') > 500 then
		perform fail(422, 'invalid_input', 'The call holds no list of at most 500 rows of a kind.', 'Send fewer in one call.');
	end if;
	if kind in ('member', 'template', 'conversation') then
		perform lock_directory(tenant);
	end if;
	-- Row by row, so not in the order in which messages are stored at the same time.
	perform lock_people(tenant, true);
	for given in select e from jsonb_array_elements(request -> 'rows') with ordinality x (e, o) order by o loop
		begin
			one := case kind
				when 'contact' then import_contact(rules, given)
				when 'contactFields' then import_contact_fields(tenant, given)
				when 'conversation' then import_conversation(rules, given)
				when 'file' then import_file(rules, given)
				when 'decision' then import_decision(rules, given)
				when 'member' then import_member(tenant, given)
				when 'template' then import_template(tenant, given)
				else import_faq_item(tenant, given)
			end;
		exception when others then
			get stacked diagnostics code = pg_exception_detail, said = message_text;
			if sqlstate not like 'PT4%' and left(sqlstate, 2) not in ('22', '23') then
				raise;
			end if;
			one := case when sqlstate like 'PT4%' and code = 'erased' then '{"status": "refused", "reason": "erased"}'
				else jsonb_build_object('status', 'failed', 'message', said) end;
		end;
		results := results || one;
	end loop;
	return jsonb_build_object('items', to_jsonb(results));
end
$$;

create function import_status(is_new boolean, before jsonb, after jsonb) returns text
language sql immutable set search_path from current as $$
	select case when is_new then 'created' when before - '{updatedAt,updated_at,imported_at}'::text[]
		is distinct from after - '{updatedAt,updated_at,imported_at}'::text[] then 'updated' else 'duplicate' end
$$;

-- Only what the contact does not say yet. What may be nobody's word, or may have been put right here since an import said
-- otherwise, is filled in once.
create function fill_contact(tenant text, contact bigint, given jsonb) returns void
language plpgsql set search_path from current as $$
declare
	before jsonb := (select contact_json(c) from contacts c where c.id = contact);
	is_first boolean := exists (select from contacts where id = contact and imported_at is null);
	fresh jsonb;
begin
	select jsonb_object_agg(k, case when k = 'custom' then v || coalesce(before -> 'custom', '{}') else v end) into fresh
		from jsonb_each(coalesce(given, '{}')) x (k, v)
		where case k when 'custom' then not coalesce(before -> 'custom', '{}') @> v
			when 'status' then is_first and before ->> 'status' = 'active' and v <> '"active"'
			-- Both were taken from the first message, and nobody has said so.
			when 'preferredPlatform' then before -> k <> v and before -> k = before #> '{identities,0,platform}' or not before ? k
			when 'name' then before -> k <> v and before -> 'identities' @> jsonb_build_array(jsonb_build_object('name', before -> k))
				or not before ? k
			-- The hash of a sealed field goes with it.
			else not before ? regexp_replace(k, 'Index$', '') or is_first and before -> k = '[]' and v <> '[]' end;
	if fresh is not null then
		perform update_contact(tenant, jsonb_build_object('contactId', contact, 'set', fresh));
	end if;
end
$$;

-- A person by one or more identities. Who has refused is made known, so that the refusal is remembered, and nothing more.
create function import_contact(rules tenants, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	who jsonb;
	consent jsonb;
	c contacts;
	is_new boolean;
	before jsonb;
	allows boolean := (select (e ->> 'granted')::boolean from jsonb_array_elements(given -> 'consents') e
		where e ->> 'purpose' = 'chat_storage' limit 1);
begin
	for who in select e from jsonb_array_elements(given -> 'identities') e loop
		if is_buried(rules.id, who ->> 'platform', scope_of(who), who ->> 'id') then
			return '{"status": "refused", "reason": "erased"}';
		end if;
		if c.id is null then
			c := person_of(rules.id, jsonb_build_object('identity', who));
		end if;
	end loop;
	is_new := c.id is null;
	if is_new and allows is null and rules.requires_consent then
		return '{"status": "refused", "reason": "consent"}';
	elsif is_new then
		perform find_or_create_contact(rules.id, jsonb_strip_nulls(jsonb_build_object('identity', given -> 'identities' -> 0,
			'name', case when coalesce(allows, not rules.requires_consent) then given #>> '{set,name}' end)));
		c := person_of(rules.id, jsonb_build_object('identity', given -> 'identities' -> 0));
	end if;
	before := contact_json(c);
	for consent in select e from jsonb_array_elements(given -> 'consents') e loop
		-- A row says what held when it was written, and not since when: it takes back no refusal.
		continue when (consent ->> 'granted')::boolean and exists (select from consents x where x.contact_id = c.id
			and x.purpose = consent ->> 'purpose' and not x.granted);
		perform set_consent(rules.id, consent || jsonb_build_object('contactId', c.id));
	end loop;
	select * into c from contacts where id = c.id;
	if not storage_allowed(c.storage_consent, rules.requires_consent) then
		return jsonb_build_object('status', 'refused', 'reason', 'consent', 'contactId', c.id);
	end if;
	for who in select e from jsonb_array_elements(given -> 'identities') e loop
		perform link_identity(rules.id, jsonb_build_object('contactId', c.id, 'identity', who));
	end loop;
	perform fill_contact(rules.id, c.id, given -> 'set');
	update contacts set imported_at = now() where id = c.id and imported_at is null;
	select * into c from contacts where id = c.id;
	return jsonb_build_object('contactId', c.id, 'status', import_status(is_new, before, contact_json(c)));
end
$$;

-- What was sealed for a contact that is known by now.
create function import_contact_fields(tenant text, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	c contacts := known_person(tenant, given);
	before jsonb := contact_json(c);
begin
	perform fill_contact(tenant, c.id, given -> 'set');
	select * into c from contacts where id = c.id;
	return jsonb_build_object('status', import_status(false, before, contact_json(c)));
end
$$;

create function import_conversation(rules tenants, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	tenant text := rules.id;
	at_platform text := given ->> 'platform';
	at_account text := coalesce(given ->> 'account', 'default');
	chat text := given ->> 'chatId';
	is_private boolean;
	account channel_accounts;
	v conversations;
	is_new boolean;
	before jsonb;
	assignee bigint := (select id from members m where m.tenant_id = tenant and m.removed_at is null
		and (m.user_id::text = given ->> 'assignee' or lower(m.email) = lower(given ->> 'assignee')) order by m.id limit 1);
	member text;
	who jsonb;
	people bigint;
	may_speak boolean;
begin
	select o.* into v from channel_accounts a join chats h on h.account_id = a.id join conversations o on o.id = h.conversation_id
		where a.tenant_id = tenant and a.platform = at_platform and a.external_id = at_account and h.external_id = chat;
	is_new := v.id is null;
	is_private := coalesce(v.kind, given ->> 'kind', 'private') = 'private';
	if is_private and (is_buried(tenant, at_platform, identity_scope(at_platform, at_account), chat) or exists (
		select from tombstones where tenant_id = tenant and hash = chat_hash(tenant, at_platform, at_account, chat))) then
		return '{"status": "refused", "reason": "erased"}';
	end if;
	who := jsonb_build_object('platform', at_platform, 'account', at_account, 'id', chat);
	if is_private and not storage_allowed((person_of(tenant, jsonb_build_object('identity', who))).storage_consent,
		rules.requires_consent) then
		return '{"status": "refused", "reason": "consent"}';
	end if;
	insert into channel_accounts (tenant_id, platform, external_id) values (tenant, at_platform, at_account)
		on conflict do nothing;
	select * into account from channel_accounts a
		where a.tenant_id = tenant and a.platform = at_platform and a.external_id = at_account;
	if is_new then
		insert into conversations (tenant_id, account_id, kind, title)
			values (tenant, account.id, coalesce(given ->> 'kind', 'private'), given ->> 'title') returning * into v;
		insert into chats (tenant_id, account_id, external_id, conversation_id) values (tenant, account.id, chat, v.id);
	end if;
	before := to_jsonb(v);
	-- A summary may be of somebody who was erased: that it is empty then is no gap.
	may_speak := not exists (select from erasures e where e.tenant_id = tenant and e.erased_at >= v.imported_at)
		and not exists (select from jsonb_array_elements_text(coalesce(given -> 'participants', '[]')) p
			where is_buried(tenant, at_platform, identity_scope(at_platform, at_account), p));
	given := given - case when may_speak then '{}' else '{summary,summaryAt,keyTopics,links}'::text[] end;
	update conversations o set title = coalesce(o.title, given ->> 'title'),
		-- Where nobody had said it, it is private.
		kind = case o.kind when 'private' then coalesce(given ->> 'kind', o.kind) else o.kind end,
		summary_at = case when o.summary is null then (given ->> 'summaryAt')::timestamptz else o.summary_at end,
		summary = coalesce(o.summary, given ->> 'summary'), tier = coalesce(o.tier, given ->> 'tier'),
		key_topics = case when o.key_topics = '{}' and given ? 'keyTopics'
			then array(select jsonb_array_elements_text(given -> 'keyTopics')) else o.key_topics end,
		links = case when o.links = '{}' and given ? 'links'
			then array(select jsonb_array_elements_text(given -> 'links')) else o.links end,
		archived_at = case when o.imported_at is null then coalesce(o.archived_at, (given ->> 'archivedAt')::timestamptz)
			else o.archived_at end,
		imported_at = coalesce(o.imported_at, now()),
		assigned_member_id = coalesce(o.assigned_member_id, assignee),
		custom = coalesce(given -> 'custom', '{}') || o.custom
		where o.id = v.id returning * into v;
	for member in select jsonb_array_elements_text(coalesce(given -> 'participants', '[]')) loop
		who := jsonb_build_object('platform', at_platform, 'account', at_account, 'id', member);
		continue when is_buried(tenant, at_platform, scope_of(who), member)
			or exists (select from member_channels c where c.tenant_id = tenant and c.platform = at_platform and c.external_id = member)
			or not storage_allowed((person_of(tenant, jsonb_build_object('identity', who))).storage_consent, rules.requires_consent);
		perform find_or_create_contact(tenant, jsonb_build_object('identity', who));
		insert into participants (conversation_id, identity_id, tenant_id)
			select v.id, s.id, tenant from identities s where s.tenant_id = tenant and s.platform = at_platform
				and s.scope = scope_of(who) and s.external_id = member
			on conflict do nothing;
		get diagnostics people = row_count;
		before := case when people > 0 then before || '{"participants": "more"}' else before end;
	end loop;
	return jsonb_build_object('status', import_status(is_new, before, to_jsonb(v)),
		'unassigned', given ? 'assignee' and assignee is null);
end
$$;
