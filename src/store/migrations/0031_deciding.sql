-- Deciding on stored messages: all that is known of one in one answer, and the decision kept once.

create function feedback_json(f decision_feedback, message bigint) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', f.id, 'decisionId', f.decision_id, 'messageId', message, 'by', f.said_by,
		'isSpam', f.is_spam, 'category', f.category, 'outcome', f.outcome, 'team', f.team, 'rating', f.rating,
		'comment', f.comment, 'givenAt', f.given_at))
$$;

-- Where the answer to a message goes. Null where nobody knows any more.
create function decision_target(message bigint) returns jsonb
language sql stable set search_path from current as $$
	select jsonb_build_object('platform', a.platform, 'account', a.external_id, 'chatId', h.external_id, 'chatKind', v.kind,
		'replyTo', m.external_id)
		-- Of a forum: the topic in which it was asked.
		|| jsonb_strip_nulls(jsonb_build_object('threadId', m.metadata ->> 'threadId'))
	from messages m join chats h on h.id = m.chat_id join channel_accounts a on a.id = h.account_id
		join conversations v on v.id = m.conversation_id
	where m.id = message and m.deleted_at is null and not is_pseudonym(h.external_id)
$$;

-- What people were told of and have not ended yet, however long they have been silent.
create function active_handover(conversation bigint) returns bigint
language plpgsql stable set search_path from current as $$
begin
	return (select id from handovers h where conversation_id = conversation and state in ('open', 'held') and not is_deferred(h));
end
$$;

-- What people say stays with the message, also where it was decided once more.
create function decision_json(d decisions) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', d.id, 'isShadow', d.is_shadow, 'messageId', d.message_id, 'conversationId', d.conversation_id,
		'handoverId', active_handover(d.conversation_id), 'decision', d.decision, 'target', decision_target(d.message_id), 'text', d.reply_text, 'sendAt', d.send_at,
		'key', 'decision-' || d.id, 'decidedAt', d.decided_at, 'category', d.category, 'isSpam', d.is_spam,
		'rulesNumber', (select number from decision_rules where id = d.rules_id), 'attempt', d.attempt, 'tokens', d.tokens,
		'notes', d.notes, 'hasWords', d.input is not null,
		'feedback', (select coalesce(jsonb_agg(feedback_json(f, o.message_id) order by f.given_at, f.id), '[]')
			from decisions o join decision_feedback f on f.decision_id = o.id where o.message_id = d.message_id))
$$;

-- The message a request names, by its id or by what its platform calls it. One that was taken back is none.
create function message_of(tenant text, request jsonb) returns messages
language plpgsql stable set search_path from current as $$
declare
	m messages;
begin
	if request ? 'messageId' then
		select * into m from messages where tenant_id = tenant and id = (request ->> 'messageId')::bigint;
	else
		select o.* into m from channel_accounts a join chats h on h.account_id = a.id and h.external_id = request ->> 'chatId'
			join messages o on o.chat_id = h.id and o.external_id = request ->> 'externalId'
			where a.tenant_id = tenant and a.platform = request ->> 'platform' and a.external_id = request ->> 'account';
	end if;
	if m.id is null or m.deleted_at is not null then
		perform fail(404, 'not_found', case when m.id is null then 'There is no such message in this tenant.'
			else 'The message was taken back.' end, 'Store the message first. What was erased, archived or taken back is not decided on.');
	end if;
	return m;
end
$$;

-- The text of a message, or what was heard and read in its files.
create function words_said(m messages) returns text
language sql stable set search_path from current as $$
	select coalesce(nullif(btrim(m.content), ''), (select string_agg(coalesce(f.transcription, f.ocr_text), e'\n' order by f.position)
		from attachments f where f.message_id = m.id))
$$;

-- What was said before, for the last of it. Of people who do not allow an analysis it says that they wrote, and not what; and
-- what colleagues have written since, for that is an answer.
create function history_before(m messages, v conversations, said_at timestamptz, requires_consent boolean, most int, hours float8)
returns jsonb language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	-- What we wrote to a person in private says as much about them as what they wrote.
	private_refused boolean := v.kind = 'private' and people_refuse(v, requires_consent);
begin
	return (select coalesce(jsonb_agg(jsonb_build_object('id', x.external_id, 'sentAt', x.sent_at, 'author', case
			when x.author = 'member' then 'person' when x.direction = 'outbound' then 'bot' else 'contact' end,
			'text', case when case when s.id is null then private_refused else not storage_allowed(c.ai_consent, requires_consent) end
				then '' else coalesce(left(x.content, 4000), '') end) order by x.sent_at, x.id), '[]')
		from ((select o.id, o.external_id, o.sent_at, o.author, o.direction, o.content, o.sender_id from messages o
				where o.conversation_id = m.conversation_id and o.deleted_at is null and o.sent_at <= said_at
					and o.sent_at >= said_at - hours * interval '1 hour' and o.id <> m.id and o.author <> 'system'
				order by o.sent_at desc, o.id desc limit most)
			union all (select o.id, o.external_id, o.sent_at, o.author, o.direction, o.content, o.sender_id from messages o
				where o.conversation_id = m.conversation_id and o.deleted_at is null and o.sent_at > said_at
					and o.author = 'member' and o.id <> m.id order by o.sent_at, o.id limit 10)) x
			left join identities s on s.id = x.sender_id left join contacts c on c.id = s.contact_id);
end
$$;

-- A customer is who is a VIP, is tagged so, has a tier, or was answered by a person before.
create function sender_facts(m messages, v conversations, c contacts) returns jsonb
language plpgsql stable set search_path from current as $$
declare
	own bigint[] := array(select id from identities where contact_id = c.id);
begin
	return jsonb_build_object('isVip', c.status = 'vip', 'isBlocked', c.status = 'blocked', 'tags', c.tags,
		'isKnown', c.status = 'vip' or v.tier is not null or exists (select from unnest(c.tags) t where lower(t) = 'customer')
			or exists (select from messages o where o.conversation_id = v.id and o.author = 'member' and o.sent_at < m.sent_at),
		'isFirstContact', not exists (select from messages o where o.sender_id = any (own)
				and (o.sent_at, o.id) < (m.sent_at, m.id))
			and not exists (select from message_archive o where o.sender_id = any (own)),
		'messageCount', (select count(*) from (select from messages o where o.sender_id = any (own) and o.sent_at <= m.sent_at
			limit 1000) x));
end
$$;

-- Whether what a message says may be given to a model: by its author, and by who is quoted in it.
create function may_analyse(tenant text, m messages, v conversations, c contacts, requires_consent boolean) returns boolean
language sql stable set search_path from current as $$
	select case when c.id is null then not people_refuse(v, requires_consent)
			else storage_allowed(c.ai_consent, requires_consent) end
		and not (m.forwarded_from is not null and exists (select from channel_accounts a join identities o on o.tenant_id = tenant
			and o.platform = a.platform and o.scope = identity_scope(a.platform, a.external_id)
			and o.external_id = m.forwarded_from ->> 'id' join contacts f on f.id = o.contact_id
			where a.id = v.account_id and not storage_allowed(f.ai_consent, requires_consent)))
$$;

-- Replies that are on their way count as well: a burst is decided on before the first answer is seen.
create function recent_replies(m messages) returns bigint
language sql stable set search_path from current as $$
	select count(distinct d.message_id) from decisions d where d.conversation_id = m.conversation_id and d.outcome = 'reply'
		and not d.is_shadow and d.message_id <> m.id and d.decided_at > greatest(now() - interval '1 hour',
			(select max(o.recorded_at) from messages o where o.conversation_id = m.conversation_id and o.author = 'member'
				and o.sent_at > now() - interval '2 hours'))
$$;

-- Whether Eva is silent in it: what was written before it was handed back keeps nobody silent.
create function person_has(tenant text, conversation bigint, handover jsonb) returns boolean
language sql stable set search_path from current as $$
	select coalesce((handover ->> 'isHeld')::boolean, false)
		or is_handled_again(tenant, conversation, (handover ->> 'endedAt')::timestamptz)
$$;

-- Who has the conversation, or had it last.
create function conversation_standing(tenant text, v conversations, place channel_accounts, chat text) returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	handover jsonb := handover_standing(tenant, v.id);
begin
	return jsonb_strip_nulls(jsonb_build_object('kind', v.kind, 'title', v.title, 'status', v.status, 'tier', v.tier,
		'team', (select name from teams where id = v.team_id), 'isHandledByPerson', person_has(tenant, v.id, handover),
		'isDesk', is_desk_chat(tenant, place.platform, place.external_id, chat),
		'handedBackAt', (handover ->> 'endedAt')::timestamptz));
end
$$;

-- What people may change while a decision is made, for a model takes its time: whether they have the conversation, and their
-- last word in it.
create function standing_mark(tenant text, conversation bigint) returns text
language plpgsql stable set search_path from current as $$
begin
	return concat_ws(' ', person_has(tenant, conversation, handover_standing(tenant, conversation)), (select m.id from messages m
		where m.conversation_id = conversation and m.author = 'member' order by m.sent_at desc, m.id desc limit 1));
end
$$;

-- What was decided on this state of a message: by these rules, or, where none were given, whatever rules were active then.
create function known_decision(message bigint, edition text, version text, is_shadow boolean) returns decisions
language sql stable set search_path from current as $$
	select d.* from decisions d join decision_rules r on r.id = d.rules_id
		where d.message_id = message and d.edition = known_decision.edition and d.is_shadow = known_decision.is_shadow
			and (known_decision.version is null or r.version = known_decision.version)
		order by d.id desc limit 1
$$;

-- Everything that a decision is made of, as of one instant.
create function decision_context(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	own tenants := tenant_of(tenant);
	m messages := message_of(tenant, request);
	v conversations;
	h chats;
	a channel_accounts;
	s identities;
	c contacts;
	said_at timestamptz := coalesce(m.edited_at, m.sent_at);
	said_digest text := coalesce(m.digest, digest_of(m));
	active decision_rules;
	judge spam_models;
	wanted text := request ->> 'rulesVersion';
	shadow boolean := (request ->> 'isShadow')::boolean;
	titles text[] := array(select jsonb_array_elements_text(request -> 'templates'));
	known decisions;
	schedule jsonb;
	quoted text;
begin
	select * into v from conversations where id = m.conversation_id;
	select * into h from chats where id = m.chat_id;
	select * into a from channel_accounts where id = h.account_id;
	select * into s from identities where id = m.sender_id;
	select * into c from contacts where id = s.contact_id;
	if wanted is null then
		select * into active from decision_rules where tenant_id = tenant and is_active;
		wanted := coalesce(active.version, request ->> 'fallbackVersion');
		titles := titles || array(select t #>> '{}' from jsonb_path_query(active.rules, '$.rules[*].template') t
			union select active.rules #>> '{ambiguity,template}');
	end if;
	if (request ->> 'wantsSpamModel')::boolean then
		select * into judge from spam_models where tenant_id = tenant and is_active;
	end if;
	if not (request ->> 'again')::boolean then
		known := known_decision(m.id, said_digest, case when request ? 'rulesVersion' or shadow then wanted end, shadow);
	end if;
	schedule := case when request ? 'schedule' then schedule_json(known_schedule(tenant, request)) || jsonb_build_object(
			'definition', (known_schedule(tenant, request)).definition) else terms_of(tenant, v) -> 'schedule' end;
	select o.content into quoted from messages o left join identities q on q.id = o.sender_id left join contacts w on w.id = q.contact_id
		where o.chat_id = m.chat_id and o.external_id = m.reply_to_external_id and o.deleted_at is null
			and (w.id is null or storage_allowed(w.ai_consent, own.requires_consent));
	return jsonb_build_object('nowMs', epoch_ms(clock_timestamp()), 'edition', said_digest, 'standing', standing_mark(tenant, v.id),
		'message', message_json(m, null, s, h, a), 'known', case when known.id is not null then decision_json(known) end,
		'contact', case when c.id is not null then sender_facts(m, v, c) end,
		'aiAllowed', may_analyse(tenant, m, v, c, own.requires_consent),
		'conversation', conversation_standing(tenant, v, a, h.external_id)
			|| jsonb_build_object('automaticReplies', recent_replies(m)),
		'history', history_before(m, v, said_at, own.requires_consent, (request ->> 'historyMessages')::int,
			(request ->> 'historyHours')::float8),
		'teams', (select coalesce(jsonb_agg(name order by name), '[]') from teams where tenant_id = tenant),
		'templates', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'title', title, 'content', content) order by id), '[]')
			from templates where tenant_id = tenant and title = any (titles)),
		'faq', match_faq(tenant, jsonb_build_object('limit', 3, 'text', coalesce(words_said(m), ''))) -> 'items',
		'rules', case when active.id is not null then jsonb_build_object('version', active.version)
			|| case when request -> 'knownRules' ? active.version then '{}' else jsonb_build_object('set', active.rules) end end,
		'spamModel', case when judge.id is not null then jsonb_build_object('version', judge.version)
			|| case when request -> 'knownSpamModels' ? judge.version then '{}' else jsonb_build_object('model', judge.model) end end,
		'schedule', schedule) || case when quoted is null then '{}' else jsonb_build_object('quoted', left(quoted, 4000)) end;
end
$$;

-- Keeps a decision, unless the same was decided on before: then that one is the answer. Who comes at the same time waits here.
-- What was decided on is locked, so nothing is recorded of a message that is just being erased. "stale": the message says
-- something else by now, or people have spoken or taken the conversation since the context was read; nothing is recorded then.
create function record_decision(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	own tenants := tenant_of(tenant);
	said jsonb := request -> 'decision';
	facts jsonb := request #> '{input,facts}';
	shadow boolean := (request ->> 'isShadow')::boolean;
	m messages;
	r decision_rules;
	d decisions;
begin
	perform lock_people(tenant, false);
	select * into m from messages where tenant_id = tenant and id = (request ->> 'messageId')::bigint for no key update;
	if m.id is null or m.deleted_at is not null then
		perform fail(404, 'not_found', 'The message is not there any more: it was taken back, erased or archived meanwhile.',
			'Nothing is to be sent.');
	end if;
	r := kept_rules(tenant, request ->> 'rulesVersion', request -> 'rules');
	select * into d from decisions where message_id = m.id and call_id = (request ->> 'callId')::uuid;
	if d.id is not null then
		return decision_json(d) || '{"status": "new"}';
	end if;
	if coalesce(m.digest, digest_of(m)) <> request ->> 'edition' then
		return '{"status": "stale"}';
	end if;
	if not (request ->> 'again')::boolean then
		d := known_decision(m.id, request ->> 'edition', case when (request ->> 'rulesGiven')::boolean or shadow then r.version end,
			shadow);
		if d.id is not null then
			return decision_json(d) || '{"status": "known"}';
		end if;
	end if;
	if standing_mark(tenant, m.conversation_id) is distinct from request ->> 'standing' then
		return '{"status": "stale"}';
	end if;
	select * into d from decisions o where o.message_id = m.id and o.edition = request ->> 'edition' and o.rules_id = r.id
		and o.is_shadow = shadow order by o.attempt desc limit 1;
	insert into decisions (tenant_id, message_id, conversation_id, edition, rules_id, is_shadow, attempt, call_id, outcome,
			decided_by, rule, team, category, is_spam, confidence, decision, input, reply_text, send_at, tokens, notes)
		values (tenant, m.id, m.conversation_id, request ->> 'edition', r.id, shadow, coalesce(d.attempt, 0) + 1,
			(request ->> 'callId')::uuid, said ->> 'outcome', said ->> 'decidedBy', said ->> 'rule', said #>> '{actions,team}',
			facts ->> 'message.category', (facts ->> 'spam.isSpam')::boolean, (said ->> 'confidence')::real, said,
			request -> 'input', request ->> 'text', (request ->> 'sendAt')::timestamptz, (request ->> 'tokens')::int,
			request -> 'notes')
		returning * into d;
	if not shadow then
		update templates set usage_count = usage_count + 1 where tenant_id = tenant and id = (request ->> 'templateId')::bigint;
		update faq_items set usage_count = usage_count + 1 where tenant_id = tenant and id = (request ->> 'faqId')::bigint;
		update messages set processed_at = now() where id = m.id and processed_at is null;
	end if;
	return decision_json(d) || '{"status": "new"}';
end
$$;

-- Of a message the newest one that is no shadow, where there is such.
create function decision_of(tenant text, request jsonb) returns decisions
language plpgsql stable set search_path from current as $$
declare
	d decisions;
begin
	if request ? 'id' then
		select * into d from decisions where tenant_id = tenant and id = (request ->> 'id')::bigint;
	else
		select * into d from decisions where tenant_id = tenant and message_id = (request ->> 'messageId')::bigint
			order by is_shadow, id desc limit 1;
	end if;
	if d.id is null then
		perform fail(404, 'not_found', 'There is no such decision in this tenant.', 'See the list of decisions.');
	end if;
	return d;
end
$$;

create function get_decision(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$ select decision_json(decision_of(tenant, request)) $$;

create function get_decisions(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	own tenants := tenant_of(tenant);
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(decision_json(v) order by v.decided_at desc, v.id desc) into rows from (
		select d.* from decisions d where d.tenant_id = tenant
			and (not request ? 'conversationId' or d.conversation_id = (request ->> 'conversationId')::bigint)
			and (not request ? 'messageId' or d.message_id = (request ->> 'messageId')::bigint)
			and (not request ? 'outcome' or d.outcome = request ->> 'outcome')
			and (not request ? 'rule' or d.rule = request ->> 'rule')
			and (not request ? 'decidedBy' or d.decided_by = request ->> 'decidedBy')
			and (not request ? 'isShadow' or d.is_shadow = (request ->> 'isShadow')::boolean)
			and d.decided_at >= coalesce((request ->> 'from')::timestamptz, '-infinity')
			and d.decided_at < coalesce((request ->> 'to')::timestamptz, 'infinity')
			and (not request ? 'withFeedback' or (request ->> 'withFeedback')::boolean
				= exists (select from decisions o join decision_feedback f on f.decision_id = o.id where o.message_id = d.message_id))
			and (d.decided_at, d.id) < (coalesce((request #>> '{after,at}')::timestamptz, 'infinity'),
				coalesce((request #>> '{after,id}')::bigint, 0))
		order by d.decided_at desc, d.id desc limit most + 1) v;
	return page_of(rows, most, 'decidedAt');
end
$$;
