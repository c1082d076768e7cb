-- Accounts, and answers kept ready beside the chats: made or changed in one call, counted when used.

create function account_json(a channel_accounts) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', a.id, 'platform', a.platform, 'externalId', a.external_id,
		'name', a.name, 'active', a.active, 'createdAt', a.created_at, 'updatedAt', a.updated_at))
		|| jsonb_build_object('settings', a.settings)
$$;

-- The account a request names, by id, or by the platform and the id there.
create function account_of(tenant text, request jsonb) returns channel_accounts
language plpgsql stable set search_path from current as $$
declare
	a channel_accounts;
begin
	select * into a from channel_accounts where tenant_id = tenant and case when request ->> 'accountId' is not null
		then id = (request ->> 'accountId')::bigint
		else platform = request ->> 'platform' and external_id = request ->> 'externalId' end;
	return a;
end
$$;

create function save_channel_account(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	a channel_accounts;
	is_new boolean := false;
begin
	if request ->> 'accountId' is null then
		insert into channel_accounts (tenant_id, platform, external_id)
			values (tenant, request ->> 'platform', request ->> 'externalId') on conflict do nothing;
		is_new := found;
	end if;
	a := account_of(tenant, request);
	if a.id is null then
		perform fail(404, 'not_found', 'There is no such channel account in this tenant.', 'See the list of accounts.');
	end if;
	update channel_accounts o set
		name = case when given ? 'name' then given ->> 'name' else o.name end,
		active = case when given ? 'active' then (given ->> 'active')::boolean else o.active end,
		settings = case when given ? 'settings' then given -> 'settings' else o.settings end
		where o.id = a.id returning * into a;
	return account_json(a) || jsonb_build_object('created', is_new);
end
$$;

create function get_channel_accounts(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(account_json(v) order by v.id) into rows from (
		select a.* from channel_accounts a where a.tenant_id = tenant
			and (not request ? 'platform' or a.platform = request ->> 'platform')
			and (not request ? 'externalId' or a.external_id = request ->> 'externalId')
			and (not request ? 'active' or a.active = (request ->> 'active')::boolean)
			and a.id > coalesce((request #>> '{after,id}')::bigint, 0)
		order by a.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

-- What conversations hang on is switched off; what nothing hangs on is deleted.
create function remove_channel_account(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	a channel_accounts;
begin
	-- Nobody stores messages of it meanwhile.
	perform lock_people(tenant, true);
	a := account_of(tenant, request);
	begin
		delete from channel_accounts where id = a.id;
		return jsonb_build_object('result', case when found then 'deleted' else 'unknown' end);
	exception when foreign_key_violation then
		update channel_accounts set active = false where id = a.id;
	end;
	return jsonb_build_object('result', 'deactivated', 'id', a.id,
		'conversations', (select count(*) from conversations where account_id = a.id));
end
$$;

create function template_json(t templates) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', t.id, 'title', t.title, 'category', t.category, 'content', t.content,
		'createdBy', t.created_by, 'usageCount', t.usage_count, 'createdAt', t.created_at, 'updatedAt', t.updated_at))
$$;

create function known_template(tenant text, request jsonb) returns templates
language plpgsql stable set search_path from current as $$
declare
	t templates;
begin
	select * into t from templates where tenant_id = tenant and case when request ->> 'templateId' is not null
		then id = (request ->> 'templateId')::bigint else title = request ->> 'template' end;
	if t.id is null then
		perform fail(404, 'not_found', 'There is no such template in this tenant.',
			'See the list of templates. To make one, give its title and content.');
	end if;
	return t;
end
$$;

create function save_template(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	t templates;
	is_new boolean := false;
begin
	if given ->> 'createdBy' is not null then
		perform known_member(tenant, jsonb_build_object('memberId', given -> 'createdBy'));
	end if;
	if request ->> 'templateId' is null and given ? 'content' then
		insert into templates (tenant_id, title, content) values (tenant, request ->> 'template', given ->> 'content')
			on conflict do nothing;
		is_new := found;
	end if;
	t := known_template(tenant, request);
	update templates o set
		title = case when given ? 'title' then given ->> 'title' else o.title end,
		category = case when given ? 'category' then given ->> 'category' else o.category end,
		content = case when given ? 'content' then given ->> 'content' else o.content end,
		created_by = case when given ? 'createdBy' then (given ->> 'createdBy')::bigint else o.created_by end
		where o.id = t.id returning * into t;
	return template_json(t) || jsonb_build_object('created', is_new);
exception when unique_violation then
	perform fail(409, 'conflict', 'title: another template has this one.', 'Choose another title, or change that template.');
end
$$;

create function get_template(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select template_json(known_template(tenant, request))
$$;

create function get_templates(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(template_json(v) order by v.id) into rows from (
		select t.* from templates t where t.tenant_id = tenant
			and (not request ? 'category' or t.category = request ->> 'category')
			and (not request ? 'text' or position(lower(request ->> 'text') in lower(t.title || ' ' || t.content)) > 0)
			and t.id > coalesce((request #>> '{after,id}')::bigint, 0)
		order by t.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

-- Counts one use. "given": the variables there are values for; what the template wants beyond them is named, and then
-- nothing is counted.
create function use_template(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	t templates := known_template(tenant, request);
	missing text;
begin
	select * into t from templates where id = t.id for update;
	select string_agg(distinct w, ', ') into missing
		from (select btrim(m[1], e' \t\r\n') as w from regexp_matches(t.content, '\{\{([^{}]+)\}\}', 'g') m) x
		where request ? 'given' and not (request -> 'given') ? w;
	if missing is not null then
		perform fail(422, 'invalid_input', format('The template "%s" has no value for: %s.', t.title, missing),
			'Give these variables.');
	end if;
	update templates set usage_count = usage_count + 1 where id = t.id returning * into t;
	return template_json(t);
end
$$;

create function delete_template(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
begin
	delete from templates where tenant_id = tenant and case when request ->> 'templateId' is not null
		then id = (request ->> 'templateId')::bigint else title = request ->> 'template' end;
	return jsonb_build_object('deleted', found);
end
$$;

create function faq_json(f faq_items) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('id', f.id, 'question', f.question, 'answer', f.answer, 'keywords', f.keywords,
		'usageCount', f.usage_count, 'createdAt', f.created_at, 'updatedAt', f.updated_at)
$$;

create function known_faq(tenant text, request jsonb) returns faq_items
language plpgsql stable set search_path from current as $$
declare
	f faq_items;
begin
	select * into f from faq_items where tenant_id = tenant and case when request ->> 'faqId' is not null
		then id = (request ->> 'faqId')::bigint else question = request ->> 'question' end;
	if f.id is null then
		perform fail(404, 'not_found', 'There is no such FAQ item in this tenant.',
			'See the list of FAQ items. To make one, give its question and answer.');
	end if;
	return f;
end
$$;

create function save_faq_item(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	f faq_items;
	is_new boolean := false;
begin
	if request ->> 'faqId' is null and given ? 'answer' then
		insert into faq_items (tenant_id, question, answer) values (tenant, request ->> 'question', given ->> 'answer')
			on conflict do nothing;
		is_new := found;
	end if;
	f := known_faq(tenant, request);
	update faq_items o set
		question = case when given ? 'question' then given ->> 'question' else o.question end,
		answer = case when given ? 'answer' then given ->> 'answer' else o.answer end,
		keywords = case when given ? 'keywords' then array(select jsonb_array_elements_text(given -> 'keywords'))
			else o.keywords end
		where o.id = f.id returning * into f;
	return faq_json(f) || jsonb_build_object('created', is_new);
exception when unique_violation then
	perform fail(409, 'conflict', 'question: another FAQ item has this one.', 'Ask another question, or change that item.');
end
$$;

create function get_faq_items(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(faq_json(v) order by v.id) into rows from (
		select f.* from faq_items f where f.tenant_id = tenant
			and (not request ? 'text' or position(lower(request ->> 'text') in lower(f.question || ' ' || f.answer)) > 0)
			and f.id > coalesce((request #>> '{after,id}')::bigint, 0)
		order by f.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

-- The items of which most keywords stand in a text, in any form of the words; of equals the one that is used most.
create function match_faq(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 5);
	spoken text[] := words_of(left(request ->> 'text', 100000));
	rows jsonb;
begin
	select jsonb_agg(faq_json(f) || jsonb_build_object('matched', v.hits) order by cardinality(v.hits) desc,
			f.usage_count desc, f.id) into rows
		from (select o.id, h.hits from faq_items o cross join lateral (select array(select k from unnest(o.keywords) k
				where words_of(k) <> '{}' and (stems_of(k) <> '{}' and stems_of(k) <@ spoken or plain_of(k) <@ spoken)) as hits) h
			where o.tenant_id = tenant and words_of_all(o.keywords) && spoken and h.hits <> '{}'
			order by cardinality(h.hits) desc, o.usage_count desc, o.id limit most) v join faq_items f on f.id = v.id;
	return jsonb_build_object('limit', most, 'items', coalesce(rows, '[]'));
end
$$;

create function use_faq_item(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	f faq_items := known_faq(tenant, request);
begin
	update faq_items set usage_count = usage_count + 1 where id = f.id returning * into f;
	return faq_json(f);
end
$$;

create function delete_faq_item(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
begin
	delete from faq_items where tenant_id = tenant and case when request ->> 'faqId' is not null
		then id = (request ->> 'faqId')::bigint else question = request ->> 'question' end;
	return jsonb_build_object('deleted', found);
end
$$;
