-- Handovers: conversations that wait for a person or that a person has, and the chats in which people are told.

create table desks (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	-- Of a team, of all that have none of their own, or only named by a handover.
	kind text not null check (kind in ('team', 'default', 'named')),
	team_id bigint,
	platform text not null check (platform ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
	account text not null check (account <> ''),
	chat_id text not null check (chat_id <> ''),
	thread_id text check (thread_id <> ''),
	-- Whether everybody who writes there may answer, and not only members.
	anyone boolean not null default false,
	-- Whether others than who has a conversation may answer in it.
	others_may_answer boolean not null default true,
	idle_hours float8 not null default 72 check (idle_hours > 0),
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	check ((kind = 'team') = (team_id is not null)),
	foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade
);
create unique index desks_of_teams on desks (tenant_id, kind, (coalesce(team_id, 0))) where kind <> 'named';
create index desks_team on desks (team_id) where team_id is not null;
create index desks_chats on desks (tenant_id, platform, account, chat_id);
create trigger touch before update on desks for each row execute function touch();

create table handovers (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	conversation_id bigint not null,
	message_id bigint references messages on delete set null,
	decision_id bigint,
	state text not null default 'open' check (state in ('open', 'held', 'handedBack', 'closed')),
	reason text not null check (reason <> ''),
	rule text,
	draft text,
	team_id bigint,
	-- Where people are told; null: nowhere.
	platform text,
	account text,
	chat_id text,
	thread_id text,
	-- Who has it, or had it last: a member, or somebody at the desk by their id there.
	member_id bigint references members on delete set null,
	holder text,
	holder_id text,
	deadline_at timestamptz,
	-- Until then nobody is told, and nobody has it: Eva goes on.
	not_before timestamptz,
	opened_at timestamptz not null default now(),
	taken_at timestamptz,
	answered_at timestamptz,
	-- The last word of an operator.
	active_at timestamptz not null default now(),
	ended_at timestamptz,
	ended_by text,
	-- What the conversation was before somebody took it.
	former_status text,
	former_member_id bigint references members on delete set null,
	check ((ended_at is not null) = (state in ('handedBack', 'closed'))),
	foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
	foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete set null (team_id)
);
create unique index handovers_active on handovers (conversation_id) where state in ('open', 'held');
create index handovers_of_conversation on handovers (conversation_id, id);
create index handovers_newest on handovers (tenant_id, id);
create index handovers_ended on handovers (tenant_id, ended_at) where ended_at is not null;
create index handovers_message on handovers (message_id) where message_id is not null;
create index handovers_at_desks on handovers (tenant_id, platform, account, chat_id) where ended_at is null;
create index handovers_team on handovers (team_id) where team_id is not null;
create index handovers_member on handovers (member_id) where member_id is not null;
create index handovers_former_member on handovers (former_member_id) where former_member_id is not null;

-- What a desk is shown: one for each message of the client. The text stays until it was posted, so that a call that is repeated
-- hands in the same one.
create table handover_cards (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	handover_id bigint not null references handovers on delete cascade,
	message_id bigint references messages on delete set null,
	decision_id bigint,
	key text not null check (key <> ''),
	card jsonb,
	-- The later card that says all of this one, too: as soon as that waits to be posted, this one does not any more.
	held_in bigint references handover_cards on delete set null,
	-- The first card in the desk's chat when this one was made.
	reply_to text,
	-- The entry of the outbox that shows it in place of its own: with others, or with what became of the answer to it.
	shown_by text,
	created_at timestamptz not null default now(),
	posted_at timestamptz,
	unique (tenant_id, key),
	unique (handover_id, message_id)
);
create index handover_cards_message on handover_cards (message_id) where message_id is not null;
create index handover_cards_held_in on handover_cards (held_in) where held_in is not null;
create index handover_cards_gathered on handover_cards (handover_id, id) where shown_by is not null;

-- Messages at a desk that stand for a handover. They outlive it: who answers one whose client was erased has to be told.
create table handover_posts (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	handover_id bigint references handovers on delete set null,
	card_id bigint references handover_cards on delete set null,
	platform text not null,
	account text not null,
	chat_id text not null,
	external_id text not null check (external_id <> ''),
	posted_at timestamptz not null default now(),
	unique (tenant_id, platform, account, chat_id, external_id)
);
create index handover_posts_handover on handover_posts (handover_id) where handover_id is not null;
create index handover_posts_card on handover_posts (card_id) where card_id is not null;
create index handover_posts_orphaned on handover_posts (tenant_id, posted_at) where handover_id is null;

-- What operators have written that means something: read again, it means the same.
create table operator_messages (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	handover_id bigint not null references handovers on delete cascade,
	platform text not null,
	account text not null,
	chat_id text not null,
	external_id text not null,
	kind text not null check (kind in ('answer', 'take', 'handBack', 'close', 'note', 'feedback', 'help', 'refused')),
	member_id bigint references members on delete set null,
	name text not null,
	-- Keyed, of what was written: an edit is no second answer.
	said text not null,
	outcome jsonb not null,
	created_at timestamptz not null default now(),
	unique (tenant_id, platform, account, chat_id, external_id)
);
create index operator_messages_handover on operator_messages (handover_id);
create index operator_messages_member on operator_messages (member_id) where member_id is not null;

-- What timers have yet to hear of, for it has happened outside of any run: that an operator's answer was sent, and that a message
-- waits for a person after all.
create table timer_news (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	conversation_id bigint not null,
	-- Of the outbox.
	key text not null check (key <> ''),
	kind text not null check (kind in ('answer', 'request')),
	-- As its platform calls it.
	message_id text not null,
	said_at timestamptz not null,
	author text not null,
	said_by text,
	hear_at timestamptz not null default now(),
	tries smallint not null default 0,
	-- The call that was told it last.
	told_by uuid,
	created_at timestamptz not null default now(),
	unique (tenant_id, key),
	foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade
);
create index timer_news_conversation on timer_news (conversation_id);
create index timer_news_due on timer_news (tenant_id, hear_at);

-- What may speak of anybody, in small letters, for who is erased is looked for in all of it.
create function words_of_handover(reason text, draft text, holder text, ended_by text) returns text
language sql immutable as $$
	select lower(reason || ' ' || coalesce(draft, '') || ' ' || coalesce(holder, '') || ' ' || coalesce(ended_by, ''))
$$;

create function words_of_operator(name text, outcome jsonb) returns text
language sql immutable as $$ select lower(name || ' ' || outcome::text) $$;

create index handover_cards_waiting on handover_cards (tenant_id) where card is not null;
do $$
declare
	trigrams text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm');
begin
	if trigrams is not null then
		execute format('create index handovers_trigrams on handovers using gin (words_of_handover(reason, draft, holder, ended_by)
			%I.gin_trgm_ops)', trigrams);
		execute format('create index operator_messages_trigrams on operator_messages using gin (words_of_operator(name, outcome)
			%I.gin_trgm_ops)', trigrams);
	end if;
end
$$;

-- Whether operators work in this chat, or in a topic of it. Where a desk has moved away they go on with what was posted there. Who
-- has one bot may call it "default": updates of n8n's own triggers do not say which bot they are of.
create function is_desk_chat(tenant text, platform text, account text, chat text) returns boolean
language sql stable set search_path from current as $$
	select exists (select from desks d where d.tenant_id = tenant and d.platform = is_desk_chat.platform
			and (d.account = is_desk_chat.account or 'default' in (d.account, is_desk_chat.account)) and d.chat_id = chat)
		or exists (select from handovers h where h.tenant_id = tenant and h.platform = is_desk_chat.platform
			and h.account = is_desk_chat.account and h.chat_id = chat and h.ended_at is null)
		or exists (select from handover_posts p where p.tenant_id = tenant and p.platform = is_desk_chat.platform
			and p.account = is_desk_chat.account and p.chat_id = chat and p.posted_at > now() - interval '90 days')
$$;

-- The account under which the desk of a chat is kept; null where "default" may be any of several.
create function desk_account(tenant text, platform text, account text, chat text) returns text
language sql stable set search_path from current as $$
	select case when cardinality(own) = 0 or desk_account.account = any (own) then desk_account.account
		when 'default' = any (own) then 'default' when desk_account.account <> 'default' then desk_account.account
		when cardinality(own) = 1 then own[1] end
	from (select array(select distinct d.account from desks d where d.tenant_id = tenant
		and d.platform = desk_account.platform and d.chat_id = chat) as own) x
$$;

create function is_desk_conversation(conversation bigint) returns boolean
language sql stable set search_path from current as $$
	select exists (select from chats h join channel_accounts a on a.id = h.account_id
		where h.conversation_id = conversation and is_desk_chat(a.tenant_id, a.platform, a.external_id, h.external_id))
$$;

create function is_desk(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
begin
	return jsonb_build_object('isDesk', is_desk_chat(tenant, request ->> 'platform', request ->> 'account', request ->> 'chatId'));
end
$$;

create function desk_json(d desks) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', d.id, 'kind', d.kind, 'team', (select name from teams where id = d.team_id),
		'platform', d.platform, 'account', d.account, 'chatId', d.chat_id, 'threadId', d.thread_id, 'anyoneInDesk', d.anyone,
		'othersMayAnswer', d.others_may_answer, 'idleHours', d.idle_hours, 'createdAt', d.created_at, 'updatedAt', d.updated_at)
$$;

create function desk_team(tenant text, name text) returns teams
language plpgsql stable set search_path from current as $$
declare
	t teams;
begin
	select * into t from teams o where o.tenant_id = tenant and o.name = desk_team.name;
	if t.id is null and name is not null then
		perform fail(404, 'not_found', format('There is no team "%s".', left(name, 200)), 'Make the team first, or leave it out.');
	end if;
	return t;
end
$$;

-- Whether people who are no members of the team write in it, or wrote what was handed over. With commands a bot is asked, in the group of
-- operators as well.
create function has_clients(tenant text, conversation bigint) returns boolean
language sql stable set search_path from current as $$
	select exists (select from (select * from messages o where o.conversation_id = conversation
				order by o.sent_at desc, o.id desc limit 1000) m left join identities s on s.id = m.sender_id
			where m.direction = 'inbound' and m.author = 'contact' and m.content_type <> 'service' and coalesce(m.content, '') !~ '^/'
				and not exists (select from member_channels x join members w on w.id = x.member_id where x.tenant_id = tenant
					and x.platform = s.platform and x.external_id = s.external_id and w.removed_at is null))
		or exists (select from handovers h left join messages m on m.id = h.message_id
			where h.conversation_id = conversation and coalesce(m.content, '') !~ '^/')
$$;

-- "threadId" left out of a desk that is there keeps it only in the same chat.
create function save_desk(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	t teams := desk_team(tenant, request ->> 'team');
	d desks;
	before desks;
begin
	perform lock_directory(tenant);
	select * into before from desks o where o.tenant_id = tenant and o.kind <> 'named' and o.team_id is not distinct from t.id;
	if not coalesce((request ->> 'evenWithClients')::boolean, false)
			and not exists (select from desks o where o.tenant_id = tenant and o.kind <> 'named' and o.platform = request ->> 'platform'
				and o.account = request ->> 'account' and o.chat_id = request ->> 'chatId')
			and exists (select from channel_accounts a join chats c on c.account_id = a.id where a.tenant_id = tenant
				and a.platform = request ->> 'platform' and a.external_id = request ->> 'account'
				and c.external_id = request ->> 'chatId' and has_clients(tenant, c.conversation_id)) then
		perform fail(409, 'conflict', 'chatId: people who are no members of the team have written in this chat. It may be a client''s, '
			'and what is written at a desk is neither decided on nor timed.', 'Name the chat of the operators. Where those people are '
			'colleagues, add them to the members with their ids on the platform, or say "evenWithClients".');
	end if;
	insert into desks as o (tenant_id, kind, team_id, platform, account, chat_id, thread_id, anyone, others_may_answer, idle_hours)
		values (tenant, case when t.id is null then 'default' else 'team' end, t.id, request ->> 'platform', request ->> 'account',
			request ->> 'chatId', request ->> 'threadId', coalesce((request ->> 'anyoneInDesk')::boolean, false),
			coalesce((request ->> 'othersMayAnswer')::boolean, true), coalesce((request ->> 'idleHours')::float8, 72))
		on conflict (tenant_id, kind, (coalesce(team_id, 0))) where kind <> 'named' do update set
			platform = excluded.platform, account = excluded.account, chat_id = excluded.chat_id,
			thread_id = case when request ? 'threadId' or o.chat_id <> excluded.chat_id then excluded.thread_id else o.thread_id end,
			anyone = case when request ? 'anyoneInDesk' then excluded.anyone else o.anyone end,
			others_may_answer = case when request ? 'othersMayAnswer' then excluded.others_may_answer else o.others_may_answer end,
			idle_hours = case when request ? 'idleHours' then excluded.idle_hours else o.idle_hours end
		returning * into d;
	delete from desks o where o.tenant_id = tenant and o.kind = 'named' and o.platform = d.platform and o.account = d.account
		and o.chat_id = d.chat_id and o.thread_id is not distinct from d.thread_id;
	return desk_json(d) || jsonb_build_object('created', before.id is null);
end
$$;

create function get_desks(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(desk_json(v) order by v.id) into rows from (select d.* from desks d where d.tenant_id = tenant
		and d.id > coalesce((request #>> '{after,id}')::bigint, 0) order by d.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

create function delete_desk(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
	t teams := desk_team(tenant, request ->> 'team');
begin
	perform lock_directory(tenant);
	delete from desks d where d.tenant_id = tenant and case when request ? 'id' then d.id = (request ->> 'id')::bigint
		else d.kind <> 'named' and d.team_id is not distinct from t.id end;
	return jsonb_build_object('deleted', found);
end
$$;

-- A group of operators that became a supergroup goes on under its new id. Cards keep the old one: numbers of messages begin anew.
create function move_desks(tenant text, items incoming[]) returns void
language plpgsql set search_path from current as $$
begin
	update desks d set chat_id = i.chat_id from unnest(items) i where i.chat_former_id is not null and d.tenant_id = tenant
		and d.platform = i.platform and d.account = i.account and d.chat_id = i.chat_former_id;
	update handovers h set chat_id = i.chat_id from unnest(items) i where i.chat_former_id is not null and h.tenant_id = tenant
		and h.platform = i.platform and h.account = i.account and h.chat_id = i.chat_former_id;
end
$$;

-- The rules of the desk at a place: of its topic, else of its chat.
create function desk_at(tenant text, platform text, account text, chat text, thread text) returns desks
language sql stable set search_path from current as $$
	select d from desks d where d.tenant_id = tenant and d.platform = desk_at.platform and d.account = desk_at.account
		and d.chat_id = chat
	order by d.thread_id is not distinct from thread desc, d.kind = 'named', d.id limit 1
$$;

-- Whether it is not shown to anybody yet.
create function is_deferred(h handovers) returns boolean
language sql stable set search_path from current as $$
	select h.state = 'open' and coalesce(h.not_before > now(), false)
$$;

-- Until when a handover keeps Eva silent without another word of an operator.
create function lapses_at(h handovers) returns timestamptz
language sql stable set search_path from current as $$
	select h.active_at + coalesce((desk_at(h.tenant_id, h.platform, h.account, h.chat_id, h.thread_id)).idle_hours, 72)
		* interval '1 hour'
$$;

create function is_idle(h handovers) returns boolean
language sql stable set search_path from current as $$
	select h.state in ('open', 'held') and lapses_at(h) <= now()
$$;

-- How a conversation stands: whether people have it, and since when they do not any more. Null when they never had it. What is
-- deferred is with nobody.
create function handover_standing(tenant text, conversation bigint) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('isHeld', h.ended_at is null and not is_idle(h), 'state', h.state, 'handoverId', h.id,
		'holder', h.holder, 'isIdle', is_idle(h), 'endedAt', coalesce(h.ended_at, case when is_idle(h) then lapses_at(h) end))
	from handovers h where h.tenant_id = tenant and h.conversation_id = conversation and not is_deferred(h)
	order by h.ended_at is null desc, h.ended_at desc, h.id desc limit 1
$$;

create function place_json(platform text, account text, chat text, thread text) returns jsonb
language sql immutable as $$
	select case when platform is not null then
		jsonb_build_object('platform', platform, 'account', account, 'chatId', chat, 'threadId', thread) end
$$;

-- A place to send to, as Channel Send takes it.
create function send_place(tenant text, platform text, account text, chat text, thread text, reply_to text) returns jsonb
language sql stable set search_path from current as $$
	select case when platform is not null then jsonb_strip_nulls(jsonb_build_object('platform', platform, 'account', account,
		'chatId', chat, 'threadId', thread, 'replyTo', reply_to, 'chatKind', coalesce(
			(select v.kind from channel_accounts a join chats h on h.account_id = a.id join conversations v on v.id = h.conversation_id
				where a.tenant_id = tenant and a.platform = send_place.platform and a.external_id = account
					and h.external_id = chat),
			-- Ids of groups are negative there.
			case when platform = 'telegram' and chat like '-%' then 'group' else 'private' end))) end
$$;

create function handover_json(h handovers) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', h.id, 'state', h.state, 'isIdle', is_idle(h), 'conversationId', h.conversation_id,
		'messageId', h.message_id, 'decisionId', h.decision_id, 'reason', h.reason, 'draft', h.draft,
		'team', (select name from teams where id = h.team_id), 'desk', place_json(h.platform, h.account, h.chat_id, h.thread_id),
		'holder', case when h.holder is not null then jsonb_build_object('memberId', h.member_id, 'name', h.holder) end,
		'deadlineAt', h.deadline_at, 'notBefore', h.not_before, 'openedAt', h.opened_at, 'takenAt', h.taken_at, 'answeredAt', h.answered_at,
		'activeAt', h.active_at, 'endedAt', h.ended_at, 'endedBy', h.ended_by,
		'answers', (select count(*) from operator_messages o where o.handover_id = h.id and o.kind = 'answer'))
$$;

create function get_handovers(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(handover_json(v) order by v.id desc) into rows from (select h.* from handovers h where h.tenant_id = tenant
		and (not request ? 'conversationId' or h.conversation_id = (request ->> 'conversationId')::bigint)
		and (not request ? 'state' or h.state = request ->> 'state' or request ->> 'state' = 'active' and h.ended_at is null)
		and (not request ? 'team' or h.team_id = (select id from teams t where t.tenant_id = tenant and t.name = request ->> 'team'))
		and (not request ? 'memberId' or h.member_id = (request ->> 'memberId')::bigint)
		and (not request ? 'from' or h.opened_at >= (request ->> 'from')::timestamptz)
		and (not request ? 'to' or h.opened_at < (request ->> 'to')::timestamptz)
		and h.id < coalesce((request #>> '{after,id}')::bigint, 9223372036854775807)
		order by h.id desc limit most + 1) v;
	return page_of(rows, most, 'openedAt');
end
$$;

create function known_handover(tenant text, request jsonb) returns handovers
language plpgsql stable set search_path from current as $$
declare
	h handovers;
begin
	if request ? 'handoverId' then
		select * into h from handovers where tenant_id = tenant and id = (request ->> 'handoverId')::bigint;
	else
		select * into h from handovers where tenant_id = tenant and conversation_id = (request ->> 'conversationId')::bigint
			order by ended_at is null desc, ended_at desc, id desc limit 1;
	end if;
	if h.id is null then
		perform fail(404, 'not_found', 'There is no such handover in this tenant.', 'See the list of handovers.');
	end if;
	return h;
end
$$;

-- With the answers, and what has become of each.
create function get_handover(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	h handovers := known_handover(tenant, request);
begin
	return handover_json(h) || jsonb_build_object('sent', (select coalesce(jsonb_agg(jsonb_build_object('key', 'operator-' || o.id,
			'by', o.name, 'memberId', o.member_id, 'at', o.created_at, 'state', coalesce((select x.state from outbox x
				where x.tenant_id = tenant and x.key = 'operator-' || o.id
				order by x.state = 'sent', x.part limit 1), 'unknown')) order by o.id), '[]')
		from operator_messages o where o.handover_id = h.id and o.kind = 'answer'));
end
$$;
