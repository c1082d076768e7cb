-- Records beside the chats: answers kept ready, and the sites with what was done to them.

create table templates (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	category text,
	title text not null check (title <> ''),
	content text not null,
	created_by bigint,
	usage_count bigint not null default 0,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, title),
	foreign key (tenant_id, created_by) references members (tenant_id, id) on delete set null (created_by)
);
create index templates_author on templates (created_by) where created_by is not null;
create trigger touch before update on templates for each row execute function touch();

-- The words of a text by their stems, Russian and English ones, and as they stand: so that a word that is too common for
-- a stem is still found.
create function stems_of(content text) returns text[] language sql immutable parallel safe as $$
	select tsvector_to_array(to_tsvector('pg_catalog.russian', translate(lower(content), 'ё', 'е')))
$$;
create function plain_of(content text) returns text[] language sql immutable parallel safe as $$
	select tsvector_to_array(to_tsvector('pg_catalog.simple', translate(lower(content), 'ё', 'е')))
$$;
create function words_of(content text) returns text[]
language sql immutable parallel safe set search_path from current as $$
	select stems_of(content) || plain_of(content)
$$;
create function words_of_all(keywords text[]) returns text[]
language sql immutable parallel safe set search_path from current as $$
	select words_of(array_to_string(keywords, ' '))
$$;

create table faq_items (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	question text not null check (question <> ''),
	answer text not null,
	keywords text[] not null default '{}',
	usage_count bigint not null default 0,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, question)
);
create index faq_items_keywords on faq_items using gin (words_of_all(keywords));
create trigger touch before update on faq_items for each row execute function touch();

create table websites (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	client_name text not null check (client_name <> ''),
	domain text not null check (domain <> ''),
	container_port int check (container_port between 1 and 65535),
	db_port int check (db_port between 1 and 65535),
	status text not null default 'active',
	github_repo text,
	-- The whole definition of the site, when this table is where it is kept.
	definition jsonb,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, id),
	unique (tenant_id, client_name),
	unique (tenant_id, container_port),
	unique (tenant_id, db_port)
);
create unique index websites_domain on websites (tenant_id, lower(domain));
create trigger touch before update on websites for each row execute function touch();

create table deployments (
	id bigint generated always as identity primary key,
	tenant_id text not null,
	website_id bigint not null,
	commit_hash text,
	deployed_at timestamptz not null default now(),
	status text not null,
	foreign key (tenant_id, website_id) references websites (tenant_id, id) on delete cascade
);
create index deployments_website on deployments (website_id, deployed_at);
create index deployments_newest on deployments (tenant_id, deployed_at, id);

create table backups (
	id bigint generated always as identity primary key,
	tenant_id text not null,
	website_id bigint not null,
	backup_path text not null,
	size_bytes bigint check (size_bytes >= 0),
	created_at timestamptz not null default now(),
	foreign key (tenant_id, website_id) references websites (tenant_id, id) on delete cascade,
	unique (website_id, backup_path)
);
create index backups_newest on backups (tenant_id, created_at, id);

create function site_row_json(w websites) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', w.id, 'clientName', w.client_name, 'domain', w.domain,
		'containerPort', w.container_port, 'dbPort', w.db_port, 'status', w.status, 'githubRepo', w.github_repo,
		'createdAt', w.created_at, 'updatedAt', w.updated_at))
		|| case when w.definition is null then '{}' else jsonb_build_object('definition', w.definition) end
$$;

create function known_website(tenant text, request jsonb) returns websites
language plpgsql stable set search_path from current as $$
declare
	w websites;
begin
	select * into w from websites where tenant_id = tenant and case when request ->> 'websiteId' is not null
		then id = (request ->> 'websiteId')::bigint else client_name = request ->> 'clientName' end;
	if w.id is null then
		perform fail(404, 'not_found', 'There is no such website in this tenant.',
			'See the list of websites. To make one, give its client and domain.');
	end if;
	return w;
end
$$;

create function save_website(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	given jsonb := coalesce(request -> 'set', '{}');
	w websites;
	is_new boolean := false;
	key text;
begin
	if request ->> 'websiteId' is null and given ? 'domain' then
		insert into websites (tenant_id, client_name, domain) values (tenant, request ->> 'clientName', given ->> 'domain')
			on conflict (tenant_id, client_name) do nothing;
		is_new := found;
	end if;
	w := known_website(tenant, request);
	update websites o set
		client_name = case when given ? 'clientName' then given ->> 'clientName' else o.client_name end,
		domain = case when given ? 'domain' then given ->> 'domain' else o.domain end,
		container_port = case when given ? 'containerPort' then (given ->> 'containerPort')::int else o.container_port end,
		db_port = case when given ? 'dbPort' then (given ->> 'dbPort')::int else o.db_port end,
		status = case when given ? 'status' then given ->> 'status' else o.status end,
		github_repo = case when given ? 'githubRepo' then given ->> 'githubRepo' else o.github_repo end,
		definition = case when given ? 'definition' then nullif(given -> 'definition', 'null') else o.definition end
		where o.id = w.id returning * into w;
	return site_row_json(w) || jsonb_build_object('created', is_new);
exception when unique_violation then
	get stacked diagnostics key = constraint_name;
	perform fail(409, 'conflict', format('%s: another website of this tenant has this one.', case
			when key like '%client_name%' then 'clientName' when key like '%container_port%' then 'containerPort'
			when key like '%db_port%' then 'dbPort' else 'domain' end), 'Correct it, or change that website.');
end
$$;

create function get_website(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select site_row_json(known_website(tenant, request))
$$;

create function get_websites(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(site_row_json(v) order by v.id) into rows from (
		select w.* from websites w where w.tenant_id = tenant
			and (not request ? 'status' or w.status = request ->> 'status')
			and w.id > coalesce((request #>> '{after,id}')::bigint, 0)
		order by w.id limit most + 1) v;
	return page_of(rows, most, 'createdAt');
end
$$;

-- With its deployments and its list of backups; the backups themselves stay where they are.
create function delete_website(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	w websites;
	counts jsonb;
begin
	select * into w from websites where tenant_id = tenant and case when request ->> 'websiteId' is not null
		then id = (request ->> 'websiteId')::bigint else client_name = request ->> 'clientName' end for update;
	counts := jsonb_build_object('deployments', (select count(*) from deployments where website_id = w.id),
		'backups', (select count(*) from backups where website_id = w.id));
	delete from websites where id = w.id;
	return jsonb_build_object('deleted', found) || counts;
end
$$;

-- One deployment is known by its instant and commit: recorded again, it has the new status.
create function record_deployment(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	w websites := known_website(tenant, request);
	d deployments;
begin
	perform from websites where id = w.id for no key update;
	update deployments set status = request ->> 'status' where website_id = w.id
		and deployed_at = (request ->> 'deployedAt')::timestamptz
		and commit_hash is not distinct from request ->> 'commitHash' returning * into d;
	if d.id is null then
		insert into deployments (tenant_id, website_id, commit_hash, deployed_at, status) values (tenant, w.id,
			request ->> 'commitHash', (request ->> 'deployedAt')::timestamptz, request ->> 'status') returning * into d;
		return event_json(d.id, w, d.deployed_at, to_jsonb(d)) || '{"created": true}';
	end if;
	return event_json(d.id, w, d.deployed_at, to_jsonb(d)) || '{"created": false}';
end
$$;

-- A deployment or backup, with the website it is of.
create function event_json(id bigint, w websites, at timestamptz, item jsonb) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', id, 'websiteId', w.id, 'clientName', w.client_name, 'at', at,
		'commitHash', item -> 'commit_hash', 'status', item -> 'status', 'path', item -> 'backup_path',
		'sizeBytes', item -> 'size_bytes'))
$$;

-- A backup is known by its path.
create function record_backup(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	w websites := known_website(tenant, request);
	b backups;
	is_new boolean;
begin
	insert into backups (tenant_id, website_id, backup_path, size_bytes, created_at)
		values (tenant, w.id, request ->> 'path', (request ->> 'sizeBytes')::bigint, (request ->> 'at')::timestamptz)
		on conflict (website_id, backup_path) do nothing;
	is_new := found;
	update backups set size_bytes = coalesce((request ->> 'sizeBytes')::bigint, size_bytes)
		where website_id = w.id and backup_path = request ->> 'path' returning * into b;
	return event_json(b.id, w, b.created_at, to_jsonb(b)) || jsonb_build_object('created', is_new);
end
$$;

create function remove_backup(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	w websites := known_website(tenant, request);
begin
	delete from backups where website_id = w.id and backup_path = request ->> 'path';
	return jsonb_build_object('deleted', found);
end
$$;

-- Deployments or backups, the newest first; of one website, or of all.
create function get_site_events(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' as $$
declare
	most int := page_limit(request, 50);
	one bigint := case when request ?| '{websiteId,clientName}' then (known_website(tenant, request)).id end;
	rows jsonb;
begin
	select jsonb_agg(event_json(v.id, w, v.at, v.item) order by v.at desc, v.id desc) into rows from (
		select * from (
			select id, website_id, deployed_at as at, to_jsonb(d) as item from deployments d
				where tenant_id = tenant and request ->> 'kind' = 'deployments'
			union all select id, website_id, created_at, to_jsonb(b) from backups b
				where tenant_id = tenant and request ->> 'kind' = 'backups') e
		where e.website_id = coalesce(one, e.website_id) and (not request ? 'after'
			or (e.at, e.id) < ((request #>> '{after,at}')::timestamptz, (request #>> '{after,id}')::bigint))
		order by e.at desc, e.id desc limit most + 1) v join websites w on w.id = v.website_id;
	return page_of(rows, most, 'at');
end
$$;
