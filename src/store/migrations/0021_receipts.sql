-- Receipts of erasures, and the files in storages that go with erased people.

-- Carries out receipts that are kept outside the database, after an older state of it was restored. "matched" says of how
-- many there was somebody to erase; "notApplied" are receipts that a legal hold or a sealed field refuses, with the reason,
-- to be applied again when that is gone.
create function apply_receipts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' set statement_timeout = '240s' as $$
declare
	rules tenants := tenant_of(tenant);
	own_key text := key_name(tenant);
	people jsonb;
	r jsonb;
	c contacts;
	done erasures;
	again int := 0;
	known int := 0;
	matched int := 0;
	refused jsonb := '[]';
	cause text;
	said text;
	mended text;
begin
	perform lock_people(tenant, true);
	if exists (select from jsonb_array_elements(request -> 'receipts') e
		where e ->> 'tenant' = tenant and e ->> 'key' <> own_key) then
		perform fail(409, 'conflict', 'These receipts were made with another key: nobody would be found by them.',
			'Restore the table tenant_peppers as well, from the state in which they were made.');
	end if;
	perform meet_by_receipts(tenant, request -> 'receipts');
	people := people_of_receipts(tenant, request -> 'receipts');
	for r in select e from jsonb_array_elements(request -> 'receipts') e where e ->> 'tenant' = tenant loop
		if exists (select from erasures where id = (r ->> 'id')::uuid) then
			known := known + 1;
			continue;
		end if;
		begin
			for c in select o.* from contacts o where o.tenant_id = tenant
				and o.id in (select jsonb_array_elements_text(people -> (r ->> 'id'))::bigint) order by o.id
			loop
				if r ->> 'kind' = 'erase' then
					perform erase_person(tenant, with_opened(c, request), r ->> 'source', (r ->> 'id')::uuid);
				else
					perform anonymise_person(tenant, with_opened(c, request), r ->> 'source', (r ->> 'id')::uuid);
				end if;
			end loop;
			insert into erasures (id, tenant_id, kind, hashes, counts, source, erased_at)
				values ((r ->> 'id')::uuid, tenant, r ->> 'kind', array(select jsonb_array_elements_text(r -> 'hashes')),
					coalesce(r -> 'counts', '{}'), r ->> 'source', (r ->> 'erasedAt')::timestamptz)
				on conflict (id) do update set hashes = excluded.hashes, erased_at = excluded.erased_at returning * into done;
			perform bury(done);
			again := again + 1;
			matched := matched + (people ? (r ->> 'id'))::int;
		exception when sqlstate 'PT409' then
			get stacked diagnostics cause = pg_exception_detail, said = message_text, mended = pg_exception_hint;
			if cause not in ('on_hold', 'sealed') then
				raise;
			end if;
			refused := refused || jsonb_build_object('id', r ->> 'id', 'reason', cause, 'problem', said, 'remedy', mended);
		end;
	end loop;
	return jsonb_build_object('applied', again, 'known', known, 'matched', matched, 'notApplied', refused);
end
$$;

create function get_receipts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 500);
	rows jsonb;
begin
	select jsonb_agg(erasure_json(e, '') -> 'receipt' order by e.erased_at, e.id) into rows from (
		select * from erasures where tenant_id = tenant and (not request ? 'after' or (erased_at, id)
			> ((request #>> '{after,at}')::timestamptz, (request #>> '{after,id}')::uuid))
		order by erased_at, id limit most + 1) e;
	return page_of(rows, most, 'erasedAt');
end
$$;

-- Notes what lies in a storage before the rows go that know of it: what is another message's file as well stays.
create function request_removals(tenant text, message_ids bigint[], mine bigint[], own_chats bigint[]) returns bigint
language sql set search_path from current as $$
	with wanted as (
		select storage_provider as provider, storage_bucket as bucket, storage_path as path from attachments
			where message_id = any (message_ids) and storage_path is not null
		union
		select a #>> '{storage,provider}', a #>> '{storage,bucket}', a #>> '{storage,path}'
			from message_versions v, jsonb_array_elements(v.attachments) a
			where v.message_id = any (message_ids) and a #>> '{storage,path}' is not null
		union
		select a #>> '{storage,provider}', a #>> '{storage,bucket}', a #>> '{storage,path}'
			from message_archive m, jsonb_path_query(m.message, '$.**.attachments[*]') a
			where m.tenant_id = tenant
				and (m.sender_id = any (mine) or m.conversation_id = any (own_chats) or m.id = any (message_ids))
				and a #>> '{storage,path}' is not null
	), requested as (
		insert into object_removals (tenant_id, storage_provider, storage_bucket, storage_path)
		select distinct tenant, coalesce(w.provider, 'unknown'), w.bucket, w.path from wanted w
		where not exists (select from attachments o where o.tenant_id = tenant and o.storage_path = w.path
			and o.storage_bucket is not distinct from w.bucket and o.storage_provider is not distinct from w.provider
			and o.message_id <> all (message_ids))
			and not exists (select from message_archive o where o.tenant_id = tenant and o.files @> array[w.path]
				and (o.sender_id is null or o.sender_id <> all (mine)) and o.conversation_id <> all (own_chats)
				and o.id <> all (message_ids))
		returning 1
	)
	select count(*) from requested
$$;

-- What a message has that was stored meanwhile is not to be removed, and is listed again with that message.
create function get_object_removals(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 100);
begin
	loop
		delete from object_removals where id in (select id from (select * from object_removals o where o.tenant_id = tenant
				order by attempts, id limit most) o
			where is_file_kept(tenant, storage_provider, storage_bucket, storage_path));
		exit when not found;
	end loop;
	return (select jsonb_build_object('items', coalesce(jsonb_agg(to_jsonb(o) order by o.id), '[]'))
		from (select * from object_removals where tenant_id = tenant order by attempts, id limit most) o);
end
$$;

-- "removed": ids that are gone; "failed": ids with the reason.
create function settle_object_removals(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
begin
	delete from object_removals where tenant_id = tenant
		and id in (select jsonb_array_elements_text(coalesce(request -> 'removed', '[]'))::bigint);
	update object_removals o set attempts = attempts + 1, last_error = left(f ->> 'error', 500)
		from jsonb_array_elements(coalesce(request -> 'failed', '[]')) f
		where o.tenant_id = tenant and o.id = (f ->> 'id')::bigint;
	return jsonb_build_object('pending', (select count(*) from object_removals where tenant_id = tenant));
end
$$;
