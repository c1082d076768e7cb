-- Fields of contacts that the caller has sealed with a key that is not here: found by keyed hashes, opened by the caller for
-- an erasure, sealed anew. The store tells them by their beginning and looks no further.

create function is_sealed(value text) returns boolean
language sql immutable parallel safe as $$ select coalesce(value like 'sealed:%', false) $$;

create function sealed_count(c contacts) returns int
language sql immutable set search_path from current as $$
	select is_sealed(c.real_name)::int + is_sealed(c.email)::int + is_sealed(c.phone)::int
$$;

-- A hash belongs to a sealed value: whoever writes another one in its place does not know of it.
create function drop_stale_index() returns trigger language plpgsql set search_path from current as $$
begin
	if new.email is null or new.email not like 'sealed:%' then
		new.email_index := null;
	end if;
	if new.phone is null or new.phone not like 'sealed:%' then
		new.phone_index := null;
	end if;
	return new;
end
$$;
create trigger drop_stale_index before insert or update of email, phone, email_index, phone_index on contacts
	for each row execute function drop_stale_index();

create index contacts_email_index on contacts (tenant_id, email_index) where email_index is not null;
create index contacts_phone_index on contacts (tenant_id, phone_index) where phone_index is not null;
-- The same for what is not sealed. No functions of this schema: members, who may not call these, write here too.
create index contacts_email on contacts (tenant_id, lower(btrim(left(email, 320))))
	where email is not null and email not like 'sealed:%';
create index contacts_phone on contacts
	(tenant_id, regexp_replace(regexp_replace(left(phone, 320), '[^0-9]', '', 'g'), '^00', ''))
	where phone is not null and phone not like 'sealed:%';

-- By "indexes" (of the keys "keyIds") or by "value". "unsearched": whether there are contacts that this does not compare.
create function find_contacts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	wanted text[] := array(select jsonb_array_elements_text(request -> 'indexes'));
	known text[] := array(select jsonb_array_elements_text(request -> 'keyIds'));
	value text := request ->> 'value';
	ids bigint[];
	unsearched boolean;
begin
	if request ->> 'field' = 'email' and request ? 'indexes' then
		ids := array(select id from contacts where tenant_id = tenant and email_index = any (wanted) order by id limit 100);
		unsearched := exists (select from contacts where tenant_id = tenant and email is not null and email not like 'sealed:%')
			or exists (select from contacts where tenant_id = tenant and email_index is not null
				and split_part(email_index, ':', 1) <> all (known));
	elsif request ->> 'field' = 'phone' and request ? 'indexes' then
		ids := array(select id from contacts where tenant_id = tenant and phone_index = any (wanted) order by id limit 100);
		unsearched := exists (select from contacts where tenant_id = tenant and phone is not null and phone not like 'sealed:%')
			or exists (select from contacts where tenant_id = tenant and phone_index is not null
				and split_part(phone_index, ':', 1) <> all (known));
	elsif request ->> 'field' = 'email' and value <> '' then
		ids := array(select id from contacts where tenant_id = tenant and email is not null and email not like 'sealed:%'
			and lower(btrim(left(email, 320))) = value order by id limit 100);
		unsearched := exists (select from contacts where tenant_id = tenant and email_index is not null);
	elsif request ->> 'field' = 'phone' and value <> '' then
		ids := array(select id from contacts where tenant_id = tenant and phone is not null and phone not like 'sealed:%'
			and regexp_replace(regexp_replace(left(phone, 320), '[^0-9]', '', 'g'), '^00', '') = value order by id limit 100);
		unsearched := exists (select from contacts where tenant_id = tenant and phone_index is not null);
	else
		perform fail(422, 'invalid_input', 'The call does not say whom to look for.', 'Give the field and its value or hashes.');
	end if;
	return jsonb_build_object('unsearched', unsearched, 'items', (select coalesce(jsonb_agg(contact_json(c) order by c.id), '[]')
		from contacts c where c.id = any (ids)));
end
$$;

create function sealed_json(c contacts) returns jsonb
language sql stable set search_path from current as $$
	select jsonb_strip_nulls(jsonb_build_object('id', c.id, 'realName', c.real_name, 'email', c.email, 'phone', c.phone,
		'formerIds', (select jsonb_agg(from_id order by from_id) from contact_merges where into_id = c.id)))
$$;

-- Of the people that an erasure, or these receipts, would mean: what the caller has to open for it.
create function get_sealed_fields(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	c contacts;
	ids bigint[];
begin
	if request ? 'receipts' then
		ids := array(select distinct e::bigint from jsonb_each(people_of_receipts(tenant, request -> 'receipts')) p,
			jsonb_array_elements_text(p.value) e);
	else
		c := traced_person(tenant, request);
		ids := c.id || array(select other from pseudonyms_of(tenant, c.id) other);
	end if;
	return jsonb_build_object('items', (select coalesce(jsonb_agg(sealed_json(o) order by o.id), '[]')
		from contacts o where o.tenant_id = tenant and o.id = any (ids) and sealed_count(o) > 0));
end
$$;

-- The contact as the caller has opened it: "opened" says of sealed values what they say. Nothing of it is stored.
create function with_opened(c contacts, request jsonb) returns contacts
language plpgsql immutable set search_path from current as $$
declare
	said jsonb := request -> 'opened';
begin
	c.real_name := coalesce(case when is_sealed(c.real_name) then said ->> c.real_name end, c.real_name);
	c.email := coalesce(case when is_sealed(c.email) then said ->> c.email end, c.email);
	c.phone := coalesce(case when is_sealed(c.phone) then said ->> c.phone end, c.phone);
	if sealed_count(c) > 0 and not coalesce((request ->> 'withoutSealed')::boolean, false) then
		perform fail(409, 'sealed', format('Nothing was changed: fields of contact %s are sealed, and what they say has to be '
			'known to be masked in what others have written.', c.id),
			'Give the keys of the fields (credential "Chat Field Key API"), or allow that it stays there (without sealed fields).');
	end if;
	return c;
end
$$;

-- Contacts with a field that is plain or sealed with another key than this. "version" is of the row: reseal_contacts changes
-- it only as it was read.
create function get_contacts_to_seal(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	mark text := 'sealed:v1:' || (request ->> 'keyId') || ':%';
begin
	return jsonb_build_object('items', (select coalesce(jsonb_agg(item order by id), '[]') from (
		select c.id, sealed_json(c) || jsonb_build_object('version', c.xmin::text) as item from contacts c
		where c.tenant_id = tenant and c.id > coalesce((request ->> 'after')::bigint, 0)
			and (c.real_name not like mark or c.email not like mark or c.phone not like mark)
		order by c.id limit least((request ->> 'limit')::int, 500)) x));
end
$$;

-- "leftElsewhere": of other tenants, which may be sealed with keys of their own. Plain ones there need no key.
create function count_contacts_to_seal(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	mark text := 'sealed:v1:' || (request ->> 'keyId') || ':%';
begin
	return (select jsonb_build_object('left', count(*) filter (where c.tenant_id = tenant), 'leftElsewhere', count(*) filter (
			where c.tenant_id <> tenant and (is_sealed(c.real_name) and c.real_name not like mark
				or is_sealed(c.email) and c.email not like mark or is_sealed(c.phone) and c.phone not like mark)))
		from contacts c where c.real_name not like mark or c.email not like mark or c.phone not like mark);
end
$$;

create function reseal_contacts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	done bigint;
begin
	perform lock_people(tenant, false);
	with given as (
		select (e ->> 'id')::bigint as id, e from jsonb_array_elements(request -> 'rows') e
	), locked as (
		select c.id, g.e from contacts c join given g on g.id = c.id
		where c.tenant_id = tenant and c.xmin::text = g.e ->> 'version' order by c.id for no key update of c
	), changed as (
		update contacts c set real_name = coalesce(l.e ->> 'realName', c.real_name),
			email = coalesce(l.e ->> 'email', c.email), email_index = coalesce(l.e ->> 'emailIndex', c.email_index),
			phone = coalesce(l.e ->> 'phone', c.phone), phone_index = coalesce(l.e ->> 'phoneIndex', c.phone_index)
		from locked l where c.id = l.id and is_sealed(coalesce(l.e ->> 'realName', 'sealed:'))
			and is_sealed(coalesce(l.e ->> 'email', 'sealed:')) and is_sealed(coalesce(l.e ->> 'phone', 'sealed:'))
		returning 1
	)
	select count(*) into done from changed;
	return jsonb_build_object('resealed', done);
end
$$;
