-- What belongs to a person, and taking their names out of what others have written.

-- Words that say nothing of anybody, in the languages that people here are likely to write.
create function is_common_word(word text) returns boolean
language sql immutable set search_path from current as $$
	select exists (select from unnest('{english,russian,german,french,spanish,italian,portuguese}'::text[]) language
		where ts_lexize(('pg_catalog.' || language || '_stem')::regdictionary, lower(word)) = '{}')
$$;

-- Whole words as they stand, whatever their case: names of two words or more, addresses, numbers and ids.
create function exact_pattern(words text[]) returns text
language sql immutable set search_path from current as $$
	select string_agg(distinct '(?<![[:alnum:]_])' || regexp_replace(w, '([^[:alnum:]_ ])', '\\\1', 'g')
		|| '(?![[:alnum:]_])', '|') from unnest(words) w where length(btrim(w)) >= 3
$$;

-- Single words of a name with the endings of their cases ("Anna": also "Anna's", "Анны" of "Анна"), written as a name.
create function parts_pattern(words text[]) returns text
language sql immutable set search_path from current as $$
	select '(?:' || string_agg(distinct '\m' || case when w ~ '[А-Яа-яЁё]'
		then regexp_replace(initcap(w), '[аяйьоеыи]$', '') || '(?:[аяыиуюеойь]|о[йюмв]|е[йюмв]|ём|ов[аыу]|а[мх]|я[мх]|ами|ями'
			|| '|ы[мйх]|и[мйх]|ого|ему|ому|его|ых|их|ая|ую|ью|ья|ье|ьи)?'
		else initcap(w) end || '\M', '|') || ')' from unnest(words) w
$$;

-- What a person is masked by. "everywhere" holds what identifies them and nobody else; "shared" single words of their
-- names, which elsewhere are other people's; "left_alone" counts words that are masked nowhere, because they are too short
-- or too common, or too many: whoever writes may call themselves what they like.
create type mask_words as (everywhere text, shared text, likes text[], left_alone int);

create function mask_words_of(tenant text, c contacts) returns mask_words
language plpgsql stable set search_path from current as $$
declare
	w mask_words;
	names text[] := array(select n from (
		select c.name, 0 union all select name, 1 from identities where contact_id = c.id union all select c.real_name, 2 where not is_sealed(c.real_name)
		union all select unnest(c.former_names), 3
		union all select unnest(former_names), 4 from identities where contact_id = c.id)
			x (n, o) where n is not null and not is_pseudonym(n) order by o, n);
	parts text[];
	nicknames text[] := array(select distinct n from identities, unnest(username || former_usernames) n
		where contact_id = c.id and length(n) >= 3);
	words text[];
begin
	words := array(select n from unnest(names) n where 2 <= (select count(distinct lower(p))
		from regexp_split_to_table(n, '[^[:alnum:]]+') p where length(p) >= 2 and not is_common_word(p)));
	-- Of a nickname that is a word as well ("invoice") only "@invoice" is theirs.
	words := words || array(select n from unnest(nicknames) n where n ~ '[0-9_]')
		|| array(select external_id from identities s where contact_id = c.id
			and (regexp_count(external_id, '[0-9]') >= 5 or length(external_id) >= 16)
			-- Where visitors choose their ids, one may take that of somebody else.
			and not exists (select from identities o where o.tenant_id = tenant and o.external_id = s.external_id
				and o.contact_id <> c.id))
		|| array(select x from unnest(array[c.email, c.phone]) x where not is_sealed(x)
			and (x ~ '[^@]@[^@]' or regexp_count(x, '[0-9]') >= 5));
	w.everywhere := nullif(concat_ws('|', exact_pattern(words), (select '(?<=@|\.me/)(?:' || string_agg(
		regexp_replace(n, '([^[:alnum:]_])', '\\\1', 'g'), '|') || ')(?![[:alnum:]_])' from unnest(nicknames) n)), '');
	parts := array(select p from unnest(names) with ordinality as x (n, o), regexp_split_to_table(n, '[^[:alnum:]]+') p
		where length(p) >= 3 and not is_common_word(p) group by p order by min(o), p limit 8);
	w.shared := parts_pattern(parts);
	w.left_alone := (select count(distinct p) from unnest(names) n, regexp_split_to_table(n, '[^[:alnum:]]+') p
		where p <> '' and p <> all (parts));
	w.likes := array(select '%' || replace(replace(replace(x, '\', '\\'), '%', '\%'), '_', '\_') || '%'
		from unnest(words || nicknames) x where length(btrim(x)) >= 3);
	return w;
end
$$;

-- These patterns in small letters, and as JSON writes what they look for. Where no index helps, text in small letters is
-- compared with many of them eight times as fast as by "ilike".
create function lowered(likes text[]) returns text[]
language sql immutable set search_path from current as $$
	select array(select lower(x) from unnest(likes) x
		union select lower(replace(replace(x, '\\', '\\\\'), '"', '\\"')) from unnest(likes) x)
$$;

create function masked(said text, exact text, parts text) returns text
language sql immutable set search_path from current as $$
	select case when parts is null then whole else regexp_replace(whole, parts, '[…]', 'g') end
	from (select case when exact is null then said else regexp_replace(said, exact, '[…]', 'gi') end as whole) w
$$;

create function masked_json(said jsonb, exact text, parts text) returns jsonb
language plpgsql immutable set search_path from current as $$
begin
	return case jsonb_typeof(said)
		when 'string' then to_jsonb(masked(said #>> '{}', exact, parts))
		-- An id may be written as a number.
		when 'number' then case when masked(said #>> '{}', exact, null) = said #>> '{}' then said else to_jsonb('[…]'::text) end
		when 'array' then (select coalesce(jsonb_agg(masked_json(e, exact, parts) order by o), '[]')
			from jsonb_array_elements(said) with ordinality as x (e, o))
		-- Their keys are the program's, whatever a person is called.
		when 'object' then (select coalesce(jsonb_object_agg(k, masked_json(v, exact, parts)), '{}')
			from jsonb_each(said) as x (k, v))
		else said
	end;
end
$$;

create function digest_of(m messages) returns text
language sql stable set search_path from current as $$
	select content_digest(m.tenant_id, m.content_type, m.content, m.data, m.entities,
		attachments_json(m.id, m.attachment_count))
$$;

create function is_named(m messages, exact text, parts text) returns boolean
language sql stable set search_path from current as $$
	select masked(m.content, exact, parts) is distinct from m.content
		or masked_json(x, exact, parts) <> x from (select jsonb_build_array(m.data, m.entities, m.metadata, m.forwarded_from,
			(select jsonb_agg(jsonb_build_array(v.content, v.data, v.entities, v.attachments))
				from message_versions v where v.message_id = m.id),
			(select jsonb_agg(jsonb_build_array(f.file_name, f.ocr_text, f.transcription))
				from attachments f where f.message_id = m.id)) as x) y
$$;

-- Masks a person everywhere in the tenant. Answers how many messages were changed ("masked"), and how much was not because
-- a hold keeps it ("maskingHeld"): that is done when the hold is lifted. Single words of the name are masked in shared
-- conversations, and in messages that are theirs wherever these were passed on to.
create function mask_person(tenant text, c contacts, shared bigint[], theirs bigint[] default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	w mask_words := mask_words_of(tenant, c);
	done jsonb := mask_by(tenant, w, shared, theirs);
begin
	-- A summary may speak of a person without the name: it is made anew.
	update conversations set summary = null, summary_at = null, key_topics = '{}', links = '{}' where id = any (shared);
	update consents o set source = masked(o.source, w.everywhere, w.shared) where o.contact_id = c.id;
	if (done ->> 'maskingHeld')::bigint > 0 then
		-- What is sealed in the contact is not written down in clear beside it: of held messages it is never masked.
		select * into c from contacts o where o.id = c.id;
		w := mask_words_of(tenant, c);
		insert into deferred_masks (tenant_id, everywhere, shared, likes, conversation_ids, message_ids)
			values (tenant, w.everywhere, w.shared, w.likes, mask_person.shared, theirs);
	end if;
	return jsonb_strip_nulls(done || jsonb_build_object('tooCommon', nullif(w.left_alone, 0),
		'maskingHeld', nullif((done ->> 'maskingHeld')::bigint, 0), 'sealedUnmasked', nullif(sealed_count(c), 0)));
end
$$;

create function mask_by(tenant text, w mask_words, shared bigint[], theirs bigint[]) returns jsonb
language plpgsql set search_path from current as $$
declare
	exact text := w.everywhere;
	likes text[] := w.likes;
	seen text[] := lowered(w.likes);
	h held_back := held_in(tenant);
	candidates bigint[];
	held bigint[];
	touched bigint;
	kept bigint;
begin
	if exact is null and w.shared is null then
		return '{"masked": 0, "maskingHeld": 0}';
	elsif h.everything then
		return '{"masked": 0, "maskingHeld": 1}';
	end if;
	candidates := array(
		-- One look at what is text alone, as most messages are; what is more than that is taken apart further down.
		select id from messages where (conversation_id = any (shared) or id = any (theirs))
			and (content ~ w.shared or num_nonnulls(data, entities, metadata, forwarded_from, edited_at) > 0 or attachment_count > 0)
		union select id from messages where tenant_id = tenant and left(content, 100000) ilike any (likes)
		union select id from messages where tenant_id = tenant and length(content) > 100000
		-- No index helps here: what platforms send along may name a person whom the text does not.
		union select id from messages where tenant_id = tenant
			and num_nonnulls(data, entities, metadata, forwarded_from) > 0
			and lower(concat_ws(' ', data::text, entities::text, metadata::text, forwarded_from::text)) like any (seen)
		union select message_id from message_versions where tenant_id = tenant
			and lower(concat_ws(' ', content, data::text, entities::text, attachments::text)) like any (seen)
		union select message_id from attachments where tenant_id = tenant
			and lower(concat_ws(' ', file_name, ocr_text, transcription)) like any (seen));
	held := array(select id from messages where id = any (candidates)
		and (conversation_id = any (h.conversations) or sender_id = any (h.senders)));
	candidates := array(select unnest(candidates) except select unnest(held));
	select count(*) into kept from messages m where m.id = any (held)
		and is_named(m, exact, case when m.conversation_id = any (shared) or m.id = any (theirs) then w.shared end);
	kept := kept + (select count(*) from message_archive m where m.tenant_id = tenant
			and (m.conversation_id = any (h.conversations) or m.sender_id = any (h.senders))
			and (m.conversation_id = any (shared) or m.id = any (theirs) or lower(m.message::text) like any (seen)))
		+ (select count(*) from conversations v where v.id = any (h.conversations)
			and lower(concat_ws(' ', v.title, v.summary, v.key_topics::text, v.links::text, v.custom::text)) like any (seen))
		+ (select count(*) from contacts o where o.id = any (h.contacts) and lower(concat_ws(' ', o.notes, o.bio)) like any (seen));
	with named as (
		select m.id, case when m.conversation_id = any (shared) or m.id = any (theirs) then w.shared end as p from messages m
		where m.id = any (candidates)
	), changed as (
		update messages m set content = masked(m.content, exact, p), data = masked_json(m.data, exact, p),
			entities = masked_json(m.entities, exact, p), metadata = masked_json(m.metadata, exact, p),
			forwarded_from = masked_json(m.forwarded_from, exact, p), digest = coalesce(m.digest, digest_of(m))
		from named n
		where m.id = n.id and (masked(m.content, exact, p) is distinct from m.content
			or masked_json(jsonb_build_array(m.data, m.entities, m.metadata, m.forwarded_from), exact, p)
				<> jsonb_build_array(m.data, m.entities, m.metadata, m.forwarded_from))
		returning 1
	)
	select count(*) into touched from changed;
	update message_versions v set content = masked(v.content, exact, n.p), data = masked_json(v.data, exact, n.p),
			entities = masked_json(v.entities, exact, n.p), attachments = masked_json(v.attachments, exact, n.p)
		from (select m.id, case when m.conversation_id = any (shared) or m.id = any (theirs) then w.shared end as p from messages m
			where m.id = any (candidates)) n
		where v.message_id = n.id and masked_json(jsonb_build_array(v.content, v.data, v.entities, v.attachments),
			exact, n.p) <> jsonb_build_array(v.content, v.data, v.entities, v.attachments);
	update attachments f set file_name = masked(f.file_name, exact, n.p), ocr_text = masked(f.ocr_text, exact, n.p),
			transcription = masked(f.transcription, exact, n.p)
		from (select m.id, case when m.conversation_id = any (shared) or m.id = any (theirs) then w.shared end as p from messages m
			where m.id = any (candidates)) n
		where f.message_id = n.id;
	update message_archive m set message = masked_json(with_digests(tenant, m.message), exact,
			case when m.conversation_id = any (shared) or m.id = any (theirs) then w.shared end)
		where m.tenant_id = tenant
			and (m.conversation_id = any (shared) or m.id = any (theirs) or lower(m.message::text) like any (seen))
			and masked_json(m.message, exact,
				case when m.conversation_id = any (shared) or m.id = any (theirs) then w.shared end) <> m.message
			and m.conversation_id <> all (h.conversations) and (m.sender_id is null or m.sender_id <> all (h.senders));
	update conversations v set title = masked(v.title, exact, p), summary = masked(v.summary, exact, p),
			key_topics = array(select masked(t, exact, p) from unnest(v.key_topics) t),
			links = array(select masked(t, exact, p) from unnest(v.links) t), custom = masked_json(v.custom, exact, p)
		from (select id, case when id = any (shared) then w.shared end as p from conversations where tenant_id = tenant) n
		where v.id = n.id and v.id <> all (h.conversations) and (v.id = any (shared)
			or lower(concat_ws(' ', v.title, v.summary, v.key_topics::text, v.links::text, v.custom::text)) like any (seen));
	update error_logs e set message = masked(e.message, exact, null), stack = masked(e.stack, exact, null),
			metadata = masked_json(e.metadata, exact, null)
		where e.tenant_id = tenant and lower(concat_ws(' ', e.message, e.stack, e.metadata::text)) like any (seen);
	update contacts o set notes = masked(o.notes, exact, null), bio = masked(o.bio, exact, null)
		where o.tenant_id = tenant and o.id <> all (h.contacts)
			and lower(concat_ws(' ', o.notes, o.bio)) like any (seen);
	perform mask_outbox(tenant, w, shared);
	perform mask_decisions(tenant, w, shared, theirs, candidates, h);
	perform mask_handovers(tenant, w, shared);
	return jsonb_build_object('masked', touched, 'maskingHeld', kept);
end
$$;

create type traces as (mine bigint[], own_chats bigint[], shared bigint[], hashes text[]);

-- "who": the identity by which the person was named, which may be known by its hash only.
create function traces_of(tenant text, c contacts, who jsonb) returns traces
language plpgsql stable set search_path from current as $$
declare
	t traces;
begin
	t.mine := array(select id from identities where contact_id = c.id);
	t.own_chats := array(select distinct x.id from (
			select v.id from participants p join conversations v on v.id = p.conversation_id
			where p.identity_id = any (t.mine) and v.kind = 'private'
			union all select chats_with(tenant, platform, scope, external_id) from identities where id = any (t.mine)
			union all select chats_with(tenant, who ->> 'platform', scope_of(who), who ->> 'id') where who is not null) x
		where not exists (select from participants o
			where o.conversation_id = x.id and o.identity_id <> all (t.mine)));
	t.shared := array(select distinct conversation_id from participants
		where identity_id = any (t.mine) and conversation_id <> all (t.own_chats));
	t.hashes := array(
		select identity_hash(tenant, platform, scope, external_id) from identities where id = any (t.mine)
		union select chat_hash(tenant, a.platform, a.external_id, h.external_id)
		from chats h join channel_accounts a on a.id = h.account_id where h.conversation_id = any (t.own_chats)
		-- Of the pseudonyms too: by these an earlier erasure of the same person is found.
		union select identity_hash(tenant, platform, scope, veiled_id(tenant, platform, scope, external_id))
		from identities where id = any (t.mine)
		union select identity_hash(tenant, who ->> 'platform', scope_of(who), who ->> 'id') where who is not null);
	t.hashes := array(select unnest(t.hashes) union select unnest(e.hashes)
		from tombstones x join erasures e on e.id = x.erasure_id where x.tenant_id = tenant and x.hash = any (t.hashes));
	return t;
end
$$;

-- Messages that others have passed on from a person: their words all the same. The same id elsewhere is another's.
create function passed_on_from(tenant text, mine bigint[]) returns setof bigint
language sql stable set search_path from current as $$
	select m.id from identities s
		cross join lateral (
			select id, chat_id from messages where tenant_id = tenant and forwarded_from ->> 'id' = s.external_id
				and forwarded_from is not null
			union all select id, chat_id from message_archive where tenant_id = tenant
				and message #>> '{forwardedFrom,id}' = s.external_id and message ? 'forwardedFrom') m
		join chats h on h.id = m.chat_id
		join channel_accounts a on a.id = h.account_id and a.platform = s.platform
			and identity_scope(a.platform, a.external_id) = s.scope
		where s.id = any (mine)
$$;
