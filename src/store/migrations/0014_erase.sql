-- Erasing and anonymising: each one transaction, alone in its tenant, or nothing at all.

-- Tells keys of hashes apart, and nothing of the key.
create function key_name(tenant text) returns text
language sql stable set search_path from current as $$ select left(keyed_hash(tenant, 'key'), 16) $$;

-- Which receipts are of use here, for who keeps those of several stores.
create function receipt_key(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$ select to_jsonb(key_name(tenant)) $$;

create function note_key() returns trigger language plpgsql set search_path from current as $$
begin
	new.key := key_name(new.tenant_id);
	return new;
end
$$;
create trigger note_key before insert on erasures for each row execute function note_key();

create function erasure_json(e erasures, status text) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('status', status, 'receipt', jsonb_strip_nulls(jsonb_build_object('id', e.id, 'kind', e.kind,
		'tenant', e.tenant_id, 'key', e.key, 'hashes', e.hashes, 'counts', e.counts, 'source', e.source, 'erasedAt', e.erased_at)))
$$;

-- Whom receipts mean, all at once: hashing everybody takes long.
create function people_of_receipts(tenant text, receipts jsonb) returns jsonb
language sql stable set search_path from current as $$
	with mine as materialized (
		select contact_id, identity_hash(tenant, platform, scope, external_id) as hash from identities where tenant_id = tenant
	), found as (
		select distinct e ->> 'id' as id, m.contact_id from jsonb_array_elements(receipts) e
			cross join lateral jsonb_array_elements_text(e -> 'hashes') h join mine m on m.hash = h
		where e ->> 'tenant' = tenant
	)
	select coalesce(jsonb_object_agg(id, ids), '{}')
		from (select id, jsonb_agg(contact_id order by contact_id) as ids from found group by id) x
$$;

-- To whom was written, and who has never answered: known by their chat alone. Made known, so that there is somebody to erase.
create function meet_by_chat(tenant text, platform text, scope text, external_id text) returns void
language sql set search_path from current as $$
	with met as (
		insert into identities (tenant_id, contact_id, platform, scope, external_id)
			values (tenant, nextval(pg_get_serial_sequence('contacts', 'id')), platform, scope, external_id)
			on conflict do nothing returning contact_id
	)
	insert into contacts (id, tenant_id) select contact_id, tenant from met
$$;

-- Whom receipts that are not carried out yet mean by a private chat in which nobody has ever answered.
create function meet_by_receipts(tenant text, receipts jsonb) returns void
language sql set search_path from current as $$
	with meant as materialized (
		select distinct h from jsonb_array_elements(receipts) e cross join lateral jsonb_array_elements_text(e -> 'hashes') h
		where e ->> 'tenant' = tenant and not exists (select from erasures where id = (e ->> 'id')::uuid)
	), silent as materialized (
		select a.platform, a.external_id as account, identity_scope(a.platform, a.external_id) as scope, h.external_id
		from chats h join channel_accounts a on a.id = h.account_id join conversations v on v.id = h.conversation_id
		where h.tenant_id = tenant and v.kind = 'private'
			and not exists (select from participants p where p.conversation_id = v.id)
	)
	select meet_by_chat(tenant, platform, scope, external_id) from silent
	where chat_hash(tenant, platform, account, external_id) in (select h from meant)
		or identity_hash(tenant, platform, scope, external_id) in (select h from meant)
$$;

-- Answers erased, erasedBefore, unknown, or wouldErase (a dry run) with the counts.
create function erase_contact(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' set statement_timeout = '240s' as $$
declare
	rules tenants := tenant_of(tenant);
	c contacts;
	before erasures;
	answer jsonb;
	who jsonb := case when request ? 'contactId' then null else request -> 'identity' end;
	other bigint;
begin
	perform lock_people(tenant, true);
	c := traced_person(tenant, request);
	if c.id is null and (exists (select chats_with(tenant, who ->> 'platform', scope_of(who), who ->> 'id'))
		or exists (select from outbox o where o.tenant_id = tenant and o.platform = who ->> 'platform' and o.chat_kind = 'private'
			and identity_scope(o.platform, o.account) = scope_of(who)
				and o.chat_id = any (number_forms(o.platform, who ->> 'id')))) then
		perform meet_by_chat(tenant, who ->> 'platform', scope_of(who), who ->> 'id');
		c := person_of(tenant, request);
	end if;
	if c.id is null then
		select e.* into before from erasures e where e.tenant_id = tenant and e.kind = 'erase' and (
			e.contact_id = (request ->> 'contactId')::bigint or e.id in (select erasure_id from tombstones
				where tenant_id = tenant and kind = 'erase' and hash = identity_hash(tenant, request #>> '{identity,platform}',
					scope_of(request -> 'identity'), request #>> '{identity,id}')))
			order by e.erased_at limit 1;
		return case when before.id is null then jsonb_build_object('status', 'unknown')
			else erasure_json(before, 'erasedBefore') end;
	end if;
	-- What was stored of them under a pseudonym before they agreed again.
	for other in select pseudonyms_of(tenant, c.id) loop
		perform merge_contacts(tenant, jsonb_build_object('intoId', c.id, 'fromId', other));
	end loop;
	select * into c from contacts o where o.id = c.id;
	answer := erase_person(tenant, with_opened(c, request), request ->> 'source', gen_random_uuid(), who);
	if coalesce((request ->> 'dryRun')::boolean, false) then
		-- Taken back by the handler below: so it counts what an erasure does, whatever that is.
		raise exception using errcode = 'OD001';
	end if;
	return answer;
exception when sqlstate 'OD001' then
	return jsonb_build_object('status', 'wouldErase', 'counts', answer #> '{receipt,counts}');
end
$$;

create function archived_of(t traces) returns bigint[]
language sql stable set search_path from current as $$
	select array(select id from message_archive where sender_id = any (t.mine)
		union select id from message_archive where conversation_id = any (t.own_chats))
$$;

-- What answers these messages, with the pseudonym that the answered one has when its author is anonymised: each of both may
-- be archived.
create function answers_to(ids bigint[]) returns table (id bigint, pseudonym text)
language sql stable set search_path from current as $$
	with answered as materialized (
		select m.tenant_id, m.chat_id, m.external_id, h.external_id as chat from messages m join chats h on h.id = m.chat_id
			where m.id = any (ids)
		union all select tenant_id, chat_id, external_id, chat_external_id from message_archive where message_archive.id = any (ids)
	), answers as (
		select r.id, m.* from answered m
			join messages r on r.chat_id = m.chat_id and r.reply_to_external_id = m.external_id
		union all select r.id, m.* from answered m join message_archive r on r.chat_id = m.chat_id
			and r.message #>> '{replyTo,externalId}' = m.external_id and r.message ? 'replyTo'
	)
	select a.id, case when is_pseudonym(a.external_id) then a.external_id
		else pseudonym(a.tenant_id, 'message ' || a.chat || ' ' || a.external_id) end from answers a
$$;

create function erase_person(tenant text, c contacts, source text, erasure uuid, who jsonb default null) returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	t traces := traces_of(tenant, c, who);
	ids bigint[];
	archived bigint[];
	passed_on bigint[];
	answering bigint[];
	counts jsonb;
	done erasures;
begin
	ids := array(select id from messages where sender_id = any (t.mine)
		union select id from messages where conversation_id = any (t.own_chats));
	archived := archived_of(t);
	passed_on := array((select passed_on_from(tenant, t.mine) union select desk_copies_of(tenant, t.own_chats || t.shared))
		except select unnest(ids || archived));
	answering := array(select id from answers_to(ids || archived));
	perform refuse_on_hold(tenant, c.id, t.own_chats || t.shared, ids || passed_on || answering);
	counts := jsonb_build_object('messages', cardinality(ids), 'forwarded', cardinality(passed_on),
		'archived', cardinality(archived),
		'conversations', cardinality(t.own_chats), 'identities', cardinality(t.mine),
		'files', (select count(*) from attachments where message_id = any (ids || passed_on)),
		'versions', (select count(*) from message_versions where message_id = any (ids || passed_on)),
		'objects', request_removals(tenant, ids || passed_on, t.mine, t.own_chats));
	perform forget_timer_messages(tenant, ids || archived, true);
	update messages set reply_to_external_id = null, metadata = null where id = any (answering);
	update message_archive set message = message - '{replyTo,metadata}'::text[] where id = any (answering);
	delete from message_versions where message_id = any (passed_on);
	delete from attachments where message_id = any (passed_on);
	update messages set content = null, data = null, entities = null, metadata = null, attachment_count = 0,
		content_type = 'erased', forwarded_from = '{"erased": true}' where id = any (passed_on);
	perform forget_decision_words(passed_on);
	update message_archive set message = message - '{text,data,entities,metadata,attachments,versions}'::text[]
		|| '{"type": "erased", "forwardedFrom": {"erased": true}}' where id = any (passed_on);
	delete from messages where id = any (ids);
	delete from message_archive where id = any (archived);
	counts := counts || mask_person(tenant, c, t.shared) || forget_outbox(tenant, t) || forget_handovers(tenant, t);
	insert into erasures (id, tenant_id, kind, contact_id, hashes, counts, source)
		values (erasure, tenant, 'erase', c.id, t.hashes, counts, source)
		-- One receipt for several contacts, which became one person later on.
		on conflict (id) do update set hashes = erasures.hashes || excluded.hashes returning * into done;
	perform bury(done);
	delete from legal_holds where contact_id = c.id or conversation_id = any (t.own_chats);
	delete from participants where identity_id = any (t.mine);
	delete from conversations where id = any (t.own_chats);
	delete from identities where id = any (t.mine);
	delete from contacts where id = c.id;
	return erasure_json(done, 'erased');
end
$$;

-- Who is erased after being anonymised is erased: the stricter kind stays.
create function bury(e erasures) returns void
language sql set search_path from current as $$
	insert into tombstones (tenant_id, hash, kind, erasure_id)
		select distinct e.tenant_id, h, e.kind, e.id from unnest(e.hashes) h
		on conflict (tenant_id, hash) do update set kind = excluded.kind, erasure_id = excluded.erasure_id
			where excluded.kind = 'erase'
$$;

-- The person becomes a pseudonym that stays the same; what they wrote stays, without names, ids and files.
create function anonymise_contact(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' set statement_timeout = '240s' as $$
declare
	rules tenants := tenant_of(tenant);
	c contacts;
begin
	perform lock_people(tenant, true);
	c := traced_person(tenant, request);
	if c.id is null then
		return jsonb_build_object('status', 'unknown');
	end if;
	-- Whatever says so: somebody may have written a name or a number into it since.
	if c.anonymised_at is not null and num_nonnulls(c.bio, c.picture_url, c.real_name, c.email, c.phone, c.notes, c.traits,
			c.interaction_patterns, c.communication_style) = 0 and is_pseudonym(c.name) and c.custom = '{}'
			and c.tags || c.interests = '{}' and not exists (select from identities where contact_id = c.id
				and (not is_pseudonym(external_id) or num_nonnulls(username, name) > 0)) then
		return jsonb_build_object('status', 'anonymisedBefore', 'contactId', c.id, 'pseudonym', c.name);
	end if;
	return anonymise_person(tenant, with_opened(c, request), request ->> 'source', gen_random_uuid());
end
$$;

create function anonymise_person(tenant text, c contacts, source text, erasure uuid) returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	t traces;
	ids bigint[];
	archived bigint[];
	alias text;
	counts jsonb;
	done erasures;
	other bigint;
begin
	for other in select pseudonyms_of(tenant, c.id) loop
		perform merge_contacts(tenant, jsonb_build_object('intoId', c.id, 'fromId', other));
	end loop;
	t := traces_of(tenant, c, null);
	ids := array(select id from messages where sender_id = any (t.mine)
		union select id from messages where conversation_id = any (t.own_chats));
	archived := archived_of(t);
	perform refuse_on_hold(tenant, c.id, t.own_chats || t.shared, ids || array(select id from answers_to(ids || archived)));
	-- As they come when they are delivered again.
	update messages m set digest = coalesce(digest, content_digest(tenant, content_type, content, null, null, null))
		where id = any (ids) and edited_at is not null;
	update message_archive set message = message || jsonb_build_object('digest', content_digest(tenant, message ->> 'type',
			message ->> 'text', null, null, null))
		where id = any (archived) and message ? 'editedAt' and not message ? 'digest';
	counts := jsonb_build_object('messages', cardinality(ids), 'identities', cardinality(t.mine),
		'objects', request_removals(tenant, ids, t.mine, t.own_chats)) || mask_person(tenant, c,
			t.shared || t.own_chats, array(select passed_on_from(tenant, t.mine)
				union select desk_copies_of(tenant, t.own_chats || t.shared))) || forget_outbox(tenant, t) || forget_handovers(tenant, t);
	perform forget_timer_messages(tenant, ids || archived, false);
	perform forget_decision_words(ids || archived);
	delete from attachments where message_id = any (ids);
	update message_versions set data = null, entities = null, attachments = null where message_id = any (ids);
	with answers as materialized (
		select * from answers_to(ids || archived)
	), live as (
		update messages r set reply_to_external_id = a.pseudonym, metadata = null from answers a where r.id = a.id
	)
	update message_archive r set message = r.message - 'metadata'
			|| jsonb_build_object('replyTo', r.message -> 'replyTo' || jsonb_build_object('externalId', a.pseudonym))
		from answers a where r.id = a.id;
	update messages m set external_id = case when is_pseudonym(m.external_id) then m.external_id
			else pseudonym(tenant, 'message ' || h.external_id || ' ' || m.external_id) end, data = null,
			entities = null, metadata = null, forwarded_from = null, attachment_count = 0
		from chats h where h.id = m.chat_id and m.id = any (ids);
	update message_archive set message = message
			- '{attachments,metadata,entities,data,forwardedFrom,sender,chatId,externalId,replyTo}'::text[]
			|| coalesce((select jsonb_build_object('versions', jsonb_agg(v - '{attachments,entities,data}'::text[]))
				from jsonb_array_elements(message -> 'versions') v having count(*) > 0), '{}'),
			chat_external_id = case when conversation_id = any (t.own_chats) and not is_pseudonym(chat_external_id) then (
				select veiled_chat(tenant, a.platform, a.external_id, chat_external_id) from conversations v
					join channel_accounts a on a.id = v.account_id where v.id = conversation_id) else chat_external_id end,
			external_id = case when is_pseudonym(external_id) then external_id
				else pseudonym(tenant, 'message ' || chat_external_id || ' ' || external_id) end
		where id = any (archived);
	insert into erasures (id, tenant_id, kind, contact_id, hashes, counts, source)
		values (erasure, tenant, 'anonymise', c.id, t.hashes, counts, source)
		-- One receipt for several contacts, which became one person later on.
		on conflict (id) do update set hashes = erasures.hashes || excluded.hashes returning * into done;
	perform bury(done);
	perform move_to_pseudonyms(tenant, c.id, t.own_chats);
	-- Those of before stay what they are.
	update chats h set external_id = veiled_chat(tenant, a.platform, a.external_id, h.external_id)
		from channel_accounts a where a.id = h.account_id and h.conversation_id = any (t.own_chats)
			and not is_pseudonym(h.external_id);
	update identities set external_id = case when is_pseudonym(external_id) then external_id
		else veiled_id(tenant, platform, scope, external_id) end, username = null, name = null,
		former_usernames = '{}', former_names = '{}' where id = any (t.mine);
	select external_id into alias from identities where id = any (t.mine) order by external_id = c.name desc, id limit 1;
	update conversations set title = alias, custom = '{}' where id = any (t.own_chats);
	update contacts set name = alias, former_names = '{}', bio = null, picture_url = null, real_name = null, email = null, phone = null,
		notes = null, tags = '{}', traits = null, interests = '{}', interaction_patterns = null, communication_style = null,
		custom = '{}', anonymised_at = now() where id = c.id;
	return erasure_json(done, 'anonymised') || jsonb_build_object('contactId', c.id, 'pseudonym', alias);
end
$$;
