-- Finding messages by words, and the list of conversations with what may be changed in it.

-- By words of the language; where no message has those, by parts of words. "matchedBy" says which.
create function search_messages(tenant text, request jsonb default '{}') returns json
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 50);
	manner text := request #>> '{after,matchedBy}';
	-- Words are compared by functions that might tell what they are given, so under policies no index is asked.
	for_member boolean := row_security_active('messages') and has_own_policies_only();
	page json;
begin
	foreach manner in array case when manner is not null then array[manner] when may_search_parts(request) then '{words,parts}'
			else '{words}' end loop
		page := case when for_member then found_for_member(tenant, request, manner)
			else found_messages(tenant, request, manner) end;
		exit when page is not null;
	end loop;
	return coalesce(page, json_build_object('limit', most, 'matchedBy', manner, 'items', json_build_array(), 'next', null));
end
$$;

-- No index holds less than three letters or digits: all messages of a tenant would be read.
create function may_search_parts(request jsonb) returns boolean language sql immutable parallel safe as $$
	select request ->> 'query' ~ '[[:alnum:]]{3}' or num_nonnulls(request ->> 'conversationId', request ->> 'contactId',
		request ->> 'from') > 0
$$;

-- One manner of searching: "words" or "parts". Holds no statement that is put together from text. Planned for what is
-- asked: conditions that are not are no part of the plan. Null when a search without a cursor has found nothing.
create function found_messages(tenant text, request jsonb, manner text) returns json
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan
set enable_seqscan = off as $$
declare
	most int := page_limit(request, 50);
	few constant int := 1000;
	said text := btrim(request ->> 'query');
	words tsquery;
	part text;
	conversation bigint := (request ->> 'conversationId')::bigint;
	senders bigint[];
	since timestamptz := (request ->> 'from')::timestamptz;
	before timestamptz := (request ->> 'to')::timestamptz;
	after_at timestamptz := (request #>> '{after,at}')::timestamptz;
	after_id bigint := (request #>> '{after,id}')::bigint;
	ids bigint[];
	rows refcursor;
begin
	if coalesce(said, '') = '' or length(said) > 1000 then
		perform fail(422, 'invalid_input', 'The search has no words, or more than 1,000 characters.',
			'Give the words to look for.');
	end if;
	if manner = 'words' then
		words := case when request ? 'language'
			then websearch_to_tsquery(search_configuration(request ->> 'language'), said)
			else websearch_to_tsquery('pg_catalog.simple', said) || websearch_to_tsquery('pg_catalog.russian', said)
				|| websearch_to_tsquery('pg_catalog.english', said) end;
		if numnode(words) = 0 and may_search_parts(request) then
			return null;
		end if;
	elsif manner = 'parts' then
		part := '%' || replace(replace(replace(said, '\', '\\'), '%', '\%'), '_', '\_') || '%';
	else
		perform fail(422, 'invalid_input', 'The search goes by "words" or by "parts".', 'Begin without a cursor.');
	end if;
	if not may_search_parts(request) and (manner = 'parts' or numnode(words) = 0) then
		perform fail(422, 'invalid_input', 'The search has less than three letters or digits in a row.',
			'Give three or more, or search in one conversation, of one contact, or from one time on.');
	end if;
	if request ? 'contactId' then
		senders := array(select id from identities
			where tenant_id = tenant and contact_id = (request ->> 'contactId')::bigint);
	end if;
	-- What few messages have is found by the indexes of words alone. Beside the order by time these may be passed over, and
	-- every message is read; which is the faster way only where many have it.
	ids := array(select m.id from messages m where m.tenant_id = tenant and m.deleted_at is null
		and (words is null or to_tsvector(search_configuration(m.language), coalesce(left(m.content, 100000), '')) @@ words)
		and (part is null or left(m.content, 100000) ilike part)
		and (conversation is null or m.conversation_id = conversation) and (senders is null or m.sender_id = any (senders))
		and (since is null or m.sent_at >= since) and (before is null or m.sent_at < before)
		and (after_at is null or (m.sent_at, m.id) < (after_at, after_id)) limit few + 1);
	if cardinality(ids) <= few then
		words := null;
		part := null;
	else
		ids := null;
	end if;
	open rows for select m.sent_at, m.id, message_text(m, r.id, s, h, a) from (
			select m.* from messages m where m.tenant_id = tenant and m.deleted_at is null
				and (ids is null or m.id = any (ids))
				and (words is null
					or to_tsvector(search_configuration(m.language), coalesce(left(m.content, 100000), '')) @@ words)
				and (part is null or left(m.content, 100000) ilike part)
				and (conversation is null or m.conversation_id = conversation)
				and (senders is null or m.sender_id = any (senders))
				and (since is null or m.sent_at >= since) and (before is null or m.sent_at < before)
				and (after_at is null or (m.sent_at, m.id) < (after_at, after_id))
			order by m.sent_at desc, m.id desc limit most + 1
		) m join chats h on h.id = m.chat_id join channel_accounts a on a.id = h.account_id
			left join messages r on r.chat_id = m.chat_id and r.external_id = m.reply_to_external_id
			left join identities s on s.id = m.sender_id
		order by m.sent_at desc, m.id desc;
	return page_from(rows, most, manner);
end
$$;

-- The same as the owner of the tables, whom no policy slows down: for members of this tenant, who may read all of it.
create function found_for_member(tenant text, request jsonb, manner text) returns json
language plpgsql stable security definer set search_path from current as $$
begin
	if has_own_policies_only() and tenant = any (tenants_as('{admin,manager,observer}')) then
		return found_messages(tenant, request, manner);
	end if;
	return null;
end
$$;

-- Whether nobody has added a policy that shows members less than all of their tenant, or more.
create function has_own_policies_only() returns boolean
language sql stable set search_path from current as $$
	select not exists (select from pg_policy where polname <> 'members_select' and polcmd in ('r', '*') and polrelid = any
		('{messages,chats,channel_accounts,identities,attachments}'::regclass[]))
$$;

create function get_conversation(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select conversation_json(conversation_of(tenant, request))
$$;

create function get_conversations(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	execute 'select jsonb_agg(conversation_json(v) order by v.last_message_at desc, v.id desc) from (
			select (c).* from (select c from conversations c where c.tenant_id = $1 and c.last_message_at is not null'
		|| case when request ? 'status' then ' and c.status = $2 ->> ''status''' else '' end
		|| case when request ? 'assignedMemberId' then ' and c.assigned_member_id = ($2 ->> ''assignedMemberId'')::bigint'
			else '' end
		|| case when request ? 'title' then ' and position(lower($2 ->> ''title'') in lower(c.title)) > 0' else '' end
		|| case when request ? 'teamId' then ' and c.team_id = ($2 ->> ''teamId'')::bigint' else '' end
		|| case when coalesce((request ->> 'unread')::boolean, false)
			then ' and c.last_message_at > coalesce(c.read_up_to, ''-infinity'')' else '' end
		|| case when coalesce((request ->> 'includeArchived')::boolean, false) then '' else ' and c.archived_at is null' end
		|| case when request ? 'contactId' then ' and c.id in (select p.conversation_id from participants p
			join identities s on s.id = p.identity_id where s.contact_id = ($2 ->> ''contactId'')::bigint)' else '' end
		|| case when request ? 'after' then ' and (c.last_message_at, c.id) <
			(($2 #>> ''{after,at}'')::timestamptz, ($2 #>> ''{after,id}'')::bigint)' else '' end
		|| ' order by c.last_message_at desc, c.id desc limit $3 + 1) r) v'
		into rows using tenant, request, most;
	return page_of(rows, most, 'lastMessageAt');
end
$$;

-- Sets the fields that are given; null empties one. "asOf": when what they were made of was read. Somebody who was erased
-- since then would come back by them.
create function update_conversation(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	v conversations := conversation_of(tenant, request);
	given jsonb := coalesce(request -> 'set', '{}');
begin
	perform lock_people(tenant, false);
	if exists (select from erasures where tenant_id = tenant and erased_at >= (request ->> 'asOf')::timestamptz) then
		perform fail(409, 'conflict', 'Somebody was erased since that was read.', 'Read the messages again, and make it anew.');
	end if;
	-- Locked, so that who is removed meanwhile is either seen as removed here or finds this conversation to give back.
	perform from members where tenant_id = tenant and id = (given ->> 'assignedMemberId')::bigint and removed_at is null
		for share;
	if not found and given ->> 'assignedMemberId' is not null then
		perform fail(404, 'not_found', 'There is no such member in this tenant, or the member was removed.',
			'See the list of members.');
	end if;
	perform from teams where tenant_id = tenant and id = (given ->> 'teamId')::bigint for key share;
	if not found and given ->> 'teamId' is not null then
		perform fail(404, 'not_found', 'There is no such team in this tenant.', 'See the list of teams.');
	end if;
	update conversations c set
		status = case when given ? 'status' then given ->> 'status' else c.status end,
		title = case when given ? 'title' then given ->> 'title' else c.title end,
		tier = case when given ? 'tier' then given ->> 'tier' else c.tier end,
		assigned_member_id = case when given ? 'assignedMemberId' then (given ->> 'assignedMemberId')::bigint
			else c.assigned_member_id end,
		team_id = case when given ? 'teamId' then (given ->> 'teamId')::bigint else c.team_id end,
		summary = case when given ? 'summary' then given ->> 'summary' else c.summary end,
		summary_at = case when given ? 'summary' then case when given ->> 'summary' is not null then now() end
			else c.summary_at end,
		key_topics = case when given ? 'keyTopics' then array(select jsonb_array_elements_text(given -> 'keyTopics'))
			else c.key_topics end,
		links = case when given ? 'links' then array(select jsonb_array_elements_text(given -> 'links')) else c.links end,
		archived_at = case when given ? 'archived' then case when (given ->> 'archived')::boolean
			then coalesce(c.archived_at, now()) end else c.archived_at end,
		custom = case when given ? 'custom' then given -> 'custom' else c.custom end
		where c.id = v.id returning * into v;
	return conversation_json(v);
end
$$;

create function mark_read(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	v conversations := conversation_of(tenant, request);
begin
	update conversations c
		set read_up_to = greatest(c.read_up_to, coalesce((request ->> 'upTo')::timestamptz, c.last_message_at))
		where c.id = v.id returning * into v;
	return conversation_json(v);
end
$$;

-- Hides messages; they go for good by retention or with their author.
create function delete_messages(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	wanted bigint[] := array(select jsonb_array_elements_text(request -> 'ids')::bigint);
	answer jsonb;
begin
	perform from messages where tenant_id = tenant and id = any (wanted) order by id for update;
	with hidden as (
		update messages set deleted_at = now()
			where tenant_id = tenant and id = any (wanted) and deleted_at is null returning id
	)
	select coalesce(jsonb_agg(jsonb_build_object('id', w, 'status', case when h.id is not null then 'deleted'
			when m.id is not null then 'deletedBefore' else 'unknown' end) order by place), '[]') into answer
		from unnest(wanted) with ordinality as u (w, place) left join hidden h on h.id = w
			left join messages m on m.id = w and m.tenant_id = tenant;
	return jsonb_build_object('items', answer);
end
$$;

-- Counts of a conversation, over all of it or from one instant to another.
create function conversation_statistics(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	v conversations := conversation_of(tenant, request);
begin
	return (select jsonb_build_object('conversationId', v.id, 'messages', count(*),
			'inbound', count(*) filter (where direction = 'inbound'),
			'outbound', count(*) filter (where direction = 'outbound'),
			'edited', count(edited_at), 'deleted', count(deleted_at), 'files', coalesce(sum(attachment_count), 0),
			'participants', (select count(*) from participants p where p.conversation_id = v.id),
			'activeDays', count(distinct (sent_at at time zone 'UTC')::date),
			'firstMessageAt', min(sent_at), 'lastMessageAt', max(sent_at), 'averageSentiment', avg(sentiment_score),
			'positive', count(*) filter (where sentiment = 'positive'),
			'neutral', count(*) filter (where sentiment = 'neutral'),
			'negative', count(*) filter (where sentiment = 'negative'))
		from messages where conversation_id = v.id
			and sent_at >= coalesce((request ->> 'from')::timestamptz, '-infinity')
			and sent_at < coalesce((request ->> 'to')::timestamptz, 'infinity'));
end
$$;
