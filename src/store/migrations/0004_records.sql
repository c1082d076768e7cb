-- Records beside the chats: answers kept ready, faults, and the sites with what was done to them.

create table templates (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	category text,
	title text not null check (title <> ''),
	content text not null,
	created_by bigint references members on delete set null,
	usage_count bigint not null default 0,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	unique (tenant_id, title)
);
create index templates_author on templates (created_by) where created_by is not null;
create trigger touch before update on templates for each row execute function touch();

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
create index faq_items_keywords on faq_items using gin (keywords);
create trigger touch before update on faq_items for each row execute function touch();

create table error_logs (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	occurred_at timestamptz not null default now(),
	level text not null default 'error' check (level in ('debug', 'info', 'warning', 'error', 'fatal')),
	message text not null,
	stack text,
	metadata jsonb not null default '{}'
);
create index error_logs_newest on error_logs (tenant_id, occurred_at, id);

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
