-- Who may do what. Applied after the migrations, and again whenever this text or the roles of the server change.
-- Row-level security is on for every table. Members come as the role "authenticated" with a token; "service_role" is
-- the node's, and the owner of the schema the node's on a server without these roles. Nobody else has any access.

do $$
declare
	schema text := current_schema();
	item record;
	everybody constant text := '{admin,manager,observer}';
	has_members boolean := exists (select from pg_roles where rolname = 'authenticated');
	has_service boolean := exists (select from pg_roles where rolname = 'service_role');
	-- Filled in with what the migrations make. What somebody has added to the schema is theirs and stays as it is.
	tables constant text[] := '{own tables}';
	functions constant text[] := '{own functions}';
	relations oid[];
	sequences oid[];
	routines oid[];
begin
	select array_agg(c.oid) into relations from pg_class c
		where c.relnamespace = schema::regnamespace and c.relkind in ('r', 'p') and (c.relname = any (tables)
			or c.oid in (select inhrelid from pg_inherits join pg_class p on p.oid = inhparent
				where p.relnamespace = schema::regnamespace and p.relname = any (tables)));
	sequences := array(select d.objid from pg_depend d join pg_class q on q.oid = d.objid and q.relkind = 'S'
		where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
			and d.refobjid = any (relations) and d.deptype in ('a', 'i'));
	routines := array(select p.oid from pg_proc p where p.pronamespace = schema::regnamespace and p.proname = any (functions));

	for item in select policyname, tablename from pg_policies where schemaname = schema and tablename = any (tables)
		and (policyname in ('members_select', 'members_insert', 'members_update', 'members_delete')
			or policyname = 'own_profile' and tablename = 'members') loop
		execute format('drop policy %I on %I', item.policyname, item.tablename);
	end loop;
	for item in select r::regclass as name from unnest(relations) r loop
		execute format('alter table %s enable row level security', item.name);
	end loop;
	for item in
		select case r.rolname when 'public' then 'public' else quote_ident(r.rolname) end as role, o.object
		from (select rolname::text from pg_roles where rolname in ('anon', 'authenticated', 'service_role')
				union all select 'public') r
			cross join (select format('table %s', x::regclass) as object from unnest(relations) x
				union all select format('sequence %s', x::regclass) from unnest(sequences) x
				union all select format('routine %s', x::regprocedure) from unnest(routines) x) o
	loop
		execute format('revoke all on %s from %s', item.object, item.role);
	end loop;
	-- Who makes functions here decides what the names in ours mean.
	for item in select quote_ident(rolname) as role from pg_roles where rolname in ('anon', 'authenticated', 'service_role')
		union all select 'public' loop
		execute format('revoke create on schema %I from %s', schema, item.role);
	end loop;

	if has_service then
		execute format('grant usage on schema %I to service_role', schema);
		for item in select case when c.relkind = 'S' then 'usage, select'
				when c.relname in ('schema_migrations', 'tenant_peppers') then 'select'
				else 'select, insert, update, delete' end as rights,
				case when c.relkind = 'S' then 'sequence' else 'table' end as sort, c.oid::regclass as name
			-- Parts of a table are reached through it.
			from pg_class c where c.oid = any (relations || sequences) and not c.relispartition loop
			execute format('grant %s on %s %s to service_role', item.rights, item.sort, item.name);
		end loop;
		for item in select r::regprocedure as signature from unnest(routines) r loop
			execute format('grant execute on routine %s to service_role', item.signature);
		end loop;
	end if;
	if has_members then
		execute format('grant usage on schema %I to authenticated', schema);
	end if;

	-- What the roles of members read and change, row by row. "columns" limits an update.
	for item in select * from (values
		('tenants', everybody, '{}', '{admin}', '{}', 'name, requires_consent, erased_senders, settings'),
		('members', everybody, '{admin}', '{admin}', '{}', null),
		('member_channels', everybody, '{admin}', '{admin}', '{admin}', null),
		('teams', everybody, '{admin}', '{admin}', '{admin}', null),
		('team_members', everybody, '{admin}', '{admin}', '{admin}', null),
		('channel_accounts', everybody, '{admin}', '{admin}', '{}', 'name, active, settings'),
		('retention_policies', everybody, '{admin}', '{admin}', '{admin}', null),
		('contacts', everybody, '{}', '{admin,manager}', '{}', 'name, bio, picture_url, real_name, email, phone, language,
			status, tags, notes, preferred_platform, communication_style, traits, interests, interaction_patterns, custom'),
		('contact_merges', everybody, '{}', '{}', '{}', null),
		('identities', everybody, '{}', '{}', '{}', null),
		('conversations', everybody, '{}', '{admin,manager}', '{}', 'title, status, assigned_member_id, team_id, tier,
			summary, summary_at, key_topics, links, read_up_to, archived_at, custom'),
		('chats', everybody, '{}', '{}', '{}', null),
		('participants', everybody, '{}', '{}', '{}', null),
		('messages', everybody, '{}', '{}', '{}', null),
		('message_versions', everybody, '{}', '{}', '{}', null),
		('attachments', everybody, '{}', '{}', '{}', null),
		('message_archive', everybody, '{}', '{}', '{}', null),
		('consents', everybody, '{}', '{}', '{}', null),
		('legal_holds', everybody, '{}', '{}', '{}', null),
		('erasures', '{admin}', '{}', '{}', '{}', null),
		('templates', everybody, '{admin,manager}', '{admin,manager}', '{admin,manager}', null),
		('faq_items', everybody, '{admin,manager}', '{admin,manager}', '{admin,manager}', null),
		('outbox', everybody, '{}', '{}', '{}', null),
		('desks', everybody, '{}', '{}', '{}', null),
		('handovers', everybody, '{}', '{}', '{}', null),
		('handover_cards', everybody, '{}', '{}', '{}', null),
		('handover_posts', everybody, '{}', '{}', '{}', null),
		('operator_messages', everybody, '{}', '{}', '{}', null),
		('error_logs', '{admin,manager}', '{}', '{}', '{}', null),
		('websites', everybody, '{admin}', '{admin}', '{admin}', null),
		('deployments', everybody, '{admin}', '{admin}', '{admin}', null),
		('backups', everybody, '{admin}', '{admin}', '{admin}', null),
		('working_schedules', everybody, '{admin}', '{admin}', '{admin}', 'name, definition, is_default'),
		('sla_policies', everybody, '{admin}', '{admin}', '{admin}', 'policy, schedule_id, monitored'),
		('sla_timers', everybody, '{}', '{}', '{}', null),
		('sla_plans', everybody, '{}', '{}', '{}', null),
		('sla_cycles', everybody, '{}', '{}', '{}', null),
		('sla_events', everybody, '{}', '{}', '{}', null),
		('decision_rules', everybody, '{}', '{}', '{}', null),
		('spam_models', everybody, '{}', '{}', '{}', null),
		('decisions', everybody, '{}', '{}', '{}', null),
		('decision_feedback', everybody, '{}', '{}', '{}', null)
	) as rules (name, readers, makers, changers, removers, columns) loop
		-- Not there yet in an earlier version of the schema.
		continue when to_regclass(item.name) is null;
		for item in
			select item.name as name, verb, roles, item.columns as columns,
				case when item.name = 'tenants' then 'id' else 'tenant_id' end as key
			from (values ('select', item.readers), ('insert', item.makers), ('update', item.changers),
				('delete', item.removers)) as v (verb, roles) where roles <> '{}'
		loop
			execute format('create policy %I on %I for %s %s', 'members_' || item.verb, item.name, item.verb,
				case item.verb
					when 'insert' then format('with check (%1$I = any ((select tenants_as(%2$L))::text[]))', item.key, item.roles)
					when 'update' then format('using (%1$I = any ((select tenants_as(%2$L))::text[])) '
						'with check (%1$I = any ((select tenants_as(%2$L))::text[]))', item.key, item.roles)
					else format('using (%1$I = any ((select tenants_as(%2$L))::text[]))', item.key, item.roles)
				end);
			if has_members then
				execute format('grant %s %s on %I to authenticated', item.verb,
					case when item.verb = 'update' and item.columns is not null then format('(%s)', item.columns) else '' end,
					item.name);
			end if;
		end loop;
	end loop;
	-- Their own name and address; a trigger keeps everything else as it is.
	create policy own_profile on members for update
		using (user_id = caller_id() and removed_at is null) with check (user_id = caller_id());

	if has_members then
		-- What reads, and the parts of that: these run as who calls them, so the policies hold. A text that one is given never
		-- becomes part of a statement.
		for item in select r::regprocedure as signature from unnest(routines) r join pg_proc p on p.oid = r
			where p.proname = any ('{
				get_messages,get_context,search_messages,get_conversation,get_conversations,conversation_statistics,
				get_contact,get_contacts,get_consent,get_holds,
				get_member,get_members,get_team,get_teams,get_on_duty,get_channel_accounts,
				get_template,get_templates,get_faq_items,match_faq,
				fail,caller_id,tenants_as,tenant_of,page_limit,page_of,page_from,message_text,message_json,message_as_of,
				attachments_json,
				conversation_of,conversation_json,people_refuse,storage_allowed,found_messages,found_for_member,may_search_parts,
				has_own_policies_only,search_configuration,person_of,scope_of,identity_scope,known_person,contact_json,
				member_json,member_of,known_member,team_json,team_of,known_team,account_json,
				template_json,known_template,faq_json,stems_of,plain_of,words_of,words_of_all}'::text[])
		loop
			execute format('grant execute on function %s to authenticated', item.signature);
		end loop;
	end if;
end
$$;
