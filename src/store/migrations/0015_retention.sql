-- Retention: messages go into the archive and out of it, hidden ones and errors go for good. What a legal hold keeps stays.
-- One call removes some, in one transaction: a run that is killed goes on with the next one, and two at once share the work.

create index messages_hidden on messages (tenant_id, deleted_at, id) where deleted_at is not null;

-- The whole of a message, with what it said before. Digests tell edits that come again from new ones, also when somebody was
-- masked in what they said: the store keeps them to itself.
create function archive_json(m messages) returns jsonb
language sql stable set search_path from current as $$
	select message_json(m, r.id, s, h, a) || given_only(jsonb_build_object('id', m.id, 'revision', nullif(m.revision, 0), 'digest', m.digest,
		'versions',
		(select jsonb_agg(given_only(jsonb_build_object('validFrom', valid_from, 'revision', nullif(revision, 0),
			'type', content_type, 'text', content, 'data', data, 'entities', entities, 'attachments', attachments, 'digest', digest))
			order by valid_from, id) from message_versions where message_id = m.id)))
	from chats h join channel_accounts a on a.id = h.account_id
		left join messages r on r.chat_id = m.chat_id and r.external_id = m.reply_to_external_id
		left join identities s on s.id = m.sender_id
	where h.id = m.chat_id
$$;

-- What stays of a hidden message: that it was there, so that it does not come back when it is delivered again.
create function stub_json(sent_at timestamptz) returns jsonb language sql stable set timezone = 'UTC' as $$
	select jsonb_build_object('purged', true, 'sentAt', sent_at)
$$;

-- Of messages that are gone: their files, unless another message or the archive still has them.
create function request_removal(tenant text, gone jsonb[]) returns void
language sql set search_path from current as $$
	insert into object_removals (tenant_id, storage_provider, storage_bucket, storage_path)
	select distinct tenant, coalesce(f ->> 'provider', 'unknown'), f ->> 'bucket', f ->> 'path'
	from unnest(gone) g cross join lateral jsonb_path_query(g, '$.**.attachments[*].storage') f
	where f ->> 'path' is not null
		and not is_file_kept(tenant, coalesce(f ->> 'provider', 'unknown'), f ->> 'bucket', f ->> 'path')
$$;

-- Whether there is a row of it in the archive. What was hidden is known until it is refused for its age when it comes again,
-- also where messages stay for longer than the archive does.
create function stays_archived(l retention_limits, sent_at timestamptz, hidden boolean) returns boolean
language sql immutable parallel safe as $$
	select case when hidden then sent_at >= l.archive or sent_at >= l.messages else l.archives and sent_at >= l.archive end
$$;

-- Of a run. Rules that contradict each other remove nothing: they may have come from the tenant "default", or by hand.
create function run_limits_of(tenant text, request jsonb) returns retention_limits
language plpgsql stable set search_path from current as $$
begin
	if archives_nothing(tenant) then
		perform fail(409, 'conflict', 'Nothing was removed: by this policy messages leave the archive before they come to it.',
			'Give archive.keepDays more days than messages.keepDays, or set messages.archives to false.');
	end if;
	return retention_limits_of(tenant, request);
end
$$;

-- Some messages that are due: archived, or removed. The months they go to are made before, by a call of their own that moves
-- nothing: nobody waits for that longer than it takes.
create function retain_messages(tenant text, l retention_limits, step text, after_at timestamptz, after_id bigint, most int)
returns jsonb language plpgsql set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	h held_back := held_in(tenant);
	found_ids bigint[];
	last jsonb;
	ids bigint[];
	gone jsonb[];
	counts jsonb;
	made int;
begin
	select array_agg(id), jsonb_agg(jsonb_build_object('at', instant, 'id', id)) -> -1 into found_ids, last from (
		select id, instant from (
			select m.id, m.sent_at as instant, m.conversation_id, m.sender_id from messages m where step = 'messages'
				and m.tenant_id = tenant and m.sent_at < l.messages and (m.sent_at, m.id) > (after_at, after_id)
			union all
			select m.id, m.deleted_at, m.conversation_id, m.sender_id from messages m where step = 'hidden'
				and m.tenant_id = tenant and m.deleted_at < l.hidden and (m.deleted_at, m.id) > (after_at, after_id)
				and m.sent_at >= l.messages) due
		where not is_held(h, conversation_id, sender_id) order by instant, id limit most) x;
	select count(*) into made from (select distinct date_trunc('month', sent_at) as month from messages
			where id = any (found_ids) and stays_archived(l, sent_at, deleted_at is not null)) m
		where to_regclass(archive_month_name(month)) is null and make_archive_month(month);
	if made > 0 then
		return jsonb_build_object('found', 0, 'done', 0, 'next', jsonb_build_object('at', after_at, 'id', after_id));
	end if;
	-- Whoever is just changing one of them is not waited for.
	select array_agg(id) into ids from (select id from messages where id = any (found_ids)
		and (sent_at < l.messages or deleted_at < l.hidden) and not is_held(h, conversation_id, sender_id)
		order by id for update skip locked) x;
	select jsonb_build_object('archived', count(*) filter (where deleted_at is null and l.archives and sent_at >= l.archive),
			'deleted', count(*) filter (where deleted_at is null and not (l.archives and sent_at >= l.archive)),
			'hidden', count(*) filter (where deleted_at is not null),
			'versions', (select count(*) from message_versions where message_id = any (ids)),
			'files', (select count(*) from attachments where message_id = any (ids))),
			array_agg(archive_json(m)) filter (where (deleted_at is not null or not l.archives or sent_at < l.archive)
				and (attachment_count > 0 or edited_at is not null))
		into counts, gone from messages m where id = any (ids);
	insert into message_archive (id, tenant_id, conversation_id, chat_id, chat_external_id, external_id, sender_id, sent_at, message)
		select m.id, m.tenant_id, m.conversation_id, m.chat_id, c.external_id, m.external_id, m.sender_id, m.sent_at,
			case when m.deleted_at is null then archive_json(m) else stub_json(m.sent_at) end
		from messages m join chats c on c.id = m.chat_id
		where m.id = any (ids) and stays_archived(l, m.sent_at, m.deleted_at is not null);
	update tenants t set retained_until = n.until from (
			select date_trunc('hour', greatest(max(sent_at), case step when 'messages' then l.messages end)) + interval '1 hour'
				as until from messages where id = any (ids) having count(*) > 0) n
		where t.id = tenant and (t.retained_until is null or t.retained_until < n.until);
	delete from messages where id = any (ids);
	perform request_removal(tenant, gone);
	if step = 'messages' then
		perform retain_handovers(tenant, l.messages);
	end if;
	return counts || jsonb_build_object('found', coalesce(cardinality(found_ids), 0), 'done', coalesce(cardinality(ids), 0),
		'next', case when cardinality(found_ids) = most then last end);
end
$$;

create function retain_archive(tenant text, l retention_limits, after_at timestamptz, after_id bigint, most int) returns jsonb
language plpgsql set search_path from current set plan_cache_mode = force_custom_plan as $$
declare
	h held_back := held_in(tenant);
	found_ids bigint[];
	ids bigint[];
	last jsonb;
	gone jsonb[];
begin
	select array_agg(id), jsonb_agg(jsonb_build_object('at', sent_at, 'id', id)) -> -1 into found_ids, last from (
		select id, sent_at from message_archive where tenant_id = tenant and sent_at < l.archive
			and not (message ? 'purged' and sent_at >= l.messages) and (sent_at, id) > (after_at, after_id)
			and not is_held(h, conversation_id, sender_id)
		order by sent_at, id limit most) x;
	select array_agg(id), array_agg(message) filter (where files is not null) into ids, gone from (
		select id, message, files from message_archive where tenant_id = tenant and id = any (found_ids) and sent_at < l.archive
			and not is_held(h, conversation_id, sender_id) order by id for update skip locked) x;
	delete from message_archive where tenant_id = tenant and id = any (ids) and sent_at < l.archive;
	perform request_removal(tenant, gone);
	return jsonb_build_object('deleted', coalesce(cardinality(ids), 0), 'found', coalesce(cardinality(found_ids), 0),
		'done', coalesce(cardinality(ids), 0), 'next', case when cardinality(found_ids) = most then last end);
end
$$;

create function retain_error_logs(tenant text, l retention_limits, most int) returns jsonb
language plpgsql set search_path from current as $$
declare
	done bigint;
begin
	if (held_in(tenant)).everything then
		return null;
	end if;
	delete from error_logs where id in (select id from error_logs where tenant_id = tenant and occurred_at < l.error_logs
		order by occurred_at, id limit most for update skip locked);
	get diagnostics done = row_count;
	return jsonb_build_object('deleted', done, 'found', done, 'done', done, 'next', case when done = most
		then jsonb_build_object('at', l.at, 'id', 0) end);
end
$$;

-- One step of a run: "messages", "hidden", "archiveMonths", "archive", "timers", "idleTimers", "cycles" or "errorLogs"; "next"
-- is where the next call of it goes on. Answers null when the step has nothing more to do.
create function retention_batch(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	step text := request ->> 'step';
	most int := page_limit(request, 500);
	after_at timestamptz := coalesce((request #>> '{after,at}')::timestamptz, '-infinity');
	after_id bigint := coalesce((request #>> '{after,id}')::bigint, 0);
begin
	-- A hold, an erasure or a merger that has been answered is kept to; storing messages goes on beside this.
	perform lock_people(tenant, false);
	return case step
		when 'archiveMonths' then drop_archive_month(tenant, request)
		when 'archive' then retain_archive(tenant, run_limits_of(tenant, request), after_at, after_id, most)
		when 'timers' then retain_timers(tenant, run_limits_of(tenant, request), after_at, after_id, most)
		when 'idleTimers' then retain_idle_timers(tenant, run_limits_of(tenant, request), after_at, after_id, most)
		when 'cycles' then retain_cycles(tenant, run_limits_of(tenant, request), after_at, after_id, most)
		when 'errorLogs' then retain_error_logs(tenant, run_limits_of(tenant, request), most)
		else retain_messages(tenant, run_limits_of(tenant, request), step, after_at, after_id, most) end;
end
$$;

-- Whose data there may be something to remove of, for a run over all of them.
create function retention_tenants(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 1000);
	ids jsonb;
begin
	select jsonb_agg(id order by id) into ids from (select id from tenants where id > coalesce(request ->> 'after', '')
		order by id limit most) t;
	return jsonb_build_object('items', coalesce(ids, '[]'), 'next', case when jsonb_array_length(ids) = most then ids -> -1 end);
end
$$;

-- What a run at this instant removes, and what it leaves because a hold keeps it. Changes nothing.
create function retention_counts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' set statement_timeout = '240s'
set plan_cache_mode = force_custom_plan as $$
declare
	rules tenants := tenant_of(tenant);
	l retention_limits := run_limits_of(tenant, request);
	h held_back := held_in(tenant);
	asks text[] := coalesce(array(select jsonb_array_elements_text(request -> 'kinds')
		where request ? 'kinds'), '{}') || case when request ? 'kinds' then '{}' else '{messages,archive,timers,errorLogs}'::text[] end;
begin
	return (with due as materialized (
		select id, conversation_id, sender_id, deleted_at, sent_at, is_held(h, conversation_id, sender_id) as held
			from messages where 'messages' = any (asks) and tenant_id = tenant and sent_at < l.messages
		union all select id, conversation_id, sender_id, deleted_at, sent_at, is_held(h, conversation_id, sender_id)
			from messages where 'messages' = any (asks) and tenant_id = tenant and deleted_at < l.hidden and sent_at >= l.messages
	), old as materialized (
		select conversation_id, sender_id, is_held(h, conversation_id, sender_id) as held from message_archive
			where 'archive' = any (asks) and tenant_id = tenant and sent_at < l.archive
				and not (message ? 'purged' and sent_at >= l.messages)
	), errors as materialized (
		select count(*) as amount from error_logs
			where 'errorLogs' = any (asks) and tenant_id = tenant and occurred_at < l.error_logs
	), holds as (
		select o.id, o.reason, (select count(*) from due where is_held(k, conversation_id, sender_id)) as messages,
			(select count(*) from old where is_held(k, conversation_id, sender_id)) as archived,
			case when k.everything then (select amount from errors) else 0 end as error_logs
		from legal_holds o cross join lateral kept_by(o) k where o.tenant_id = tenant and o.lifted_at is null
	)
	select jsonb_build_object('at', l.at,
		'messages', (select jsonb_build_object(
			'archived', count(*) filter (where deleted_at is null and l.archives and sent_at >= l.archive),
			'deleted', count(*) filter (where deleted_at is null and not (l.archives and sent_at >= l.archive)),
			'hidden', count(*) filter (where deleted_at is not null),
			'versions', (select count(*) from message_versions where message_id in (select id from due where not held)),
			'files', (select count(*) from attachments where message_id in (select id from due where not held)))
			from due where not held),
		'archive', jsonb_build_object('deleted', (select count(*) from old where not held), 'months',
			(select count(*) from archive_months_over(tenant, l) where 'archive' = any (asks))),
		'timers', case when 'timers' = any (asks) then timer_counts(tenant, l)
			else '{"deleted": 0, "cycles": 0, "events": 0}' end,
		'errorLogs', jsonb_build_object('deleted', (select case when h.everything then 0 else amount end from errors)),
		'held', jsonb_build_object('messages', (select count(*) from due where held),
			'archived', (select count(*) from old where held),
			'errorLogs', (select case when h.everything then amount else 0 end from errors),
			'holds', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'reason', reason, 'messages', messages,
				'archived', archived, 'errorLogs', error_logs) order by id), '[]')
				from holds where messages + archived + error_logs > 0))));
end
$$;
