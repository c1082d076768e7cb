-- The call itself. For each message: created, duplicate, edited, deleted or refused (with the reason). With "compares" a
-- duplicate that says something else than what is known of the message has the reason "differs".

create function store_messages(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC'
-- Rows are looked up by their keys, however large the tables; making a plan takes longer than storing a message.
set plan_cache_mode = force_generic_plan set random_page_cost = 1 as $$
declare
	rules tenants := tenant_of(tenant);
	delivery uuid := (request ->> 'deliveryId')::uuid;
	items incoming[] := read_incoming(request -> 'messages');
	joins boolean := exists (select from unnest(items) where chat_former_id is not null);
	places place[];
	seeds outcome[];
	outcomes outcome[];
	alone jsonb;
	late int[];
begin
	if cardinality(items) = 0 then
		return jsonb_build_object('items', jsonb_build_array(), 'counts', jsonb_build_object());
	end if;
	perform lock_people(tenant, joins);
	if exists (select from tombstones where tenant_id = tenant) then
		perform note_unkept(tenant, array(select i from unnest(items) i join met_tombstones(tenant, items) using (ordinal)));
		with met as (
			select t.*, t.kind = 'erase' and rules.erased_senders = 'refuse' as refuses from met_tombstones(tenant, items) t
		), counted as (
			update tombstones t set arrived_count = t.arrived_count + n.amount, arrived_at = now()
			from (select hash, count(*) as amount from met group by hash order by hash) n
			where t.tenant_id = tenant and t.hash = n.hash
		)
		select array_agg(row(i.ordinal, 'refused', 'erased', null)::outcome) filter (where met.refuses),
			array_agg(case when met.ordinal is null then without_buried(tenant, i) else veiled(tenant, i) end order by i.ordinal)
				filter (where met.refuses is not true)
			into outcomes, items
			from unnest(items) i left join met using (ordinal);
	end if;

	if joins then
		perform join_conversations(tenant, items);
	end if;
	places := places_of(rules, items);
	if exists (select from unnest(places) where not allowed) then
		outcomes := outcomes || (select array_agg(row(ordinal, 'refused', 'consent', null)::outcome)
			from unnest(places) where not allowed);
		perform note_unkept(tenant, array(select i from unnest(items) i join unnest(places) p using (ordinal)
			where not p.allowed));
		items := (select array_agg(i order by ordinal) from unnest(items) i join unnest(places) p using (ordinal)
			where p.allowed);
		places := (select array_agg(p order by ordinal) from unnest(places) p where allowed);
	end if;
	if exists (select from unnest(items) where event = 'message' and sent_at < rules.retained_until) then
		late := retained_before(tenant, items, places);
		outcomes := outcomes || (select array_agg(row(o, 'refused', 'expired', null)::outcome) from unnest(late) o);
		items := (select array_agg(i order by ordinal) from unnest(items) i where ordinal <> all (late));
		places := (select array_agg(p order by ordinal) from unnest(places) p where ordinal <> all (late));
	end if;
	if exists (select from unnest(places) where chat_id is null or has_person and identity_id is null) then
		perform make_places(rules, items, places);
		places := places_of(rules, items);
	end if;
	if exists (select from unnest(places) where renamed or named) then
		perform note_names(items, places);
	end if;

	if cardinality(items) = 1 and outcomes is null then
		alone := store_one(tenant, items[1], places[1], delivery);
		if alone is not null then
			perform drop_files(tenant, request -> 'messages');
			return alone;
		end if;
	end if;
	with chosen as (
		select distinct on (p.chat_id, i.external_id) i.*, p.chat_id as chat, p.conversation_id, p.identity_id, p.member_id,
			p.has_person
		from unnest(items) i join unnest(places) p using (ordinal)
		order by p.chat_id, i.external_id, i.event <> 'message', i.event = 'delete', i.edited_at desc, i.revision desc,
			i.ordinal
	), numbered as (
		-- By arrival, so that messages of one instant keep their order; written by key, as everywhere.
		select *, nextval('messages_id_seq') as number from (select * from chosen order by ordinal) c
	), written as (
		insert into messages (id, tenant_id, conversation_id, chat_id, external_id, direction, author, sender_id, member_id,
			sent_at, edited_at, revision, deleted_at, original_missing, content_type, content, data, entities, language,
			forwarded_from, reply_to_external_id, attachment_count, sentiment, sentiment_score, intent, topics, priority,
			metadata, delivery_id)
		overriding system value
		select number, tenant, conversation_id, chat, external_id, direction,
			author_of(sender_kind, direction, member_id, has_person), identity_id, member_id,
			coalesce(sent_at, edited_at, deleted_at, now()), edited_at, revision,
			case when event = 'delete' then coalesce(deleted_at, now()) end, event <> 'message', content_type, content, data,
			entities, language, forwarded_from, reply_to, coalesce(jsonb_array_length(attachments), 0), sentiment,
			sentiment_score, intent, topics, priority, metadata, delivery
		from numbered order by chat, external_id
		on conflict do nothing
		returning id, messages.chat_id, messages.external_id
	)
	select array_agg(row(c.ordinal, case when w.id is null then null when c.event = 'delete' then 'deleted' else 'created' end,
			null, w.id)::outcome)
		into seeds from chosen c left join written w on w.chat_id = c.chat and w.external_id = c.external_id;

	if exists (select from unnest(items) i join unnest(seeds) s using (ordinal) where s.message_id is not null
		and case when i.event = 'message' then i.sent_at else '-infinity' end
			< (select retained_until from tenants where id = tenant)) then
		seeds := without_retained(tenant, items, places, seeds);
	end if;
	if exists (select from unnest(items) where attachments is not null) then
		perform add_attachments(tenant, s.message_id, i.attachments)
			from unnest(items) i join unnest(seeds) s using (ordinal)
			where s.message_id is not null and i.attachments is not null;
	end if;
	outcomes := outcomes || (select array_agg(o) from unnest(seeds) o where message_id is not null or o.status = 'refused');
	if (select count(*) from unnest(seeds) where message_id is not null) < cardinality(items) then
		outcomes := outcomes || later_deliveries(items, places, seeds, delivery);
	end if;
	perform note_arrivals(tenant, items, places, seeds);
	perform drop_files(tenant, request -> 'messages');
	if coalesce((request ->> 'compares')::boolean, false) then
		outcomes := array(select case when o.status = 'duplicate' and says_else(tenant, i, o.message_id)
				then row(o.ordinal, o.status, 'differs', o.message_id)::outcome else o end
			from unnest(outcomes) o left join unnest(items) i using (ordinal));
	end if;

	return (select jsonb_build_object(
		'items', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('index', o.ordinal, 'status', o.status, 'reason', o.reason,
			'id', o.message_id, 'conversationId', p.conversation_id, 'contactId', p.contact_id, 'memberId', p.member_id,
			'isDesk', nullif(is_desk_chat(tenant, i.platform, i.account, i.chat_id), false))) order by o.ordinal),
		'counts', (select jsonb_object_agg(status, amount)
			from (select status, count(*) as amount from unnest(outcomes) group by status) c))
		from unnest(outcomes) o left join unnest(places) p using (ordinal) left join unnest(items) i using (ordinal));
end
$$;

-- Files of which nothing is stored lie in a storage all the same: of what was refused, or is known with other files.
create function drop_files(tenant text, messages jsonb) returns void
language plpgsql set search_path from current as $$
begin
	if not messages @? '$[*].attachments[*].storage.path' then
		return;
	end if;
	insert into object_removals (tenant_id, storage_provider, storage_bucket, storage_path)
		select distinct tenant, coalesce(f ->> 'provider', 'unknown'), f ->> 'bucket', f ->> 'path'
		from jsonb_path_query(messages, '$[*].attachments[*].storage') f
		where f ->> 'path' is not null
			and not is_file_kept(tenant, coalesce(f ->> 'provider', 'unknown'), f ->> 'bucket', f ->> 'path')
			and not exists (select from object_removals o where o.tenant_id = tenant and o.storage_path = f ->> 'path'
				and o.storage_bucket is not distinct from f ->> 'bucket'
				and o.storage_provider = coalesce(f ->> 'provider', 'unknown'));
end
$$;

-- Whether the message that is known by this id has never said this, also before somebody was masked in it. Of files alone
-- that is not said: more of them comes to be known. Nothing is left to compare of who was made a pseudonym, or erased.
create function says_else(tenant text, item incoming, known_id bigint) returns boolean
language plpgsql stable set search_path from current as $$
declare
	known jsonb := (select archive_json(m) from messages m where m.id = known_id);
begin
	if known is null then
		select message into known from message_archive where id = known_id;
	end if;
	return item.event = 'message' and known is not null and not known ? 'purged' and known ->> 'type' <> 'erased'
		and not is_pseudonym(item.external_id) and not exists (
			select from jsonb_array_elements(coalesce(known -> 'versions', '[]') || known) v
			where (v ->> 'type', v ->> 'text', v -> 'data') is not distinct from (item.content_type, item.content, item.data)
				or v ->> 'digest' in (content_digest(tenant, item.content_type, item.content, item.data, item.entities, item.attachments),
					content_digest(tenant, item.content_type, item.content, item.data, item.entities, known -> 'attachments')));
end
$$;

-- What was there already, or came twice in one call.
create function later_deliveries(items incoming[], places place[], seeds outcome[], delivery uuid) returns outcome[]
language plpgsql set search_path from current as $$
declare
	outcomes outcome[];
	later record;
begin
	select array_agg(row(i.ordinal, case when s.ordinal is not null and m.delivery_id = delivery then 'created'
		else 'duplicate' end, null, m.id)::outcome) into outcomes
		from unnest(items) i join unnest(places) p using (ordinal)
			left join unnest(seeds) s using (ordinal)
			join messages m on m.chat_id = p.chat_id and m.external_id = i.external_id
		where i.event = 'message' and s.message_id is null and not m.original_missing;
	for later in
		select i as item, p as home
		from unnest(items) i join unnest(places) p using (ordinal) left join unnest(seeds) s using (ordinal)
		where s.message_id is null
			and s.status is distinct from 'refused'
			and not exists (select from unnest(outcomes) o where o.ordinal = i.ordinal)
		order by p.chat_id, i.external_id, i.event <> 'message', i.edited_at, i.ordinal
	loop
		outcomes := outcomes || change_message(later.item, later.home, delivery);
	end loop;
	return outcomes;
end
$$;

-- New participants, and what the list of conversations shows.
create function note_arrivals(tenant text, items incoming[], places place[], seeds outcome[]) returns void
language plpgsql set search_path from current as $$
begin
	if exists (select from unnest(places) where enters) then
		insert into participants (conversation_id, identity_id, tenant_id)
			select distinct p.conversation_id, p.identity_id, tenant
			-- Also by an original that came after its edit.
			from unnest(places) p join unnest(items) i using (ordinal) left join unnest(seeds) s using (ordinal)
			where p.enters and (s.message_id is not null or i.event = 'message' and s.status is distinct from 'refused')
			order by 1, 2
			on conflict do nothing;
	end if;
	if exists (select from unnest(places) where retitled or reopens) then
		-- All that this call changes, also further down: in one order.
		perform from conversations where id in (select conversation_id from unnest(places))
			order by id for no key update;
		update conversations v set title = coalesce(n.title, v.title),
				status = case when n.reopens then 'active' else v.status end
			from (select p.conversation_id, bool_or(p.reopens) as reopens,
					(array_agg(i.chat_title order by i.sent_at desc) filter (where p.retitled))[1] as title
				from unnest(items) i join unnest(places) p using (ordinal) join unnest(seeds) s using (ordinal)
				where s.message_id is not null group by p.conversation_id) n
			where v.id = n.conversation_id and (n.reopens or n.title is not null);
	end if;
	with newest as (
		select p.conversation_id, max(coalesce(i.sent_at, i.edited_at, i.deleted_at, now())) as sent_at
		from unnest(items) i join unnest(places) p using (ordinal) join unnest(seeds) s using (ordinal)
		where s.message_id is not null group by p.conversation_id
	), behind as (
		select v.id, n.sent_at from conversations v join newest n on n.conversation_id = v.id
		where v.last_message_at is null or v.last_message_at < n.sent_at
		order by v.id for no key update of v
	)
	update conversations v set last_message_at = greatest(v.last_message_at, b.sent_at) from behind b where v.id = b.id;
end
$$;

-- What the next run of retention would remove for good and is known to nobody, with its changes in the same call: before
-- anything is made of it, so that old history makes no contacts of people of whom nothing is stored.
create function retained_before(tenant text, items incoming[], places place[]) returns int[]
language plpgsql stable set search_path from current as $$
declare
	l retention_limits := retention_limits_of(tenant);
begin
	return (with old as materialized (
		select i.platform, i.account, i.chat_id, i.external_id from unnest(items) i join unnest(places) p using (ordinal)
		where i.event = 'message' and i.sent_at < l.messages and (not l.archives or i.sent_at < l.archive)
			and i.sent_at < (select retained_until from tenants where id = tenant)
			and not exists (select from messages m where m.chat_id = p.chat_id and m.external_id = i.external_id)
			and not exists (select from message_archive a where a.chat_id = p.chat_id and a.external_id = i.external_id)
	)
	select coalesce(array_agg(i.ordinal), '{}') from unnest(items) i
	where (i.platform, i.account, i.chat_id, i.external_id) in (select * from old));
end
$$;

-- Takes back what was just stored and stands in the archive, and what the next run of retention would remove for good. After
-- the rows were written, not before: then who moves one of these into the archive has finished.
create function without_retained(tenant text, items incoming[], places place[], seeds outcome[]) returns outcome[]
language plpgsql set search_path from current as $$
declare
	l retention_limits := retention_limits_of(tenant);
begin
	seeds := (select array_agg(case
			when s.message_id is null then s
			when exists (select from message_archive a where a.chat_id = p.chat_id and a.external_id = i.external_id)
				then row(s.ordinal, null, 'known', s.message_id)::outcome
			when i.event <> 'delete' and i.sent_at < l.messages and (not l.archives or i.sent_at < l.archive)
				then row(s.ordinal, 'refused', 'expired', s.message_id)::outcome
			else s end)
		from unnest(seeds) s join unnest(items) i using (ordinal) join unnest(places) p using (ordinal));
	delete from messages where id in (select message_id from unnest(seeds) where reason is not null);
	return (select array_agg(case when s.reason is null then s else row(s.ordinal, s.status,
		nullif(s.reason, 'known'), null)::outcome end) from unnest(seeds) s);
end
$$;

-- A null further down is the sender's.
create function given_only(said jsonb) returns jsonb language sql immutable parallel safe as $$
	select jsonb_object_agg(key, value) from jsonb_each(said) where value <> 'null'
$$;
