-- Decisions on messages with all they were made of, the rules and the spam models they were made by, and what people say of
-- them. Rules are read and messages judged by the package alone; here everything is kept under its version.

-- Each version once, for good: decisions name them.
create table decision_rules (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	number int not null,
	version text not null check (version ~ '^[0-9a-f]{64}$'),
	rules jsonb not null check (jsonb_typeof(rules) = 'object'),
	note text,
	saved_at timestamptz not null default now(),
	activated_at timestamptz,
	is_active boolean not null default false,
	unique (tenant_id, version),
	unique (tenant_id, number)
);
create unique index decision_rules_active on decision_rules (tenant_id) where is_active;

create table spam_models (
	id bigint generated always as identity primary key,
	tenant_id text not null references tenants,
	number int not null,
	version text not null check (version ~ '^[0-9a-f]{64}$'),
	-- As the package reads it: how much words and parts of words speak for spam.
	model jsonb not null check (jsonb_typeof(model) = 'object'),
	corrected int not null default 0,
	-- Hash of what it has learnt from besides corrections, and how.
	training text,
	trained_at timestamptz not null default now(),
	-- When a person has made it the active one; null where training has.
	chosen_at timestamptz,
	is_active boolean not null default false,
	unique (tenant_id, version),
	unique (tenant_id, number)
);
create unique index spam_models_active on spam_models (tenant_id) where is_active;

create table decisions (
	id bigint generated always as identity primary key,
	tenant_id text not null,
	-- It may be in the archive by now.
	message_id bigint not null,
	conversation_id bigint not null,
	-- Tells one state of the message from another, keyed: the same words are decided on once.
	edition text not null,
	rules_id bigint not null references decision_rules,
	is_shadow boolean not null,
	-- Decided once more because somebody asked for it.
	attempt int not null default 1,
	-- Of the call that has made it: one that is repeated because its answer was lost finds its own work.
	call_id uuid not null,
	outcome text not null check (outcome in ('reply', 'escalate', 'route', 'ignore', 'defer')),
	decided_by text not null check (decided_by in ('guard', 'rule', 'model', 'default')),
	rule text,
	team text,
	category text,
	is_spam boolean,
	confidence real not null,
	-- As the package has made it, and what it was made of. The latter goes with the message, as do the words of the former.
	decision jsonb not null,
	input jsonb,
	-- What was to be sent with it, and when.
	reply_text text,
	send_at timestamptz,
	tokens int not null default 0,
	notes jsonb not null default '[]',
	decided_at timestamptz not null default now(),
	-- Whether it holds words that are not those of the message: they may speak of anybody.
	speaks boolean generated always as (reply_text is not null or coalesce(input ? 'model', false)
		or decision ->> 'draft' is not null or decision ? 'import') stored,
	unique (tenant_id, id),
	unique (message_id, edition, rules_id, is_shadow, attempt),
	foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade
);
create index decisions_of_conversation on decisions (conversation_id, decided_at, id);
create index decisions_newest on decisions (tenant_id, decided_at, id);
create index decisions_of_message on decisions (message_id, id);
create index decisions_rules on decisions (rules_id);
create index decisions_speaking on decisions (tenant_id) where speaks;

-- One row for each person and decision.
create table decision_feedback (
	id bigint generated always as identity primary key,
	tenant_id text not null,
	decision_id bigint not null,
	said_by text not null check (said_by <> ''),
	is_spam boolean,
	category text,
	outcome text check (outcome in ('reply', 'escalate', 'route', 'ignore', 'defer')),
	team text,
	rating smallint check (rating between 1 and 5),
	comment text,
	given_at timestamptz not null default now(),
	unique (decision_id, said_by),
	foreign key (tenant_id, decision_id) references decisions (tenant_id, id) on delete cascade
);
create index decision_feedback_given on decision_feedback (tenant_id, given_at, id);

-- Somebody has it, and has answered there: nobody talks into that.
create function conversation_is_handled(tenant text, conversation bigint) returns boolean
language sql stable set search_path from current as $$
	select exists (select from conversations v where v.tenant_id = tenant and v.id = conversation
		and v.status = 'assigned_human' and v.assigned_member_id is not null
		and exists (select from messages m where m.conversation_id = v.id and m.author = 'member' and m.deleted_at is null))
$$;

-- What was written there before it was handed back, if it was, keeps nobody silent.
create function is_handled_again(tenant text, conversation bigint, handed_back timestamptz) returns boolean
language sql stable set search_path from current as $$
	select conversation_is_handled(tenant, conversation) and (handed_back is null or exists (select from messages m
		where m.conversation_id = conversation and m.author = 'member' and m.sent_at > handed_back))
$$;

-- What people and models have said goes; what was decided, by which rule and when, stays.
create function without_words(decision jsonb) returns jsonb
language sql immutable parallel safe set search_path from current as $$
	select decision - 'import' || '{"facts": {}, "answer": null, "draft": null, "trace": []}' || jsonb_build_object('reasons',
		(select jsonb_agg(case when r ->> 'code' in ('model', 'imported') then r || '{"text": "The words are not kept any more."}' else r end
			order by n) from jsonb_array_elements(decision -> 'reasons') with ordinality x (r, n)))
$$;

create function forget_decision_words(message_ids bigint[]) returns void
language sql set search_path from current as $$
	update decisions set decision = without_words(decision), input = null, reply_text = null, notes = '[]'
		where message_id = any (message_ids) and (input is not null or reply_text is not null or decision ? 'import')
$$;

-- With a message its decisions go: their words when it goes into the archive, all of them when it is gone for good.
create function forget_decisions() returns trigger language plpgsql set search_path from current as $$
begin
	delete from decisions d using gone g where d.message_id = g.id
		and not exists (select from message_archive a where a.id = g.id and a.sent_at = g.sent_at);
	perform forget_decision_words(array_agg(d.message_id)) from decisions d join gone g on g.id = d.message_id;
	return null;
end
$$;
create trigger forget_decisions after delete on messages referencing old table as gone
	for each statement execute function forget_decisions();

create function forget_archived_decisions() returns trigger language plpgsql set search_path from current as $$
begin
	delete from decisions d using gone g where d.message_id = g.id and not exists (select from messages m where m.id = g.id);
	return null;
end
$$;
create trigger forget_decisions after delete on message_archive referencing old table as gone
	for each statement execute function forget_archived_decisions();

-- Of a conversation that becomes part of another one.
create function move_decisions(tenant text, from_id bigint, into_id bigint) returns void
language sql set search_path from current as $$
	update decisions set conversation_id = into_id where tenant_id = tenant and conversation_id = from_id
$$;

-- What was decided on others' messages may name a person as these do, and what a model has written more so.
create function mask_decisions(tenant text, w mask_words, shared bigint[], theirs bigint[], candidates bigint[], h held_back)
returns void language sql set search_path from current as $$
	with named as materialized (
		select d.id, case when d.conversation_id = any (shared) or d.message_id = any (theirs) then w.shared end as parts
		from decisions d where d.id in (
				select id from decisions where message_id = any (candidates || theirs)
				union select id from decisions where conversation_id = any (shared)
				union select id from decisions where tenant_id = tenant and speaks
					and lower(concat_ws(' ', decision::text, input::text, reply_text)) like any (lowered(w.likes))
				union select decision_id from decision_feedback where tenant_id = tenant and lower(comment) like any (lowered(w.likes)))
			and d.conversation_id <> all (h.conversations)
			and not exists (select from messages m where m.id = d.message_id and m.sender_id = any (h.senders))
	), said as (
		update decision_feedback f set comment = masked(f.comment, w.everywhere, n.parts) from named n
			where f.decision_id = n.id and f.comment is not null
	)
	update decisions d set reply_text = masked(d.reply_text, w.everywhere, n.parts),
			decision = masked_json(d.decision, w.everywhere, n.parts), input = masked_json(d.input, w.everywhere, n.parts)
		from named n where d.id = n.id
			and masked_json(jsonb_build_array(d.reply_text, d.decision, d.input), w.everywhere, n.parts)
				<> jsonb_build_array(d.reply_text, d.decision, d.input)
$$;

-- For the export of a person: what was decided on a message of theirs. Null where nothing was.
create function decisions_of_message(message bigint) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_build_object('decisions', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('outcome', d.outcome,
			'decidedAt', d.decided_at, 'decidedBy', d.decided_by, 'rule', d.rule, 'team', d.team, 'category', d.category,
			'isSpam', d.is_spam, 'confidence', d.confidence, 'isShadow', d.is_shadow, 'reasons', d.decision -> 'reasons',
			'answer', d.reply_text)) order by d.id))
		from decisions d where d.message_id = message having count(*) > 0
$$;

-- What rules may name.
create function get_decision_names(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	rules tenants := tenant_of(tenant);
begin
	return jsonb_build_object(
		'teams', (select coalesce(jsonb_agg(name order by name), '[]') from teams where tenant_id = tenant),
		'templates', (select coalesce(jsonb_agg(title order by title), '[]') from templates where tenant_id = tenant));
end
$$;

create function rules_version_json(r decision_rules) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', r.id, 'version', r.version, 'number', r.number, 'name', r.rules ->> 'name',
		'note', r.note, 'ruleCount', jsonb_array_length(coalesce(r.rules -> 'rules', '[]')), 'savedAt', r.saved_at,
		'activatedAt', r.activated_at, 'isActive', r.is_active))
$$;

-- The version, made when there is none yet. Two that make one come one after the other, for they are numbered.
create function kept_rules(tenant text, wanted text, rules jsonb, note text default null) returns decision_rules
language plpgsql set search_path from current as $$
declare
	r decision_rules;
begin
	select * into r from decision_rules where tenant_id = tenant and version = wanted;
	if r.id is not null then
		return r;
	elsif rules is null then
		perform fail(404, 'not_found', 'There is no such version of the rules in this tenant.', 'See the list of versions.');
	end if;
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' decision rules ' || tenant, 0));
	insert into decision_rules as o (tenant_id, number, version, rules, note)
		select tenant, coalesce(max(number), 0) + 1, wanted, kept_rules.rules, kept_rules.note
			from decision_rules where tenant_id = tenant
		on conflict (tenant_id, version) do nothing returning * into r;
	if r.id is null then
		select * into r from decision_rules where tenant_id = tenant and version = wanted;
	end if;
	return r;
end
$$;

create function set_active_rules(tenant text, chosen bigint) returns decision_rules
language plpgsql set search_path from current as $$
declare
	r decision_rules;
begin
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' decision rules ' || tenant, 0));
	update decision_rules set is_active = false where tenant_id = tenant and is_active and id <> chosen;
	update decision_rules set is_active = true, activated_at = now() where tenant_id = tenant and id = chosen and not is_active;
	select * into r from decision_rules where tenant_id = tenant and id = chosen;
	return r;
end
$$;

create function save_decision_rules(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	own tenants := tenant_of(tenant);
	was_there boolean := exists (select from decision_rules where tenant_id = tenant and version = request ->> 'version');
	r decision_rules := kept_rules(tenant, request ->> 'version', request -> 'rules', request ->> 'note');
begin
	if (request ->> 'activate')::boolean then
		r := set_active_rules(tenant, r.id);
	end if;
	return jsonb_build_object('version', r.version, 'number', r.number, 'isNew', not was_there, 'isActive', r.is_active);
end
$$;

create function get_decision_rules(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	own tenants := tenant_of(tenant);
	r decision_rules;
begin
	select * into r from decision_rules o where o.tenant_id = tenant
		and case when request ? 'version' then o.version = request ->> 'version' else o.is_active end;
	if r.id is null and request ? 'version' then
		perform fail(404, 'not_found', 'There is no such version of the rules in this tenant.', 'See the list of versions.');
	elsif r.id is null then
		perform fail(404, 'not_found', 'No rules are active in this tenant.', 'Save rules, or activate a version.');
	end if;
	return rules_version_json(r) || jsonb_build_object('rules', r.rules);
end
$$;

create function get_decision_rule_versions(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	own tenants := tenant_of(tenant);
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(rules_version_json(v) order by v.id desc) into rows from (select r.* from decision_rules r
		where r.tenant_id = tenant and r.id < coalesce((request #>> '{after,id}')::bigint, 9223372036854775807)
		order by r.id desc limit most + 1) v;
	return page_of(rows, most, 'savedAt');
end
$$;

create function activate_decision_rules(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
begin
	return rules_version_json(set_active_rules(tenant, (kept_rules(tenant, request ->> 'version', null)).id));
end
$$;
