-- The archive: its months, which are made and dropped as a whole, and what comes for messages that are in it.

create function archive_month_name(month timestamptz) returns text language sql stable set timezone = 'UTC' as $$
	select 'message_archive_' || to_char(month, 'YYYY_MM')
$$;

-- As its owner, because nobody else may add to a table or remove a part of it. A caller gains an empty month at most: it is
-- not later than the next one, closed to everybody, and what the rest of the archive has of it moves in.
create function make_archive_month(month timestamptz) returns boolean
language plpgsql security definer set search_path from current set timezone = 'UTC' set lock_timeout = '5s' as $$
declare
	first timestamptz := date_trunc('month', month);
	name text := archive_month_name(month);
	role text;
begin
	if first not between '1970-01-01' and now() + interval '1 month' then
		perform fail(422, 'invalid_input', 'The archive has no such month.', 'Give one from 1970 to the next.');
	end if;
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' archive', 0));
	if to_regclass(name) is not null then
		return false;
	end if;
	execute format('create table %I (like message_archive including all)', name);
	execute format('alter table %I enable row level security', name);
	for role in select quote_ident(rolname) from pg_roles where rolname in ('anon', 'authenticated', 'service_role')
		union all select 'public' loop
		execute format('revoke all on table %I from %s', name, role);
	end loop;
	if exists (select from message_archive_rest where sent_at >= first and sent_at < first + interval '1 month') then
		execute format('with moved as (delete from message_archive_rest where sent_at >= %1$L and sent_at < %2$L returning *)
			insert into %3$I (id, tenant_id, conversation_id, chat_id, chat_external_id, external_id, sender_id, sent_at,
				archived_at, message)
			select id, tenant_id, conversation_id, chat_id, chat_external_id, external_id, sender_id, sent_at, archived_at,
				message from moved', first, first + interval '1 month', name);
	end if;
	execute format('alter table message_archive attach partition %I for values from (%L) to (%L)', name, first,
		first + interval '1 month');
	return true;
end
$$;

-- Months wholly older than the limit in which nobody else has anything and nothing is held, with what there is of them.
create function archive_months_over(tenant text, l retention_limits, most int default null)
returns table (part text, first timestamptz, amount bigint)
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	h held_back := held_in(tenant);
begin
	for part, first in select c.relname, m.first from pg_inherits i join pg_class c on c.oid = i.inhrelid
			cross join lateral (select to_timestamp(right(c.relname, 7), 'YYYY_MM')) m (first)
		where i.inhparent = 'message_archive'::regclass and c.relname ~ '^message_archive_\d{4}_\d\d$'
			and m.first + interval '1 month' <= l.archive and not h.everything
		order by c.relname
	loop
		exit when most = 0;
		continue when exists (select from message_archive where sent_at >= first and sent_at < first + interval '1 month'
				and tenant_id < tenant)
			or exists (select from message_archive where sent_at >= first and sent_at < first + interval '1 month'
				and tenant_id > tenant)
			or exists (select from message_archive where sent_at >= first and sent_at < first + interval '1 month'
				and (conversation_id = any (h.conversations) or sender_id = any (h.senders)))
			or l.messages < first + interval '1 month' and exists (select from message_archive where sent_at >= first
				and sent_at < first + interval '1 month' and sent_at >= l.messages and message ? 'purged');
		select count(*) into amount from message_archive where sent_at >= first and sent_at < first + interval '1 month';
		most := most - 1;
		return next;
	end loop;
end
$$;

-- Drops the first of them. As its owner; it decides by the policy, the clock and the holds itself what there is to drop, so
-- a caller drops nothing that a run would not remove. Answers null when there is none, or somebody reads the archive for long.
create function drop_archive_month(tenant text, request jsonb default '{}') returns jsonb
language plpgsql security definer set search_path from current set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
	l retention_limits;
	month record;
	gone jsonb[];
begin
	perform lock_people(tenant, false);
	l := run_limits_of(tenant, request);
	if not exists (select from archive_months_over(tenant, l, 1)) then
		return null;
	end if;
	-- The whole before its part, as readers do; then once more, because nothing can be added now.
	lock table only message_archive in access exclusive mode;
	select * into month from archive_months_over(tenant, l, 1);
	if month.part is null then
		return null;
	end if;
	select array_agg(message) into gone from message_archive
		where sent_at >= month.first and sent_at < month.first + interval '1 month' and files is not null;
	delete from decisions where message_id in (select id from message_archive
		where sent_at >= month.first and sent_at < month.first + interval '1 month');
	execute format('drop table %I', month.part);
	perform request_removal(tenant, gone);
	return jsonb_build_object('months', 1, 'deleted', month.amount);
exception when lock_not_available then
	return null;
end
$$;

-- Of an archived message, or of a version of it: of what it said before somebody was masked in it, or else of what it says.
create function archive_digest(tenant text, said jsonb) returns text
language sql stable set search_path from current as $$
	select coalesce(said ->> 'digest', content_digest(tenant, said ->> 'type', said ->> 'text', said -> 'data',
		said -> 'entities', said -> 'attachments'))
$$;

-- With the digests of what it says, before that is changed.
create function with_digests(tenant text, message jsonb) returns jsonb
language sql stable set search_path from current as $$
	select message || jsonb_build_object('digest', archive_digest(tenant, message)) || coalesce((
		select jsonb_build_object('versions', jsonb_agg(v || jsonb_build_object('digest', archive_digest(tenant, v)) order by o))
		from jsonb_array_elements(message -> 'versions') with ordinality as x (v, o) having count(*) > 0), '{}')
$$;

-- As readers get it.
create function without_digests(message jsonb) returns jsonb
language sql immutable parallel safe as $$
	select message - 'digest' || coalesce((select jsonb_build_object('versions', jsonb_agg(v - 'digest' order by o))
		from jsonb_array_elements(message -> 'versions') with ordinality as x (v, o) having count(*) > 0), '{}')
$$;

-- What comes for an archived message: its text changes there, and who takes it back takes it out of there. What a hold
-- keeps is hidden instead. A message that is nowhere any more is a duplicate of one that was.
create function change_archived(item incoming, at_home place) returns outcome
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	a message_archive;
	held boolean;
	saying jsonb;
	former jsonb;
	current_digest text;
	new_digest text;
begin
	select * into a from message_archive where chat_id = at_home.chat_id and external_id = item.external_id for update;
	if a.id is null or item.event = 'message' or a.message ?| '{purged,deletedAt}' or a.message ->> 'type' = 'erased' then
		return row(item.ordinal, 'duplicate', null, a.id)::outcome;
	elsif item.event = 'delete' then
		held := is_held(held_in(a.tenant_id), a.conversation_id, a.sender_id);
		update message_archive set message = case when held
			then message || jsonb_build_object('deletedAt', coalesce(item.deleted_at, now())) else stub_json(a.sent_at) end
			where (id, sent_at) = (a.id, a.sent_at);
		if not held then
			perform request_removal(a.tenant_id, array[a.message]);
		end if;
		return row(item.ordinal, 'deleted', null, a.id)::outcome;
	elsif exists (select from identities s join contacts c on c.id = s.contact_id join tenants n on n.id = c.tenant_id
		where s.id in (a.sender_id, at_home.identity_id) and not storage_allowed(c.storage_consent, n.requires_consent)) then
		return row(item.ordinal, 'refused', 'consent', null)::outcome;
	end if;
	saying := given_only(jsonb_build_object('type', item.content_type, 'text', item.content, 'data', item.data,
		'entities', item.entities, 'attachments', item.attachments, 'revision', nullif(item.revision, 0)));
	former := coalesce(a.message -> 'versions', '[]');
	current_digest := archive_digest(a.tenant_id, a.message);
	new_digest := content_digest(a.tenant_id, item.content_type, item.content, item.data, item.entities, item.attachments);
	-- In the order of edits that change_message knows.
	if (item.edited_at, item.revision, new_digest) > (coalesce((a.message ->> 'editedAt')::timestamptz, '-infinity'),
		coalesce((a.message ->> 'revision')::bigint, 0), current_digest) then
		former := former || given_only(jsonb_build_object('validFrom', coalesce(a.message -> 'editedAt',
			a.message -> 'sentAt'), 'type', a.message -> 'type', 'text', a.message -> 'text', 'data', a.message -> 'data',
			'entities', a.message -> 'entities', 'attachments', a.message -> 'attachments', 'revision', a.message -> 'revision',
			'digest', current_digest));
		a.message := a.message - '{text,data,entities,attachments,revision,digest}'::text[] || saying
			|| jsonb_build_object('editedAt', item.edited_at);
	elsif (a.message ->> 'editedAt')::timestamptz = item.edited_at and new_digest = current_digest or exists (select from jsonb_array_elements(former) v
		where archive_digest(a.tenant_id, v) = new_digest and (v ->> 'validFrom')::timestamptz = item.edited_at) then
		return row(item.ordinal, 'duplicate', null, a.id)::outcome;
	else
		former := former || (saying || jsonb_build_object('validFrom', item.edited_at, 'digest', new_digest));
	end if;
	update message_archive set message = a.message || jsonb_build_object('versions', former)
		where (id, sent_at) = (a.id, a.sent_at);
	return row(item.ordinal, 'edited', null, a.id)::outcome;
end
$$;
