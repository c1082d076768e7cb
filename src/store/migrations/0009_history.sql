-- Reading messages and conversations. Functions run as who calls them, so the policies of the tables hold for members.
-- Lists are paged by the key of the last row; "limit" in the answer is what was kept to, at most 1,000.

create function page_limit(request jsonb, otherwise int) returns int
language plpgsql stable set search_path from current as $$
declare
	wanted numeric := coalesce((request ->> 'limit')::numeric, otherwise);
begin
	if wanted < 1 or wanted <> trunc(wanted) then
		perform fail(422, 'invalid_input', 'The limit is not a whole number from 1.', 'Leave it out, or give 1 to 1,000.');
	end if;
	return least(wanted, 1000);
end
$$;

-- A message as JSON, written at once: concat passes over what is null. Takes the search path of who calls it and holds no
-- query of its own, so that it is put into the query around it.
create function message_text(m messages, reply_id bigint, s identities, h chats, a channel_accounts) returns text
language sql stable as $$
	select concat('{"id":', m.id, ',"conversationId":', m.conversation_id, ',"platform":', to_json(a.platform)::text,
		',"account":', to_json(a.external_id)::text, ',"chatId":', to_json(h.external_id)::text,
		',"externalId":', to_json(m.external_id)::text, ',"direction":"', m.direction, '","author":"', m.author, '"',
		',"memberId":' || m.member_id, ',"sender":{"contactId":' || s.contact_id || ',"id":' || to_json(s.external_id)::text
			|| coalesce(',"name":' || to_json(s.name)::text, '') || coalesce(',"username":' || to_json(s.username)::text, '') || '}',
		',"sentAt":', to_json(m.sent_at)::text, ',"recordedAt":', to_json(m.recorded_at)::text,
		',"editedAt":' || to_json(m.edited_at)::text, ',"deletedAt":' || to_json(m.deleted_at)::text,
		case when m.original_missing then ',"originalMissing":true' end, ',"type":', to_json(m.content_type)::text,
		',"text":' || to_json(m.content)::text, ',"language":' || to_json(m.language)::text,
		',"replyTo":{"externalId":' || to_json(m.reply_to_external_id)::text || coalesce(',"id":' || reply_id, '') || '}',
		',"sentiment":"' || m.sentiment || '"', ',"sentimentScore":' || to_json(m.sentiment_score)::text,
		',"intent":' || to_json(m.intent)::text, ',"topics":' || to_json(m.topics)::text, ',"priority":' || m.priority,
		',"processedAt":' || to_json(m.processed_at)::text, ',"data":' || m.data::text, ',"entities":' || m.entities::text,
		',"forwardedFrom":' || m.forwarded_from::text, ',"metadata":' || m.metadata::text,
		case when m.attachment_count > 0 then ',"attachments":' || attachments_json(m.id, m.attachment_count)::text end, '}')
$$;

create function message_json(m messages, reply_id bigint, s identities, h chats, a channel_accounts) returns jsonb
language sql stable as $$ select message_text(m, reply_id, s, h, a)::jsonb $$;

-- JSON as it was written: building a document only to write it again took as long as reading the messages.
create function get_messages(tenant text, request jsonb default '{}') returns json
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_generic_plan as $$
declare
	most int := page_limit(request, 50);
	newest boolean := coalesce(request ->> 'order', 'newest') = 'newest';
	way text := case when newest then 'desc' else 'asc' end;
	rows refcursor;
begin
	-- What is asked most needs no planning.
	if request - '{conversationId,limit}'::text[] = '{}' and request ? 'conversationId' then
		open rows for select m.sent_at, m.id, message_text(m, r.id, s, h, a)
			from (select * from messages where conversation_id = (request ->> 'conversationId')::bigint and tenant_id = tenant
				and deleted_at is null order by sent_at desc, id desc limit most + 1) m
			join chats h on h.id = m.chat_id join channel_accounts a on a.id = h.account_id
			left join messages r on r.chat_id = m.chat_id and r.external_id = m.reply_to_external_id
			left join identities s on s.id = m.sender_id
			order by m.sent_at desc, m.id desc;
		return page_from(rows, most);
	end if;
	open rows for execute 'select m.sent_at, m.id, message_text(m, r.id, s, h, a) from (
			select ' || case when request ? 'asOf' then '(message_as_of(m, ($2 ->> ''asOf'')::timestamptz)).*' else 'm.*' end || '
			from '
		-- Of each identity the last ones, in the order of an index: what others have written is not looked through.
		|| case when request ? 'contactId' then '(select id as sender from identities where tenant_id = $1
			and contact_id = ($2 ->> ''contactId'')::bigint) s cross join lateral (select * from messages m where m.sender_id = sender
			and m.tenant_id = $1' else 'messages m where m.tenant_id = $1' end
		|| case when request ? 'conversationId' then ' and m.conversation_id = ($2 ->> ''conversationId'')::bigint' else '' end
		|| case when request ? 'direction' then ' and m.direction = $2 ->> ''direction''' else '' end
		|| case when request ? 'from' then ' and m.sent_at >= ($2 ->> ''from'')::timestamptz' else '' end
		|| case when request ? 'to' then ' and m.sent_at < ($2 ->> ''to'')::timestamptz' else '' end
		|| case when request ? 'asOf' then ' and m.sent_at <= ($2 ->> ''asOf'')::timestamptz
			and (m.deleted_at is null or m.deleted_at > ($2 ->> ''asOf'')::timestamptz)'
			when coalesce((request ->> 'includeDeleted')::boolean, false) then '' else ' and m.deleted_at is null' end
		|| case when request ? 'after' then format(' and (m.sent_at, m.id) %s
			(($2 #>> ''{after,at}'')::timestamptz, ($2 #>> ''{after,id}'')::bigint)', case when newest then '<' else '>' end)
			else '' end
		|| case when request ? 'contactId' then format(' order by m.sent_at %1$s, m.id %1$s limit $3 + 1) m', way) else '' end
		|| format(' order by m.sent_at %1$s, m.id %1$s limit $3 + 1
		) m join chats h on h.id = m.chat_id join channel_accounts a on a.id = h.account_id
			left join messages r on r.chat_id = m.chat_id and r.external_id = m.reply_to_external_id
			left join identities s on s.id = m.sender_id
		order by m.sent_at %1$s, m.id %1$s', way)
		using tenant, request, most;
	return page_from(rows, most);
end
$$;

-- A page of what a cursor gives: instant, id and JSON of each. It ends with "most" rows, or after 8 MB; "limit" is what was
-- kept to. Null when a manner of searching has found nothing.
create function page_from(rows refcursor, most int, matched_by text default null) returns json
language plpgsql stable set search_path from current as $$
declare
	most_bytes constant int := 8000000;
	at timestamptz;
	id bigint;
	said text;
	found_at timestamptz;
	found_id bigint;
	found_all text[] := '{}';
	bytes bigint := 0;
	n int := 0;
	kept int := most;
	next text;
begin
	loop
		fetch rows into at, id, said;
		exit when not found;
		bytes := bytes + octet_length(said);
		if n = most or n > 0 and bytes > most_bytes then
			kept := n;
			next := concat('{"at":', to_json(found_at), ',"id":', found_id, ',"matchedBy":' || to_json(matched_by)::text, '}');
			exit;
		end if;
		n := n + 1;
		found_all[n] := said;
		found_at := at;
		found_id := id;
	end loop;
	close rows;
	if n = 0 and matched_by is not null then
		return null;
	end if;
	return concat('{"limit":', kept, ',"matchedBy":' || to_json(matched_by)::text, ',"items":[', array_to_string(found_all, ','),
		'],"next":', coalesce(next, 'null'), '}');
end
$$;

-- One row more than asked for was read: it says that there is more, and is not shown.
create function page_of(rows jsonb, most int, instant text) returns jsonb
language sql stable set search_path from current as $$
	select jsonb_build_object('limit', most, 'items', case when jsonb_array_length(rows) > most then rows - most
			else coalesce(rows, '[]') end,
		'next', case when jsonb_array_length(rows) > most then
			jsonb_build_object('at', rows -> (most - 1) -> instant, 'id', rows -> (most - 1) -> 'id') end)
$$;

-- What a message said at an instant.
create function message_as_of(m messages, instant timestamptz) returns messages
language plpgsql stable set search_path from current as $$
declare
	former message_versions;
begin
	m.deleted_at := null;
	if m.edited_at is null or m.edited_at <= instant then
		return m;
	end if;
	select * into former from message_versions v where v.message_id = m.id and v.valid_from <= instant
		order by v.valid_from desc, v.revision desc, v.digest desc limit 1;
	m.edited_at := case when former.valid_from > m.sent_at then former.valid_from end;
	m.content_type := coalesce(former.content_type, 'text');
	m.content := former.content;
	m.data := former.data;
	m.entities := former.entities;
	if former.attachments is null then
		m.attachment_count := 0;
	end if;
	return m;
end
$$;

-- The conversation a request names, by its id or by the chat on the platform.
create function conversation_of(tenant text, request jsonb) returns conversations
language plpgsql stable set search_path from current as $$
declare
	v conversations;
begin
	if request ? 'conversationId' then
		select * into v from conversations where tenant_id = tenant and id = (request ->> 'conversationId')::bigint;
	else
		select c.* into v from channel_accounts a join chats h on h.account_id = a.id
			join conversations c on c.id = h.conversation_id
			where a.tenant_id = tenant and a.platform = request ->> 'platform'
				and a.external_id = coalesce(request ->> 'account', 'default') and h.external_id = request ->> 'chatId';
	end if;
	if v.id is null then
		perform fail(404, 'not_found', 'There is no such conversation in this tenant.',
			'A conversation begins with its first stored message. See the id, or the platform, account and chat.');
	end if;
	return v;
end
$$;

create function conversation_json(v conversations) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', v.id, 'kind', v.kind, 'title', v.title, 'status', v.status,
		'assignedMemberId', v.assigned_member_id, 'teamId', v.team_id, 'tier', v.tier, 'summary', v.summary,
		'summaryAt', v.summary_at, 'keyTopics', v.key_topics, 'links', v.links, 'lastMessageAt', v.last_message_at,
		'readUpTo', v.read_up_to, 'isUnread', v.last_message_at > coalesce(v.read_up_to, '-infinity'),
		'archivedAt', v.archived_at, 'custom', v.custom, 'createdAt', v.created_at,
		'chats', (select jsonb_agg(jsonb_build_object('platform', a.platform, 'account', a.external_id,
			'chatId', h.external_id) order by h.id) from chats h join channel_accounts a on a.id = h.account_id
			where h.conversation_id = v.id)))
$$;

-- The last messages, oldest first, with what is known of who takes part. With "purpose": "ai_analysis" nothing of a
-- person who does not allow that leaves the store; "withheld" counts those messages.
create function get_context(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	v conversations := conversation_of(tenant, request);
	most int := page_limit(request, 50);
	since timestamptz := now() - make_interval(hours => coalesce((request ->> 'hours')::int, 168));
	for_model boolean := coalesce(request ->> 'purpose' = 'ai_analysis', false);
	-- What we wrote to a person in private says as much about them as what they wrote.
	private_refused boolean := v.kind = 'private' and people_refuse(v, rules.requires_consent);
	messages_found jsonb;
	withheld bigint;
begin
	-- Quotes, mentions and names of others come with a message: a model gets what its author says.
	select coalesce(jsonb_agg(case when for_model then message_json(m, r.id, s, h, a) - '{metadata,entities,forwardedFrom}'::text[]
				else message_json(m, r.id, s, h, a) end order by m.sent_at, m.id) filter (where not hidden), '[]'),
			count(*) filter (where hidden)
		into messages_found, withheld
		from (select * from messages where conversation_id = v.id and deleted_at is null and sent_at >= since
			order by sent_at desc, id desc limit most) m
			join chats h on h.id = m.chat_id join channel_accounts a on a.id = h.account_id
			left join messages r on r.chat_id = m.chat_id and r.external_id = m.reply_to_external_id
			left join identities s on s.id = m.sender_id left join contacts c on c.id = s.contact_id
			cross join lateral (select for_model and (case when s.id is null then private_refused
				else not storage_allowed(c.ai_consent, rules.requires_consent) end
				or m.forwarded_from is not null and exists (select from identities o join contacts f on f.id = o.contact_id
					where o.tenant_id = tenant and o.platform = a.platform
						and o.scope = identity_scope(a.platform, a.external_id) and o.external_id = m.forwarded_from ->> 'id'
						and not storage_allowed(f.ai_consent, rules.requires_consent)))) as x (hidden);
	return jsonb_build_object(
		'conversation', case when for_model and people_refuse(v, rules.requires_consent)
			then conversation_json(v) - '{summary,title,keyTopics,links}'::text[] else conversation_json(v) end,
		'messages', messages_found, 'withheld', withheld, 'limit', most,
		'contacts', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', c.id, 'name', c.name,
				'status', c.status, 'tags', c.tags, 'language', c.language, 'communicationStyle', c.communication_style,
				'traits', c.traits, 'interests', c.interests,
				'aiAllowed', storage_allowed(c.ai_consent, rules.requires_consent))) order by c.id), '[]')
			from (select distinct s.contact_id from participants p join identities s on s.id = p.identity_id
				where p.conversation_id = v.id order by 1 limit 50) p join contacts c on c.id = p.contact_id
			where not for_model or storage_allowed(c.ai_consent, rules.requires_consent)));
end
$$;

create function people_refuse(v conversations, requires_consent boolean) returns boolean
language sql stable set search_path from current as $$
	select exists (select from participants p join identities s on s.id = p.identity_id
		join contacts c on c.id = s.contact_id
		where p.conversation_id = v.id and not storage_allowed(c.ai_consent, requires_consent))
$$;

-- Archived messages, newest first. Neither hidden ones nor what has only its id left.
create function get_archived_messages(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	most int := page_limit(request, 50);
	conversation bigint := (request ->> 'conversationId')::bigint;
	senders bigint[] := case when request ? 'contactId' then array(select id from identities
		where tenant_id = tenant and contact_id = (request ->> 'contactId')::bigint) end;
	since timestamptz := coalesce((request ->> 'from')::timestamptz, '-infinity');
	before timestamptz := coalesce((request ->> 'to')::timestamptz, 'infinity');
	after_at timestamptz := coalesce((request #>> '{after,at}')::timestamptz, 'infinity');
	after_id bigint := (request #>> '{after,id}')::bigint;
	rows jsonb;
begin
	-- Whose it is, and where, may have changed since.
	select jsonb_agg(without_digests(a.message) || given_only(jsonb_build_object('id', a.id, 'conversationId', a.conversation_id,
			'chatId', a.chat_external_id, 'externalId', a.external_id, 'sentAt', a.sent_at, 'archivedAt', a.archived_at,
			'sender', case when s.id is not null then jsonb_strip_nulls(jsonb_build_object('contactId', s.contact_id,
				'id', s.external_id, 'name', s.name, 'username', s.username)) end)) order by a.sent_at desc, a.id desc) into rows
		from (select * from message_archive m where m.tenant_id = tenant and m.sent_at >= since and m.sent_at < before
				and (conversation is null or m.conversation_id = conversation)
				and (senders is null or m.sender_id = any (senders))
				and (m.sent_at, m.id) < (after_at, coalesce(after_id, 0)) and not m.message ?| '{purged,deletedAt}'
			order by m.sent_at desc, m.id desc limit most + 1) a
			left join identities s on s.id = a.sender_id;
	return page_of(rows, most, 'sentAt');
end
$$;
