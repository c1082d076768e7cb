-- Taking the names of a person out of what others have written.

-- Names as they stand, e-mail addresses, numbers and ids: whatever their case, as whole words.
create function exact_pattern(words text[]) returns text
language sql immutable set search_path from current as $$
	select '(?:' || string_agg(distinct '(?<![[:alnum:]_])' || regexp_replace(w, '([^[:alnum:]_ ])', '\\\1', 'g')
		|| '(?![[:alnum:]_])', '|') || ')' from unnest(words) w where length(btrim(w)) >= 3
$$;

-- The words of a name with their endings ("Anna Petrova": also "Petrova's", "Анны" of "Анна"), written as a name.
create function parts_pattern(names text[]) returns text
language sql immutable set search_path from current as $$
	select '(?:' || string_agg(distinct '\m' || case when w ~ '[А-Яа-яЁё]'
		then regexp_replace(w, '[аяйьоеыи]$', '') || '[а-яё]{0,3}' else w end || '\M', '|') || ')'
	from unnest(names) n, regexp_split_to_table(n, '[^[:alnum:]]+') w where length(w) >= 3 and w = initcap(w)
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
		when 'object' then (select coalesce(jsonb_object_agg(masked(k, exact, parts), masked_json(v, exact, parts)), '{}')
			from jsonb_each(said) as x (k, v))
		else said
	end;
end
$$;

-- Masks a person everywhere in the tenant; single words of the name only in conversations they took part in, because
-- elsewhere these are other people's names. Answers how many messages were changed.
create function mask_person(tenant text, c contacts, shared bigint[]) returns bigint
language plpgsql set search_path from current as $$
declare
	names text[] := array(select distinct n from (
		select c.name union all select c.real_name
		union all select name from identities where contact_id = c.id) x (n) where n is not null);
	words text[] := names || array(select distinct w from (
		select username from identities where contact_id = c.id and username is not null
		union all select external_id from identities where contact_id = c.id and length(external_id) >= 5
		union all select c.email union all select c.phone) x (w) where w is not null);
	exact text := exact_pattern(words);
	parts text := parts_pattern(names);
	likes text[] := array(select '%' || replace(replace(replace(w, '\', '\\'), '%', '\%'), '_', '\_') || '%'
		from unnest(words) w where length(btrim(w)) >= 3);
	touched bigint := 0;
	candidates bigint[];
begin
	if exact is null then
		return 0;
	end if;
	candidates := array(
		select id from messages where conversation_id = any (shared)
		union select id from messages where tenant_id = tenant and left(content, 100000) ilike any (likes)
		union select id from messages where tenant_id = tenant and length(content) > 100000
		-- No index helps here: what platforms send along may name a person whom the text does not.
		union select id from messages where tenant_id = tenant
			and num_nonnulls(data, entities, metadata, forwarded_from) > 0
			and concat_ws(' ', data::text, entities::text, metadata::text, forwarded_from::text) ilike any (likes)
		union select message_id from message_versions where tenant_id = tenant
			and concat_ws(' ', content, data::text, entities::text, attachments::text) ilike any (likes)
		union select message_id from attachments where tenant_id = tenant
			and concat_ws(' ', file_name, ocr_text, transcription) ilike any (likes));
	with changed as (
		update messages m set content = masked(m.content, exact, p), data = masked_json(m.data, exact, p),
			entities = masked_json(m.entities, exact, p), metadata = masked_json(m.metadata, exact, p),
			forwarded_from = masked_json(m.forwarded_from, exact, p)
		from (select x as id, case when y.conversation_id = any (shared) then parts end as p
			from unnest(candidates) x join messages y on y.id = x) w
		where m.id = w.id and (masked(m.content, exact, p) is distinct from m.content
			or masked_json(jsonb_build_array(m.data, m.entities, m.metadata, m.forwarded_from), exact, p)
				<> jsonb_build_array(m.data, m.entities, m.metadata, m.forwarded_from))
		returning 1
	)
	select count(*) into touched from changed;
	update message_versions v set content = masked(v.content, exact, parts), data = masked_json(v.data, exact, parts),
			entities = masked_json(v.entities, exact, parts), attachments = masked_json(v.attachments, exact, parts)
		where v.message_id = any (candidates) and masked_json(jsonb_build_array(v.content, v.data, v.entities, v.attachments),
			exact, parts) <> jsonb_build_array(v.content, v.data, v.entities, v.attachments);
	update attachments f set file_name = masked(f.file_name, exact, parts), ocr_text = masked(f.ocr_text, exact, parts),
			transcription = masked(f.transcription, exact, parts)
		where f.message_id = any (candidates);
	update message_archive m set message = masked_json(m.message, exact,
			case when m.conversation_id = any (shared) then parts end)
		where m.tenant_id = tenant and (m.conversation_id = any (shared) or m.message::text ilike any (likes));
	update conversations v set title = masked(v.title, exact, parts), custom = masked_json(v.custom, exact, parts)
		where v.id = any (shared);
	-- A summary may speak of a person without the name: it is made anew.
	update conversations v set summary = null, summary_at = null, key_topics = '{}', links = '{}' where v.id = any (shared);
	update conversations v set title = masked(v.title, exact, null), summary = masked(v.summary, exact, null),
			key_topics = array(select masked(t, exact, null) from unnest(v.key_topics) t),
			links = array(select masked(t, exact, null) from unnest(v.links) t), custom = masked_json(v.custom, exact, null)
		where v.tenant_id = tenant
			and concat_ws(' ', v.title, v.summary, v.key_topics::text, v.links::text, v.custom::text) ilike any (likes);
	update consents o set source = masked(o.source, exact, parts) where o.contact_id = c.id;
	update error_logs e set message = masked(e.message, exact, null), stack = masked(e.stack, exact, null),
			metadata = masked_json(e.metadata, exact, null)
		where e.tenant_id = tenant and concat_ws(' ', e.message, e.stack, e.metadata::text) ilike any (likes);
	update contacts o set notes = masked(o.notes, exact, null), bio = masked(o.bio, exact, null)
		where o.tenant_id = tenant and o.id <> c.id and concat_ws(' ', o.notes, o.bio) ilike any (likes);
	return touched;
end
$$;
