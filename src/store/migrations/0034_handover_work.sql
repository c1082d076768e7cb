-- Handing a conversation over, noting where that was posted, and reading what operators write about it. Rows are taken in one
-- order: people, the conversation, the handover.

-- The name of the client: of who wrote this message, else of a participant.
create function client_of(conversation bigint, message bigint) returns contacts
language sql stable set search_path from current as $$
	select c from identities s join contacts c on c.id = s.contact_id
	where s.id in (select sender_id from messages where id = message
		union all select identity_id from participants where conversation_id = conversation)
	order by s.id is not distinct from (select sender_id from messages where id = message) desc, s.id limit 1
$$;

create function said_json(m messages) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', m.id, 'author', m.author, 'name', case m.author
			when 'member' then (select name from members where id = m.member_id)
			when 'contact' then (select name from identities where id = m.sender_id) end,
		'sentAt', m.sent_at, 'type', m.content_type, 'text', left(m.content, 2000), 'attachments', m.attachment_count)
$$;

-- What a card is made of. A further message has a reason and a deadline of its own; what was deferred and is shown with it comes
-- before it, the last of it.
create function handover_circumstances(h handovers, c handover_cards, m messages, lapsed text, request jsonb) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	with waiting as materialized (
		select o as said, o.id, o.sent_at from handover_cards x join messages o on o.id = x.message_id
			where x.held_in = c.id and o.deleted_at is null
	)
	select jsonb_build_object('platform', a.platform, 'chatTitle', v.title, 'chatKind', v.kind, 'tier', v.tier,
		'team', (select name from teams where id = h.team_id),
		'client', (select jsonb_build_object('name', c.name, 'isVip', c.status = 'vip', 'username', (select username from identities
			where contact_id = c.id and platform = a.platform and username is not null order by id limit 1))
			from client_of(v.id, m.id) c where c.id is not null),
		'message', said_json(m), 'history', (select coalesce(jsonb_agg(said_json(e) order by e.sent_at, e.id), '[]') from (
			select * from messages o where o.conversation_id = v.id and o.deleted_at is null and o.content_type <> 'erased'
				and (o.sent_at, o.id) < (m.sent_at, m.id) and o.id not in (select id from waiting)
				order by o.sent_at desc, o.id desc limit 6) e),
		'waiting', (select coalesce(jsonb_agg(said_json(w.said) order by w.sent_at, w.id), '[]') from (
			select * from waiting order by sent_at desc, id desc limit 6) w),
		'waitingBefore', greatest((select count(*) from waiting) - 6, 0), 'lapsedHolder', lapsed)
		|| case when m.id = h.message_id then jsonb_build_object('reason', h.reason, 'rule', h.rule, 'draft', h.draft,
				'deadlineAt', h.deadline_at)
			else jsonb_build_object('reason', request -> 'reason', 'rule', request -> 'rule', 'draft', null, 'deadlineAt',
				now() + (request ->> 'withinMinutes')::float8 * interval '1 minute') end
	from conversations v join channel_accounts a on a.id = v.account_id where v.id = h.conversation_id
$$;

-- The desk for a conversation: the one that is named, that of the team, or that of all.
create function desk_for(tenant text, named jsonb, team bigint) returns desks
language plpgsql set search_path from current as $$
declare
	d desks;
begin
	if jsonb_typeof(named) = 'object' then
		select * into d from desks o where o.tenant_id = tenant and o.platform = named ->> 'platform'
			and o.account = named ->> 'account' and o.chat_id = named ->> 'chatId'
			and o.thread_id is not distinct from named ->> 'threadId' order by o.kind = 'named', o.id limit 1;
		if d.id is null then
			insert into desks (tenant_id, kind, platform, account, chat_id, thread_id) values (tenant, 'named', named ->> 'platform',
				named ->> 'account', named ->> 'chatId', named ->> 'threadId') returning * into d;
		end if;
		return d;
	end if;
	select * into d from desks o where o.tenant_id = tenant and (o.team_id = team or o.kind = 'default')
		order by o.kind = 'default' limit 1;
	return d;
end
$$;

-- The conversation is a person's, and what it was before is kept. The caller has locked the member before the conversation, so that
-- who is removed meanwhile is either seen as removed or finds this to give back.
create function hold_conversation(inout h handovers, member bigint, name text, sender text) returns handovers
language plpgsql set search_path from current as $$
begin
	if h.state <> 'held' then
		select status, assigned_member_id into h.former_status, h.former_member_id from conversations where id = h.conversation_id;
	end if;
	update conversations set status = 'assigned_human', assigned_member_id = coalesce(member, h.former_member_id)
		where id = h.conversation_id;
	update handovers set state = 'held', member_id = member, holder = name, holder_id = sender, taken_at = now(), active_at = now(),
			ended_at = null, ended_by = null, not_before = null, former_status = h.former_status, former_member_id = h.former_member_id
		where id = h.id returning * into h;
end
$$;

-- Nobody has it any more: the conversation is what it was before, unless somebody has changed that since.
create function end_handover(inout h handovers, becomes text, who text) returns handovers
language plpgsql set search_path from current as $$
begin
	update conversations v set
			status = case when becomes = 'closed' then 'closed'
				when h.state = 'held' and v.status = 'assigned_human' and h.former_status is distinct from 'assigned_human'
					then 'active' else v.status end,
			assigned_member_id = case when h.state = 'held' and h.member_id is not null and v.assigned_member_id = h.member_id
				then (select id from members where id = h.former_member_id and removed_at is null) else v.assigned_member_id end
		where v.id = h.conversation_id;
	update handovers set state = becomes, ended_at = now(), ended_by = who, active_at = now() where id = h.id returning * into h;
end
$$;

-- What is deferred is about a further message as well. "until" null: it is shown at once, and what waits to be posted of it too.
create function show_deferred(inout h handovers, m messages, team bigint, until timestamptz, request jsonb) returns handovers
language plpgsql set search_path from current as $$
begin
	until := least(h.not_before, coalesce(until, now()));
	update handovers set message_id = m.id, decision_id = (request ->> 'decisionId')::bigint, reason = request ->> 'reason',
			rule = request ->> 'rule', draft = coalesce(request ->> 'draft', h.draft), team_id = coalesce(team, h.team_id),
			not_before = case when until > now() then until end, active_at = until, platform = null, account = null, chat_id = null,
			thread_id = null, deadline_at = least(h.deadline_at,
				until + (request ->> 'withinMinutes')::float8 * interval '1 minute')
		where id = h.id returning * into h;
	update outbox o set due_at = until from handover_cards c where c.handover_id = h.id and c.posted_at is null
		and o.tenant_id = h.tenant_id and o.key = c.key and o.state = 'queued' and o.due_at > until;
end
$$;

-- The first card in the desk's chat.
create function first_post(h handovers) returns text
language sql stable set search_path from current as $$
	select p.external_id from handover_posts p where p.handover_id = h.id and p.platform = h.platform
		and p.account = h.account and p.chat_id = h.chat_id order by p.id limit 1
$$;

-- Says something at the desk of a handover, once for each key: what happens outside of any run has nobody else to tell it. Answers
-- to it are answers to the client.
create function tell_desk(h handovers, tell_key text, said text, reply_to text, due timestamptz default now()) returns void
language plpgsql set search_path from current as $$
declare
	place jsonb := send_place(h.tenant_id, h.platform, h.account, h.chat_id, h.thread_id, null);
	what jsonb := jsonb_strip_nulls(jsonb_build_object('operation', 'message', 'format', 'plain', 'text', said, 'replyTo', reply_to));
begin
	insert into outbox (tenant_id, key, digest, platform, account, chat_id, chat_kind, thread_id, payload, due_at)
		select h.tenant_id, tell_key, said_digest(h.tenant_id, place || jsonb_build_object('payload', what)), h.platform, h.account,
			h.chat_id, place ->> 'chatKind', h.thread_id, what, due
		where h.platform is not null
		on conflict do nothing;
end
$$;

-- Cut within no character, with a sign that there is more.
create function shortened(said text, most int) returns text
language sql immutable as $$ select case when length(said) <= most then said else left(said, most) || '…' end $$;

-- How many characters of others surely fit into one message there, whatever they are.
create function post_room(platform text) returns int
language sql immutable as $$ select case when platform in ('telegram', 'whatsapp') then 1700 else 400 end $$;

-- Who writes more than five messages within a minute, or twenty within ten, without a word of an operator in between, shall not
-- hold up the cards of all others: what goes beyond is gathered in one that waits a little, longer each time. Urgent messages have
-- twice as much room. The key of the entry that gathers this one; null: it has a card of its own.
create function gathered_by(h handovers, m messages, is_urgent boolean) returns text
language plpgsql set search_path from current as $$
declare
	urgent boolean := is_urgent or coalesce(m.priority, 0) >= 7;
	gathers text;
	times timestamptz[];
begin
	select o.key into gathers from outbox o where o.tenant_id = h.tenant_id and o.part = 1 and o.state = 'queued' and not o.doubted
		and o.key = (select c.shown_by from handover_cards c where c.handover_id = h.id and c.shown_by like 'handover-%-more-%'
			order by c.id desc limit 1) for update skip locked;
	times := array(select c.created_at from handover_cards c where c.handover_id = h.id and c.message_id is not null
		and c.created_at > h.active_at and (not urgent or c.shown_by is null) order by c.message_id desc limit 40);
	return case when (select count(*) filter (where at > now() - interval '1 minute') >= case when urgent then 10 else 5 end
				or count(*) filter (where at > now() - interval '10 minutes') >= case when urgent then 40 else 20 end
				or gathers is not null and not urgent from unnest(times) at)
		then coalesce(gathers, format('handover-%s-more-%s', h.id, m.id)) end;
end
$$;

-- Makes the entry that shows what was gathered, or brings it up to date: as many messages as one holds, and how many there are.
create function show_gathered(h handovers, gathers text) returns void
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	amount bigint;
	shown bigint;
	lines text;
	said text;
	before bigint;
begin
	select count(*) into amount from handover_cards where handover_id = h.id and shown_by = gathers;
	select count(*), string_agg(line, e'\n' order by id) into shown, lines from (
		select x.id, x.line, sum(length(x.line) + 1) over (order by x.id) as upto from (
			select c.id, concat_ws(' ', to_char(m.sent_at, 'HH24:MI'), shortened(n.name, 60) || ':', case when m.content_type <> 'text'
				or m.attachment_count > 0 then '[' || m.content_type || ']' end, shortened(m.content, 600)) as line
			from handover_cards c join messages m on m.id = c.message_id left join identities n on n.id = m.sender_id
			where c.handover_id = h.id and c.shown_by = gathers order by c.id limit 60) x) y
	where upto <= post_room(h.platform);
	if amount = 0 then
		delete from outbox where tenant_id = h.tenant_id and key = gathers and state = 'queued' and not doubted;
		return;
	end if;
	said := concat_ws(e'\n', format('#%s %s', h.id, case amount when 1 then 'one more message' else amount || ' more messages' end), lines,
		case when amount > shown then format('and %s more: all of them are in conversation %s of the store.', amount - shown,
			h.conversation_id) end);
	select count(distinct c.shown_by) into before from handover_cards c where c.handover_id = h.id
		and c.shown_by like 'handover-%-more-%' and c.shown_by <> gathers and c.created_at > h.active_at;
	perform tell_desk(h, gathers, said, first_post(h), now() + least(900, 15 * 2 ^ least(before, 6)) * interval '1 second');
	update outbox o set payload = o.payload || jsonb_build_object('text', said), digest = said_digest(o.tenant_id, jsonb_build_object(
			'platform', o.platform, 'account', o.account, 'chatId', o.chat_id, 'threadId', o.thread_id,
			'payload', o.payload || jsonb_build_object('text', said)))
		where o.tenant_id = h.tenant_id and o.key = gathers and o.state = 'queued' and o.payload ->> 'text' <> said;
end
$$;

-- One is open for a conversation, however many ask at once: they wait for each other at its row.
create function open_handover(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	m messages;
	v conversations;
	h handovers;
	c handover_cards;
	t teams;
	d desks;
	lapsed text;
	answer text := 'known';
	why text;
	until timestamptz := (request ->> 'notBefore')::timestamptz;
	was_deferred boolean;
	gathered text;
begin
	perform lock_people(tenant, false);
	if until <= now() then
		until := null;
	end if;
	select * into m from messages where tenant_id = tenant and id = (request ->> 'messageId')::bigint;
	if m.id is null then
		perform fail(404, 'not_found', format('There is no message %s in this tenant.', request ->> 'messageId'),
			'Store the message first, and give the id that the store has answered.');
	end if;
	select * into v from conversations where id = m.conversation_id for no key update;
	if is_desk_conversation(v.id) then
		perform fail(422, 'invalid_input', 'messageId: it was written at a desk.',
			'What operators write is read by "Read Operator Message" and never handed over.');
	end if;
	select * into c from handover_cards where tenant_id = tenant and message_id = m.id order by id limit 1;
	if c.id is null and m.deleted_at is not null then
		perform fail(404, 'not_found', 'The message was taken back.', 'Nobody is to be shown it.');
	end if;
	if c.id is not null then
		select * into h from handovers where id = c.handover_id for no key update;
	else
		select * into h from handovers where conversation_id = v.id and ended_at is null for no key update;
		answer := 'joined';
		if h.id is not null and is_idle(h) then
			lapsed := coalesce(h.holder, 'nobody');
			h := end_handover(h, 'handedBack', 'idle');
			h := null;
		end if;
	end if;
	if request ->> 'team' is not null then
		select * into t from teams where tenant_id = tenant and name = request ->> 'team' for key share;
		why := case when t.id is null then format('There is no team "%s".', left(request ->> 'team', 200)) end;
	end if;
	was_deferred := coalesce(is_deferred(h), false);
	if h.id is null then
		answer := 'opened';
		insert into handovers (tenant_id, conversation_id, message_id, decision_id, reason, rule, draft, team_id, deadline_at,
				not_before, active_at)
			values (tenant, v.id, m.id, (request ->> 'decisionId')::bigint, request ->> 'reason', request ->> 'rule',
				request ->> 'draft', coalesce(t.id, v.team_id),
				coalesce(until, now()) + (request ->> 'withinMinutes')::float8 * interval '1 minute', until, coalesce(until, now()))
			returning * into h;
	elsif was_deferred and (c.id is null or until is null) then
		answer := case when c.id is null then 'opened' else answer end;
		h := show_deferred(h, m, t.id, until, request);
	elsif c.id is null and request ->> 'withinMinutes' is not null then
		update handovers set deadline_at = least(case when answered_at is null or deadline_at > now() then deadline_at end,
			now() + (request ->> 'withinMinutes')::float8 * interval '1 minute') where id = h.id returning * into h;
	end if;
	if answer = 'opened' then
		update conversations set team_id = t.id where id = v.id and t.id is not null and team_id is distinct from t.id;
	end if;
	if h.platform is null and h.ended_at is null then
		d := desk_for(tenant, request -> 'desk', h.team_id);
		if exists (select from chats x join channel_accounts a on a.id = x.account_id where x.conversation_id = v.id
				and a.platform = d.platform and a.external_id = d.account and x.external_id = d.chat_id) then
			perform fail(422, 'invalid_input', 'desk: it is the chat of the client.', 'Name a chat in which only operators read.');
		end if;
		update handovers set platform = d.platform, account = d.account, chat_id = d.chat_id, thread_id = d.thread_id
			where id = h.id returning * into h;
	end if;
	if c.id is null then
		gathered := case when answer = 'joined' and h.platform is not null then gathered_by(h, m, request ->> 'withinMinutes' is not null) end;
		insert into handover_cards (tenant_id, handover_id, message_id, decision_id, key, reply_to, shown_by)
			values (tenant, h.id, m.id, (request ->> 'decisionId')::bigint, format('handover-%s-%s', h.id, m.id), first_post(h), gathered)
			returning * into c;
		if was_deferred then
			update handover_cards set held_in = c.id where handover_id = h.id and id <> c.id;
		end if;
		if gathered is not null then
			perform show_gathered(h, gathered);
		end if;
	end if;
	delete from handover_posts where id in (select id from handover_posts where tenant_id = tenant and handover_id is null
		and posted_at < now() - interval '90 days' limit 100);
	return jsonb_build_object('handoverId', h.id, 'status', answer, 'state', h.state, 'conversationId', h.conversation_id,
		'hasDesk', h.platform is not null, 'reason', nullif(concat_ws(' ', why, case when h.platform is null then
			'No desk is set up for it: nobody was told.' end), ''),
		'target', send_place(tenant, h.platform, h.account, h.chat_id, h.thread_id, c.reply_to), 'key', c.key,
		'sendAt', case when is_deferred(h) then h.not_before end,
		'isPosted', c.posted_at is not null, 'isGathered', c.shown_by is not null, 'card', c.card,
		'isFirst', c.message_id is not distinct from h.message_id, 'circumstances', case when c.posted_at is null
			and c.card is null and c.shown_by is null then handover_circumstances(h, c, m, lapsed, request) end);
end
$$;

-- The first one's stands.
create function keep_handover_card(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
	c handover_cards;
begin
	perform lock_people(tenant, false);
	update handover_cards set card = coalesce(card, request -> 'card')
		where tenant_id = tenant and key = request ->> 'key' and posted_at is null returning * into c;
	return jsonb_build_object('card', c.card);
end
$$;

create function note_posts(tenant text, handover bigint, card_key text, platform text, account text, chat text, ids text[])
returns int language plpgsql set search_path from current as $$
declare
	c handover_cards;
	done int;
begin
	update handover_cards set posted_at = coalesce(posted_at, now()), card = null where tenant_id = tenant
		and handover_id = handover and (key = card_key or shown_by = card_key);
	-- Who answers what was gathered answers the last of it.
	select * into c from handover_cards where tenant_id = tenant and handover_id = handover and (key = card_key or shown_by = card_key)
		order by id desc limit 1;
	insert into handover_posts (tenant_id, handover_id, card_id, platform, account, chat_id, external_id)
		select tenant, handover, c.id, note_posts.platform, note_posts.account, chat, x from unnest(ids) x
		on conflict do nothing;
	get diagnostics done = row_count;
	return done;
end
$$;

create function note_handover_post(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	h handovers;
begin
	perform lock_people(tenant, false);
	h := known_handover(tenant, jsonb_build_object('handoverId', request -> 'handoverId'));
	return jsonb_build_object('noted', note_posts(tenant, h.id, coalesce(request ->> 'key', (select key from handover_cards
			where handover_id = h.id and posted_at is null order by id limit 1)), request ->> 'platform', request ->> 'account',
		request ->> 'chatId', array(select jsonb_array_elements_text(request -> 'externalIds'))));
end
$$;

-- What went through the outbox is noted with that it was sent: nothing lies between both.
create function note_sent_post() returns trigger language plpgsql set search_path from current as $$
begin
	perform note_posts(new.tenant_id, h.id, new.key, new.platform, new.account, new.chat_id, new.external_ids)
		from handovers h where h.tenant_id = new.tenant_id and h.id = substring(new.key from '^handover-(\d{1,18})-')::bigint;
	return null;
end
$$;
create trigger note_posts after update of external_ids on outbox for each row
	when (new.state = 'sent' and new.external_ids is not null and new.key like 'handover-%') execute function note_sent_post();

-- What says all of other cards as well is handed in in their place, at once: neither is lost, whenever a process dies.
create function replace_cards() returns trigger language plpgsql set search_path from current as $$
declare
	c handover_cards;
begin
	for c in select y.* from handover_cards x join handover_cards y on y.held_in = x.id where x.tenant_id = new.tenant_id
			and x.key = new.key and y.posted_at is null order by y.id for update of y skip locked loop
		delete from outbox where id in (select o.id from outbox o where o.tenant_id = c.tenant_id and o.key = c.key
			and o.state = 'queued' and not o.doubted for update skip locked);
		continue when exists (select from outbox o where o.tenant_id = c.tenant_id and o.key = c.key);
		update handover_cards set card = null, posted_at = now() where id = c.id;
	end loop;
	return null;
end
$$;
create trigger replace_cards after insert on outbox for each row
	when (new.key like 'handover-%' and new.part = 1) execute function replace_cards();

-- What an operator has written is theirs, and not the bot's that has handed it over.
create function sign_answers(o outbox, stored jsonb) returns void
language sql set search_path from current as $$
	update messages m set author = 'member', member_id = w.member_id
	from operator_messages w join handovers h on h.id = w.handover_id
	where w.tenant_id = o.tenant_id and w.id = substring(o.key from '^operator-(\d{1,18})(?:-\d+)?$')::bigint and w.kind = 'answer'
		and m.conversation_id = h.conversation_id and m.direction = 'outbound'
		and m.id in (select (i ->> 'id')::bigint from jsonb_array_elements(stored -> 'items') i where i ->> 'status' = 'created')
$$;

-- Why an answer to a client, or a card, that was to wait is pointless by now; null when it is not. Both are known by their keys. A
-- handover that only waits for somebody keeps no answer back: what a client hears meanwhile is such an answer. A card stays due when
-- nobody has ended its handover, but time or another conversation has.
create function overtaken_by(tenant text, key text) returns text
language plpgsql stable set search_path from current as $$
declare
	answering bigint := substring(key from '^decision-(\d{1,18})$')::bigint;
	telling bigint := substring(key from '^handover-(\d{1,18})-(?:more-)?\d+$')::bigint;
	h handovers;
	d decisions;
	m messages;
	standing jsonb;
	asked_at timestamptz;
begin
	if telling is not null then
		select * into h from handovers where tenant_id = tenant and id = telling;
		return case when h.id is null then 'The handover is not kept any more.'
			when exists (select from handover_cards c where c.tenant_id = overtaken_by.tenant and c.key = overtaken_by.key
				and c.held_in is not null and c.posted_at is not null) then 'A later card says it, too.'
			when h.ended_at is not null and coalesce(h.ended_by, '') not in ('idle', 'joined')
				then 'The handover was ended before its card was due.' end;
	elsif answering is null then
		return null;
	end if;
	select * into d from decisions where tenant_id = tenant and id = answering;
	-- In the archive it is none of these any more, and its decision is still there.
	select * into m from messages where id = d.message_id;
	standing := handover_standing(tenant, d.conversation_id);
	-- Telegram tells whole seconds only: within one, what was stored later is later.
	asked_at := date_trunc('second', case when m.edited_at <= d.decided_at then m.edited_at
		else coalesce(m.sent_at, d.decided_at) end);
	return case
		when d.id is null then 'The message that it answers is not kept any more.'
		when m.deleted_at is not null then 'The message that it answers was taken back.'
		when exists (select from messages o where o.conversation_id = d.conversation_id and o.author = 'member'
			and o.deleted_at is null and o.sent_at >= asked_at
			and (date_trunc('second', o.sent_at), o.id) > (asked_at, d.message_id)) then 'A person has answered meanwhile.'
		when (standing ->> 'isHeld')::boolean and standing ->> 'state' = 'held'
			or is_handled_again(tenant, d.conversation_id, (standing ->> 'endedAt')::timestamptz)
			then 'A person has the conversation.'
		when exists (select from identities s join contacts c on c.id = s.contact_id
			where s.id = m.sender_id and c.status = 'blocked') then 'Who wrote the message is blocked.' end;
end
$$;

-- Of a removed member: their conversations are released already, and wait for somebody. As its owner, because an admin who removes
-- a member directly changes no handovers otherwise.
create function release_handovers() returns trigger language plpgsql security definer set search_path from current as $$
declare
	h handovers;
begin
	for h in update handovers set state = 'open', member_id = null, holder = null, holder_id = null
			where member_id = new.id and state = 'held' returning * loop
		perform tell_desk(h, format('handover-%s-freed-%s', h.id, (extract(epoch from new.removed_at) * 1000)::bigint),
			format('#%s %s is nobody''s again: %s is no member of the team any more. /take, or a reply to this message, takes it.', h.id,
				(client_of(h.conversation_id, h.message_id)).name, new.name), first_post(h));
	end loop;
	return null;
end
$$;
-- By its name after the one that releases conversations: rows are taken in that order everywhere.
create trigger release_own_handovers after update of removed_at on members for each row
	when (old.removed_at is null and new.removed_at is not null) execute function release_handovers();

-- Refuses to take what goes on elsewhere.
create function newer_handover(h handovers) returns bigint
language sql stable set search_path from current as $$
	select o.id from handovers o where o.conversation_id = h.conversation_id and o.id <> h.id and o.ended_at is null
$$;

create function change_handover(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	h handovers;
	who members;
	name text;
	changes boolean;
begin
	perform lock_people(tenant, false);
	h := known_handover(tenant, request);
	if request ? 'memberId' then
		select * into who from members where tenant_id = tenant and id = (request ->> 'memberId')::bigint and removed_at is null
			for share;
		if who.id is null then
			perform fail(404, 'not_found', 'There is no such member in this tenant, or the member was removed.',
				'See the list of members.');
		end if;
	end if;
	perform from conversations where id = h.conversation_id for no key update;
	select * into h from handovers where id = h.id for no key update;
	name := coalesce(who.name, request ->> 'by', 'somebody');
	if request ->> 'action' = 'take' then
		if h.ended_at is not null and newer_handover(h) is not null then
			perform fail(409, 'conflict', format('The conversation goes on as handover %s.', newer_handover(h)), 'Take that one.');
		end if;
		changes := h.state <> 'held' or h.holder is distinct from name or h.member_id is distinct from who.id;
		if changes then
			h := hold_conversation(h, who.id, name, null);
		end if;
	else
		changes := h.ended_at is null or request ->> 'action' = 'close' and h.state <> 'closed' and newer_handover(h) is null;
		if changes then
			h := end_handover(h, case request ->> 'action' when 'close' then 'closed' else 'handedBack' end, name);
		end if;
	end if;
	return handover_json(h) || jsonb_build_object('changed', changes);
end
$$;

-- Where a client is written to: the newest chat of the conversation, and of a forum the topic in which they wrote. What was
-- anonymised has none any more.
create function client_place(tenant text, conversation bigint, message bigint) returns jsonb
language sql stable set search_path from current as $$
	select send_place(tenant, a.platform, a.external_id, h.external_id, m.metadata ->> 'threadId', m.external_id)
	from chats h join channel_accounts a on a.id = h.account_id
		left join messages m on m.id = message and m.chat_id = h.id
	where h.conversation_id = conversation and not is_pseudonym(h.external_id) order by h.id desc limit 1
$$;

-- Whether the bot has gone on by itself after nobody had answered for too long.
create function went_on(h handovers) returns boolean
language sql stable set search_path from current as $$
	select exists (select from messages where conversation_id = h.conversation_id and author = 'bot' and direction = 'outbound'
		and sent_at >= lapses_at(h))
$$;

-- What an operator's message means, and what it changes.
create function judge_operator_message(tenant text, h handovers, c handover_cards, who members, name text, request jsonb, key text)
returns jsonb language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	wish text := request ->> 'intent';
	d desks := desk_at(tenant, request ->> 'platform', request ->> 'account', request ->> 'chatId', request ->> 'threadId');
	is_own boolean := h.state = 'held' and case when who.id is not null then h.member_id = who.id
		else h.member_id is null and h.holder_id = request ->> 'senderId' end;
	is_over boolean := h.ended_at is not null or is_idle(h) and went_on(h);
	newer bigint := newer_handover(h);
	place jsonb;
	stop text;
	before text := h.holder;
	refused text;
	reason text;
	seat text;
begin
	if who.id is null and not coalesce(d.anyone, false) then
		refused := case when request ->> 'senderKind' = 'system' then 'anonymous' else 'stranger' end;
	elsif wish = 'empty' or wish = 'unknown' then
		refused := case wish when 'empty' then 'empty' else 'unknown_command' end;
	elsif wish in ('answer', 'take') and h.ended_at is not null and newer is not null then
		refused := 'moved';
	elsif wish = 'feedback' and coalesce(c.decision_id, h.decision_id) is null then
		refused := 'no_decision';
	elsif wish = 'answer' then
		place := client_place(tenant, h.conversation_id, coalesce(c.message_id, h.message_id));
		stop := (send_stop_of(tenant, place ->> 'platform', place ->> 'account', place ->> 'chatId')).reason;
		refused := case
			when is_over then 'over'
			when place is null then 'no_chat'
			when stop is not null then 'send_stop'
			when h.state = 'held' and not is_own and not is_idle(h) and not coalesce(d.others_may_answer, true) then 'held_by_other' end;
	end if;
	if refused is not null then
		return jsonb_build_object('kind', 'refused', 'reason', refused, 'newerId', newer, 'other',
			case refused when 'over' then coalesce(nullif(h.ended_by, 'idle'), 'nobody had answered for too long')
				when 'send_stop' then stop else before end);
	end if;
	if wish = 'take' then
		reason := case when is_own then 'unchanged' when h.state = 'held' then 'taken_from' end;
		if not is_own then
			h := hold_conversation(h, who.id, name, request ->> 'senderId');
		end if;
	elsif wish in ('handBack', 'close') then
		if h.ended_at is not null and (wish = 'handBack' or h.state = 'closed' or newer is not null) then
			reason := 'unchanged';
		else
			h := end_handover(h, case wish when 'close' then 'closed' else 'handedBack' end, name);
		end if;
	elsif wish = 'answer' then
		if h.state = 'open' or is_idle(h) and not is_own then
			h := hold_conversation(h, who.id, name, request ->> 'senderId');
			reason := 'taken';
		elsif not is_own then
			reason := 'held_by_other';
		end if;
	end if;
	-- Also who has it only by this answer.
	seat := case when exists (select from conversations where id = h.conversation_id and assigned_member_id = who.id)
		then 'assignee' else 'agent' end;
	update handovers set active_at = now() where id = h.id and ended_at is null and wish <> 'help';
	-- Who is there need not wait for what was gathered.
	update outbox o set due_at = least(o.due_at, now()) where o.tenant_id = h.tenant_id and o.state = 'queued' and o.key = (select x.shown_by
		from handover_cards x where x.handover_id = h.id and x.shown_by like 'handover-%-more-%' order by x.id desc limit 1);
	return jsonb_build_object('kind', wish, 'reason', reason, 'other', before, 'author', seat)
		|| case when wish = 'answer' then jsonb_build_object('target', place, 'key', key) else '{}' end;
end
$$;

-- Whether a message at a desk, which stands for no handover that is known, was posted by us: it may be a card of which nobody knows
-- for certain that it was sent.
create function may_be_card(tenant text, request jsonb) returns boolean
language sql stable set search_path from current as $$
	select coalesce((select m.direction = 'outbound' and m.author = 'bot' from channel_accounts a join chats h on h.account_id = a.id
				join messages m on m.chat_id = h.id
			where a.tenant_id = tenant and a.platform = request ->> 'platform' and a.external_id = request ->> 'account'
				and h.external_id = request ->> 'chatId' and m.external_id = request ->> 'replyTo'),
		exists (select from outbox o where o.tenant_id = tenant and o.platform = request ->> 'platform'
			and o.account = request ->> 'account' and o.chat_id = request ->> 'chatId' and o.key like 'handover-%'
			and o.state in ('sending', 'uncertain')))
$$;

-- One transaction: of two who read the same message one judges it, and the other gets the same answer.
create function read_operator_message(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	own_account text := desk_account(tenant, request ->> 'platform', request ->> 'account', request ->> 'chatId');
	at_desk boolean := is_desk_chat(tenant, request ->> 'platform', request ->> 'account', request ->> 'chatId');
	nothing jsonb := jsonb_build_object('status', 'new', 'kind', 'ignored', 'isDesk', at_desk, 'account',
		coalesce(own_account, request ->> 'account')) || '{"handoverId": null,
		"conversationId": null, "messageId": null, "decisionId": null, "target": null, "key": null, "by": null, "memberId": null,
		"author": null, "reason": null, "client": null, "other": null, "newerId": null, "tellKey": null, "isNumberText": false}';
	wish text := request ->> 'intent';
	digest text := keyed_hash(tenant, 'operator ' || (request ->> 'said'));
	w operator_messages;
	p handover_posts;
	h handovers;
	c handover_cards;
	by_number handovers;
	is_text boolean := false;
	who members;
	name text;
	said jsonb;
	number bigint;
begin
	-- What a bot posts there, ours too, is no word of an operator, and what another one is asked is not for us.
	if request ->> 'senderKind' = 'bot' or request ->> 'senderId' = own_account or wish = 'forOthers' then
		return nothing;
	elsif own_account is null then
		return nothing || case when wish <> 'answer' or request ?| array['replyTo', 'number']
			then '{"kind": "refused", "reason": "several_accounts"}'::jsonb else '{}' end;
	end if;
	request := request || jsonb_build_object('account', own_account);
	perform lock_people(tenant, false);
	perform pg_advisory_xact_lock(hashtextextended(concat_ws(' ', current_schema(), 'operator message', tenant,
		request ->> 'platform', request ->> 'account', request ->> 'chatId', request ->> 'externalId'), 0));
	select * into w from operator_messages where tenant_id = tenant and platform = request ->> 'platform'
		and account = request ->> 'account' and chat_id = request ->> 'chatId' and external_id = request ->> 'externalId';
	if w.id is not null then
		return nothing || w.outcome || '{"status": "known", "isDesk": true}' || case when w.said = digest then '{}'
			else '{"kind": "refused", "reason": "edited", "target": null, "key": null, "author": null}'::jsonb
				|| jsonb_build_object('tellKey', w.outcome ->> 'tellKey' || '-edited') end;
	end if;
	if request ? 'number' then
		select * into by_number from handovers where tenant_id = tenant and id = (request ->> 'number')::bigint
			and platform = request ->> 'platform' and account = request ->> 'account' and chat_id = request ->> 'chatId';
	end if;
	if request ? 'replyTo' then
		select * into p from handover_posts where tenant_id = tenant and platform = request ->> 'platform'
			and account = request ->> 'account' and chat_id = request ->> 'chatId' and external_id = request ->> 'replyTo';
		select * into h from handovers where id = p.handover_id;
		select * into c from handover_cards where id = p.card_id;
	end if;
	if request ? 'number' then
		-- "/answer 2025 was a good year" in reply to a card: the reply says whose it is, unless both name somebody.
		if p.id is not null and by_number.id is not null and by_number.id is distinct from h.id then
			return nothing || jsonb_build_object('kind', 'refused', 'reason', 'ambiguous', 'isDesk', true, 'handoverId', h.id,
				'newerId', by_number.id);
		end if;
		is_text := wish = 'answer' and h.id is not null and by_number.id is null;
		if not is_text then
			h := by_number;
		end if;
	end if;
	if h.id is null then
		return nothing || case
			when p.id is not null and p.handover_id is null then '{"kind": "refused", "reason": "erased", "isDesk": true}'
			when not at_desk then '{}'
			when wish = 'help' then '{"kind": "help"}'
			when request ? 'number' then jsonb_build_object('kind', 'refused', 'reason', 'not_found',
				'handoverId', request -> 'number')
			when wish in ('take', 'handBack', 'close', 'feedback') then '{"kind": "refused", "reason": "needs_reply"}'
			when wish = 'answer' and request ? 'replyTo' and may_be_card(tenant, request)
				then '{"kind": "refused", "reason": "unknown_card"}'
			else '{}' end;
	end if;
	select m.* into who from member_channels x join members m on m.id = x.member_id where x.tenant_id = tenant
		and x.platform = request ->> 'platform' and x.external_id = request ->> 'senderId' and m.removed_at is null for share of m;
	name := coalesce(who.name, nullif(btrim(request ->> 'senderName'), ''), 'somebody');
	perform from conversations where id = h.conversation_id for no key update;
	select * into h from handovers where id = h.id for no key update;
	number := nextval(pg_get_serial_sequence('operator_messages', 'id'));
	said := judge_operator_message(tenant, h, c, who, name, request, 'operator-' || number) || jsonb_build_object(
		'handoverId', h.id, 'conversationId', h.conversation_id, 'messageId', coalesce(c.message_id, h.message_id),
		'decisionId', coalesce(c.decision_id, h.decision_id), 'by', name, 'memberId', who.id,
		'client', (client_of(h.conversation_id, coalesce(c.message_id, h.message_id))).name, 'tellKey', format('handover-%s-tell-%s', h.id, number),
		'isNumberText', is_text);
	insert into operator_messages (id, tenant_id, handover_id, platform, account, chat_id, external_id, kind, member_id, name, said,
		outcome)
	overriding system value
	values (number, tenant, h.id, request ->> 'platform', request ->> 'account', request ->> 'chatId', request ->> 'externalId',
		said ->> 'kind', who.id, name, digest, said);
	return nothing || said || '{"isDesk": true}';
end
$$;

-- Handovers of a conversation that becomes part of another one. Of two that are open the one that somebody has stays, or the
-- earlier; whoever answers a card of the other one is led to it.
create function move_handovers(tenant text, from_id bigint, into_id bigint) returns void
language plpgsql set search_path from current as $$
declare
	own handovers;
begin
	for own in select * from handovers where tenant_id = tenant and conversation_id in (from_id, into_id) and ended_at is null
			order by state = 'held' desc, coalesce(not_before > now(), false), id offset 1 loop
		perform end_handover(own, 'handedBack', 'joined');
	end loop;
	update handovers set conversation_id = into_id where tenant_id = tenant and conversation_id = from_id;
	update timer_news set conversation_id = into_id where tenant_id = tenant and conversation_id = from_id;
end
$$;

-- Messages at desks that hold words of these conversations: cards, and what operators have written to them.
create function desk_copies_of(tenant text, conversation_ids bigint[]) returns setof bigint
language sql stable set search_path from current as $$
	with places as materialized (
		select p.platform, p.account, p.chat_id, p.external_id from handovers h join handover_posts p on p.handover_id = h.id
			where h.tenant_id = tenant and h.conversation_id = any (conversation_ids)
		union select o.platform, o.account, o.chat_id, o.external_id from handovers h join operator_messages o on o.handover_id = h.id
			where h.tenant_id = tenant and h.conversation_id = any (conversation_ids)
	), here as materialized (
		select c.id as chat, x.external_id from places x join channel_accounts a on a.tenant_id = tenant and a.platform = x.platform
				and a.external_id = x.account
			join chats c on c.account_id = a.id and c.external_id = x.chat_id
	)
	select m.id from here x join messages m on m.chat_id = x.chat and m.external_id = x.external_id
	union all select m.id from here x join message_archive m on m.chat_id = x.chat and m.external_id = x.external_id
$$;

-- What is known of a person by handing their conversations over. Those of their own chats go with these when they are erased;
-- who becomes a pseudonym can be written to no more.
create function forget_handovers(tenant text, t traces) returns jsonb
language plpgsql set search_path from current as $$
declare
	ids bigint[] := array(select id from handovers where tenant_id = tenant and conversation_id = any (t.own_chats || t.shared));
	own handovers;
begin
	if cardinality(ids) = 0 then
		return '{}';
	end if;
	delete from outbox o where o.tenant_id = tenant and o.payload is not null and o.key like 'handover-%'
		and substring(o.key from '^handover-(\d{1,18})-')::bigint = any (ids);
	update handover_cards set card = null, posted_at = coalesce(posted_at, now()) where handover_id = any (ids);
	update handovers set draft = null where id = any (ids);
	-- One that is deferred has lost its cards, and nobody was told of it.
	for own in select * from handovers o where id = any (ids) and ended_at is null
			and (conversation_id = any (t.own_chats) or is_deferred(o)) loop
		perform end_handover(own, 'closed', 'erasure');
	end loop;
	update operator_messages set outcome = outcome - '{target,client}'::text[] where handover_id = any (ids)
		and handover_id in (select id from handovers where conversation_id = any (t.own_chats));
	return jsonb_build_object('handovers', cardinality(ids));
end
$$;

-- What others were told speaks of a person as messages do; who answers at an open desk may be one, too.
create function mask_handovers(tenant text, w mask_words, shared bigint[]) returns void
language sql set search_path from current as $$
	update handovers h set holder = masked(h.holder, w.everywhere, null), ended_by = masked(h.ended_by, w.everywhere, null),
			reason = masked(h.reason, w.everywhere, case when h.conversation_id = any (shared) then w.shared end),
			draft = masked(h.draft, w.everywhere, case when h.conversation_id = any (shared) then w.shared end)
		where h.tenant_id = tenant and (h.conversation_id = any (shared)
			or words_of_handover(h.reason, h.draft, h.holder, h.ended_by) like any (lowered(w.likes)));
	update handover_cards c set card = masked_json(c.card, w.everywhere,
			case when h.conversation_id = any (shared) then w.shared end)
		from handovers h where h.id = c.handover_id and c.tenant_id = tenant and c.card is not null
			and (h.conversation_id = any (shared) or lower(c.card::text) like any (lowered(w.likes)));
	update operator_messages o set name = masked(o.name, w.everywhere, null),
			outcome = masked_json(o.outcome - 'target', w.everywhere, null)
				|| case when o.outcome ? 'target' then jsonb_build_object('target', o.outcome -> 'target') else '{}' end
		where o.tenant_id = tenant and words_of_operator(o.name, o.outcome) like any (lowered(w.likes))
$$;

-- Of a person's own requests: that people took care of them, when, and why.
create function handovers_of(tenant text, mine bigint[]) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', h.id, 'conversationId', h.conversation_id,
		'state', h.state, 'reason', h.reason, 'openedAt', h.opened_at, 'answeredAt', h.answered_at, 'endedAt', h.ended_at))
		order by h.id), '[]')
	from handovers h where h.tenant_id = tenant and exists (select from handover_cards c join messages m on m.id = c.message_id
		where c.handover_id = h.id and m.sender_id = any (mine))
$$;

-- Those that are over go with the messages of their time, and so do those that nobody has ended: their conversations are what they
-- were before. Holds keep them.
create function retain_handovers(tenant text, before timestamptz) returns void
language plpgsql set search_path from current as $$
declare
	h handovers;
begin
	for h in select o.* from handovers o, held_in(tenant) k where o.tenant_id = tenant and o.ended_at is null
			and o.active_at < before and is_idle(o) and not is_held(k, o.conversation_id, null) order by o.active_at limit 500 loop
		-- Who is just working on it has it.
		perform from conversations where id = h.conversation_id for no key update skip locked;
		continue when not found;
		select * into h from handovers o where o.id = h.id and o.ended_at is null and o.active_at < before for no key update;
		continue when not found;
		perform end_handover(h, 'handedBack', 'idle');
		delete from handovers where id = h.id;
	end loop;
	delete from handovers where id in (select o.id from handovers o, held_in(tenant) k where o.tenant_id = tenant
		and o.ended_at < before and not is_held(k, o.conversation_id, null) order by o.ended_at limit 500);
end
$$;

-- With the message goes what was drafted as an answer to it.
create function forget_draft() returns trigger language plpgsql set search_path from current as $$
begin
	new.draft := null;
	return new;
end
$$;
create trigger forget_draft before update of message_id on handovers for each row
	when (old.message_id is not null and new.message_id is null) execute function forget_draft();

-- A text without these pieces of it, which stand in it as HTML, or as what is seen of that.
create function without_pieces(said text, format text, pieces jsonb) returns text
language plpgsql immutable as $$
declare
	piece text;
begin
	for piece in select jsonb_array_elements_text(pieces) loop
		if format is distinct from 'html' then
			piece := replace(replace(replace(replace(regexp_replace(piece, '<[^>]*>', '', 'g'), '&lt;', '<'), '&gt;', '>'),
				'&quot;', '"'), '&amp;', '&');
		end if;
		said := replace(said, piece, '[taken back]');
	end loop;
	return said;
end
$$;

-- A card that says more than what was taken back goes on without it.
create function silence_card(c handover_cards, message bigint) returns void
language plpgsql set search_path from current as $$
declare
	pieces jsonb := coalesce(c.card #> array['says', message::text], '[]') || case when c.card -> 'asks' @> to_jsonb(message)
		then coalesce(c.card #> '{says,draft}', '[]') else '[]' end;
	o outbox;
	said text;
begin
	for o in select * from outbox x where x.tenant_id = c.tenant_id and x.key = c.key and x.state = 'queued' and not x.doubted
			order by x.part for update skip locked loop
		said := without_pieces(o.payload ->> 'text', o.payload ->> 'format', pieces);
		-- In several parts a piece may be cut.
		said := case when o.parts = 1 then said
			else format('#%s: the client has written, and has taken some of it back.', c.handover_id) end;
		update outbox x set payload = o.payload || jsonb_build_object('text', said),
				digest = said_digest(o.tenant_id, jsonb_build_object('platform', o.platform, 'account', o.account,
					'chatId', o.chat_id, 'payload', o.payload || jsonb_build_object('text', said), 'threadId', o.thread_id))
			where x.id = o.id;
	end loop;
	update handover_cards set card = c.card #- array['says', message::text] || jsonb_build_object('text',
		without_pieces(c.card ->> 'text', c.card ->> 'format', pieces)) where id = c.id;
end
$$;

-- What a client takes back is shown to nobody who has not seen it yet. A handover of which nothing is left to show is over: nobody
-- was told of it, so nobody would end it.
create function take_back_cards() returns trigger language plpgsql set search_path from current as $$
declare
	waiting bigint[] := array(select c.id from handovers o join handover_cards c on c.handover_id = o.id
		where o.conversation_id = new.conversation_id and c.posted_at is null
			and (c.message_id = new.id or c.card -> 'says' ? new.id::text) order by c.id);
	c handover_cards;
	h handovers;
begin
	-- What was changed before it was taken back stands on a card of its own.
	delete from outbox where id in (select o.id from handovers x join outbox o on o.tenant_id = x.tenant_id
			and o.platform = x.platform and o.account = x.account and o.chat_id = x.chat_id and o.state = 'queued' and not o.doubted
			and o.key like format('handover-%s-%s-changed-%%', x.id, new.id)
		where x.conversation_id = new.conversation_id and x.ended_at is null for update of o skip locked);
	if waiting = '{}' and not exists (select from handovers o where o.message_id = new.id) then
		return null;
	end if;
	perform from conversations where id = new.conversation_id for no key update;
	update handovers set draft = null where draft is not null and id in (select o.id from handovers o where o.message_id = new.id
		union select o.id from handover_cards x join handovers o on o.id = x.handover_id
			where x.message_id = new.id and is_deferred(o));
	for c in select * from handover_cards where id = any (waiting) and posted_at is null order by id for update skip locked loop
		if c.shown_by like 'handover-%-more-%' then
			perform from outbox o where o.tenant_id = c.tenant_id and o.key = c.shown_by and o.state = 'queued' and not o.doubted
				for update skip locked;
			continue when not found;
			update handover_cards set shown_by = null, posted_at = now() where id = c.id;
			select * into h from handovers o where o.id = c.handover_id;
			perform show_gathered(h, c.shown_by);
			continue;
		end if;
		if c.message_id is distinct from new.id and not c.card -> 'asks' @> to_jsonb(new.id) or exists (select
				from jsonb_array_elements_text(c.card -> 'asks') a join messages o on o.id = a::bigint
				where o.deleted_at is null and o.id <> new.id) then
			perform silence_card(c, new.id);
			continue;
		end if;
		delete from outbox where id in (select o.id from outbox o where o.tenant_id = c.tenant_id
			and o.key = coalesce(c.shown_by, c.key) and o.state = 'queued' and not o.doubted for update skip locked);
		-- One that is on its way, or may be, is noted when it has arrived.
		continue when exists (select from outbox o where o.tenant_id = c.tenant_id and o.key = coalesce(c.shown_by, c.key));
		update handover_cards set card = null, posted_at = now() where id = c.id;
		select * into h from handovers o where o.id = c.handover_id and o.state = 'open'
			and not exists (select from handover_posts p where p.handover_id = o.id)
			and not exists (select from handover_cards x where x.handover_id = o.id and x.posted_at is null) for no key update;
		if found then
			perform end_handover(h, 'handedBack', 'the client has taken it back');
		end if;
	end loop;
	return null;
end
$$;
create trigger take_back_cards after update of deleted_at on messages for each row
	when (old.deleted_at is null and new.deleted_at is not null) execute function take_back_cards();

-- An answer of Eva's that its client does not get is a person's to give: the message is handed over, with what she had to say. Not
-- where there is no desk, for then nobody would be told and she would be silent.
create function hand_over_undelivered(o outbox, d decisions, why text) returns void
language plpgsql set search_path from current as $$
declare
	m messages;
	h handovers;
	c handover_cards;
	opened jsonb;
	tell_key text;
	name text;
	room int;
begin
	select * into m from messages where id = d.message_id and deleted_at is null;
	perform from conversations where id = m.conversation_id for no key update;
	select * into h from handovers where conversation_id = m.conversation_id and ended_at is null;
	if m.id is null or h.platform is null and not exists (select from desks k join conversations v on v.id = m.conversation_id
			where k.tenant_id = o.tenant_id and (k.kind = 'default' or k.team_id = v.team_id)) then
		return;
	end if;
	opened := open_handover(o.tenant_id, jsonb_strip_nulls(jsonb_build_object('messageId', m.id, 'decisionId', d.id,
		'reason', shortened('Eva''s answer was not delivered. ' || why, 2000), 'draft', shortened(d.reply_text, 20000))));
	select * into h from handovers where id = (opened ->> 'handoverId')::bigint;
	select * into c from handover_cards where tenant_id = o.tenant_id and key = opened ->> 'key';
	tell_key := format('handover-%s-undelivered-%s', h.id, o.id);
	name := shortened(coalesce((client_of(h.conversation_id, m.id)).name, 'the client'), 60);
	if opened ->> 'status' = 'known' then
		perform tell_desk(h, tell_key, format('#%s Not delivered: what Eva has written to %s. %s', h.id, name, shortened(why, 400)),
			first_post(h));
		return;
	end if;
	update handover_cards set shown_by = tell_key where id = c.id;
	if c.shown_by is not null then
		perform show_gathered(h, c.shown_by);
	end if;
	room := post_room(h.platform) / 3;
	perform tell_desk(h, tell_key, concat_ws(e'\n\n', format('#%s %s · %s', h.id, name, o.platform), shortened(m.content, room),
		'Why: Eva''s answer was not delivered. ' || shortened(why, 300), 'Draft:' || e'\n' || shortened(d.reply_text, room),
		'Reply to this message to answer the client. /take /back /close, // for a note, /help for more.'), c.reply_to);
	insert into timer_news (tenant_id, conversation_id, key, kind, message_id, said_at, author)
		values (o.tenant_id, m.conversation_id, o.key, 'request', m.external_id, m.sent_at, 'client') on conflict do nothing;
end
$$;

-- What becomes of an answer after it was handed in is told where it comes from: the operator hears in the thread that it has not
-- arrived, Eva's goes to people, and timers hear of what was sent. What cannot be told is no reason to lose the outcome.
create function note_outcome() returns trigger language plpgsql set search_path from current as $$
declare
	w operator_messages;
	h handovers;
	d decisions;
	is_sent boolean := new.state = 'sent';
	why text := case when new.state = 'uncertain' then 'Nobody knows whether it has arrived: look into the chat before it is written again.'
		else coalesce(new.error, new.error_code, '') end;
begin
	if new.key like 'decision-%' then
		select * into d from decisions where tenant_id = new.tenant_id and not is_shadow
			and id = substring(new.key from '^decision-(\d{1,18})$')::bigint;
		if d.id is not null and not is_sent and coalesce(new.error_code, '') not in ('overtaken', 'given_up') then
			perform hand_over_undelivered(new, d, why);
		end if;
		select o.* into h from handover_cards c join handovers o on o.id = c.handover_id where c.message_id = d.message_id
			order by c.id limit 1;
	else
		select * into w from operator_messages where tenant_id = new.tenant_id and kind = 'answer'
			and id = substring(new.key from '^operator-(\d{1,18})(?:-\d+)?$')::bigint;
		select * into h from handovers where id = w.handover_id;
		if is_sent then
			update handovers set answered_at = coalesce(answered_at, now()) where id = h.id;
			insert into timer_news (tenant_id, conversation_id, key, kind, message_id, said_at, author, said_by)
				select new.tenant_id, h.conversation_id, 'operator-' || w.id, 'answer', coalesce(new.external_ids[1], new.key),
					case when old.state = 'uncertain' then old.updated_at else clock_timestamp() end,
					coalesce(w.outcome ->> 'author', 'agent'), w.name where h.id is not null on conflict do nothing;
		else
			h.platform := w.platform;
			h.account := w.account;
			h.thread_id := case when h.chat_id = w.chat_id then h.thread_id end;
			h.chat_id := w.chat_id;
			perform tell_desk(h, format('handover-%s-undelivered-%s', h.id, new.id), format('#%s Not delivered: your answer to %s. %s',
				h.id, shortened(coalesce((client_of(h.conversation_id, h.message_id)).name, 'the client'), 60), shortened(why, 400)),
				w.external_id) where h.id is not null;
		end if;
	end if;
	if is_sent and exists (select from outbox o where o.tenant_id = new.tenant_id and o.part = 1
			and o.key = format('handover-%s-undelivered-%s', h.id, new.id)) then
		perform tell_desk(h, format('handover-%s-delivered-%s', h.id, new.id), format('#%s It was delivered after all.', h.id),
			coalesce(w.external_id, first_post(h)));
	end if;
	return null;
exception
	when deadlock_detected then
		raise;
	when others then
		return null;
end
$$;
create trigger note_outcome after update of state on outbox for each row when (new.state is distinct from old.state
	and (new.key like 'operator-%' and new.state in ('sent', 'failed', 'dead', 'uncertain')
		or new.key like 'decision-%' and (new.state in ('failed', 'dead', 'uncertain') or new.state = 'sent' and old.state = 'uncertain')))
	execute function note_outcome();

-- Whether timers have still to hear of it: an answer while one runs that was begun before, a request while none has been begun.
create function is_news(n timer_news) returns boolean
language sql stable set search_path from current as $$
	select n.tries < 3 and n.created_at > now() - interval '1 day' and case n.kind
		when 'answer' then exists (select from sla_timers t where t.tenant_id = n.tenant_id and t.conversation_id = n.conversation_id
			and t.status in ('running', 'paused') and t.started_at <= n.created_at)
		else exists (select from sla_policies p where p.tenant_id = n.tenant_id)
			and not exists (select from sla_timers t where t.tenant_id = n.tenant_id and t.conversation_id = n.conversation_id
				and (t.status in ('running', 'paused') or t.started_at >= n.said_at)) end
$$;

-- What timers are to be told now. It is told again after a minute, unless they have heard by then: who was told may have died over it.
create function news_for_timers(tenant text, tell uuid) returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
begin
	delete from timer_news n where n.tenant_id = tenant and n.hear_at <= now() and n.told_by is distinct from tell and not is_news(n);
	update timer_news n set told_by = tell, tries = n.tries + 1, hear_at = now() + interval '1 minute' where n.id in (
		select o.id from timer_news o where o.tenant_id = tenant and o.hear_at <= now() order by o.id limit 100 for update skip locked);
	return (select coalesce(jsonb_agg(jsonb_build_object('conversationId', n.conversation_id, 'messageId', n.message_id,
			'sentAt', n.said_at, 'direction', case n.kind when 'answer' then 'outbound' else 'inbound' end, 'author', n.author,
			'by', coalesce(n.said_by, ''), 'category', case n.kind when 'answer' then '' else 'REQUEST' end) order by n.id), '[]')
		from timer_news n where n.tenant_id = tenant and n.told_by = tell);
end
$$;
