-- What people say of decisions, the spam models that learn from it, and decisions as they are read to be made again.

-- What is said once more stays, and what is said anew stands in its place: of each field the last word counts.
create function give_decision_feedback(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	own tenants := tenant_of(tenant);
	d decisions;
	before decision_feedback;
	f decision_feedback;
begin
	perform lock_people(tenant, false);
	d := decision_of(tenant, case when request ? 'decisionId' then jsonb_build_object('id', request -> 'decisionId')
		else jsonb_build_object('messageId', request -> 'messageId') end);
	-- Two words of one person come one after the other.
	perform from decisions where id = d.id for no key update;
	select * into before from decision_feedback where decision_id = d.id and said_by = request ->> 'by';
	insert into decision_feedback as o (tenant_id, decision_id, said_by, is_spam, category, outcome, team, rating, comment)
		values (tenant, d.id, request ->> 'by', (request ->> 'isSpam')::boolean, request ->> 'category', request ->> 'outcome',
			request ->> 'team', (request ->> 'rating')::smallint, request ->> 'comment')
		on conflict (decision_id, said_by) do update set is_spam = coalesce(excluded.is_spam, o.is_spam),
			category = coalesce(excluded.category, o.category), outcome = coalesce(excluded.outcome, o.outcome),
			team = coalesce(excluded.team, o.team), rating = coalesce(excluded.rating, o.rating),
			comment = coalesce(excluded.comment, o.comment)
		returning * into f;
	if before.id is not null and f is distinct from before then
		update decision_feedback set given_at = now() where id = f.id;
	end if;
	return jsonb_build_object('id', f.id, 'decisionId', d.id, 'status', case when before.id is null then 'new'
		when f is distinct from before then 'changed' else 'known' end);
end
$$;

create function spam_model_json(o spam_models) returns jsonb
language sql stable set search_path from current set timezone = 'UTC' as $$
	select jsonb_strip_nulls(jsonb_build_object('id', o.id, 'version', o.version, 'number', o.number, 'corrected', o.corrected,
		'examples', (o.model #>> '{examples,spam}')::int + (o.model #>> '{examples,ham}')::int,
		'spam', (o.model #>> '{examples,spam}')::int, 'trainedAt', o.trained_at, 'chosenAt', o.chosen_at, 'isActive', o.is_active))
$$;

-- The model a request names by its version; without one, the active.
create function known_spam_model(tenant text, request jsonb) returns spam_models
language plpgsql stable set search_path from current as $$
declare
	own tenants := tenant_of(tenant);
	o spam_models;
begin
	select * into o from spam_models x where x.tenant_id = tenant
		and case when request ? 'version' then x.version = request ->> 'version' else x.is_active end;
	if o.id is null then
		perform fail(404, 'not_found', case when request ? 'version' then 'There is no such version of the spam model in this tenant.'
			else 'No spam model is active in this tenant.' end, 'See the list of models, or train one.');
	end if;
	return o;
end
$$;

create function lock_spam_models(tenant text) returns void language plpgsql set search_path from current as $$
begin
	perform pg_advisory_xact_lock(hashtextextended(current_schema() || ' spam models ' || tenant, 0));
end
$$;

-- With `insteadOf` (null: none) only while that one is active: what training has compared with it holds of no other.
create function activate_spam_model(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	o spam_models;
	present text;
begin
	perform lock_spam_models(tenant);
	o := known_spam_model(tenant, request);
	present := (select version from spam_models where tenant_id = tenant and is_active);
	if request ? 'insteadOf' then
		if present = o.version then
			return spam_model_json(o);
		elsif present is distinct from request ->> 'insteadOf' then
			perform fail(409, 'conflict', 'Another spam model has become the active one meanwhile.', 'Compare with that one.');
		end if;
	end if;
	update spam_models set is_active = false, chosen_at = null where tenant_id = tenant and is_active and id <> o.id;
	update spam_models set is_active = true, chosen_at = case when not request ? 'insteadOf' then now() end
		where id = o.id returning * into o;
	return spam_model_json(o);
end
$$;

create function save_spam_model(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	own tenants := tenant_of(tenant);
	wanted text := request #>> '{model,version}';
	is_new boolean;
begin
	perform lock_spam_models(tenant);
	insert into spam_models (tenant_id, number, version, model, corrected, training)
		select tenant, coalesce(max(number), 0) + 1, wanted, request -> 'model', (request ->> 'corrected')::int,
				request ->> 'training'
			from spam_models where tenant_id = tenant
		on conflict (tenant_id, version) do nothing;
	is_new := found;
	return spam_model_json(known_spam_model(tenant, jsonb_build_object('version', wanted)))
		|| jsonb_build_object('isNew', is_new);
end
$$;

create function get_spam_model(tenant text, request jsonb default '{}') returns jsonb
language sql stable set search_path from current as $$
	select spam_model_json(o) || jsonb_build_object('model', o.model, 'training', o.training) from known_spam_model(tenant, request) o
$$;

create function get_spam_models(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current as $$
declare
	own tenants := tenant_of(tenant);
	most int := page_limit(request, 50);
	rows jsonb;
begin
	select jsonb_agg(spam_model_json(v) order by v.id desc) into rows from (select o.* from spam_models o
		where o.tenant_id = tenant and o.id < coalesce((request #>> '{after,id}')::bigint, 9223372036854775807)
		order by o.id desc limit most + 1) v;
	return page_of(rows, most, 'trainedAt');
end
$$;

-- What may be learnt of a message: its words, unless its author does not allow that, is a pseudonym, or has taken it back.
create function words_to_learn(tenant text, wanted bigint, requires_consent boolean) returns text
language sql stable set search_path from current as $$
	select left(x.said, 10000) from (
			select words_said(m) as said, m.sender_id from messages m where m.tenant_id = tenant and m.id = wanted and m.deleted_at is null
			union all select a.message ->> 'text', a.sender_id from message_archive a where a.tenant_id = tenant and a.id = wanted
				and not a.message ?| '{purged,deletedAt}') x
		left join identities s on s.id = x.sender_id left join contacts c on c.id = s.contact_id
	where c.id is null or storage_allowed(c.ai_consent, requires_consent) and c.anonymised_at is null
$$;

-- Messages with what they are, the newest word first: those that people spoke of, then, if wanted, all others that were decided
-- on, as they were taken.
create function get_spam_examples(tenant text, request jsonb default '{}') returns jsonb
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	own tenants := tenant_of(tenant);
	most int := page_limit(request, 500);
	of_people boolean := coalesce(request #>> '{after,of}', 'people') = 'people';
	since timestamptz := coalesce((request ->> 'since')::timestamptz, '-infinity');
	after_at timestamptz := coalesce((request #>> '{after,at}')::timestamptz, 'infinity');
	after_id bigint := coalesce((request #>> '{after,id}')::bigint, 9223372036854775807);
	rows jsonb;
	last jsonb;
	amount int;
begin
	with chosen as materialized (
		(select f.id, f.given_at as at, d.message_id, f.is_spam as spam from decision_feedback f
			join decisions d on d.id = f.decision_id where of_people and f.tenant_id = tenant and f.is_spam is not null
				and f.given_at >= since and (f.given_at, f.id) < (after_at, after_id)
			order by f.given_at desc, f.id desc limit most)
		union all (select d.id, d.decided_at, d.message_id, coalesce(d.is_spam, false) and d.outcome = 'ignore' from decisions d
			where not of_people and d.tenant_id = tenant and not d.is_shadow and not d.decision ? 'import' and d.decided_at >= since
				and (d.decided_at, d.id) < (after_at, after_id)
				and not exists (select from decisions o where o.message_id = d.message_id and not o.is_shadow and o.id > d.id)
				and not exists (select from decisions o join decision_feedback f on f.decision_id = o.id
					where o.message_id = d.message_id and f.is_spam is not null)
			order by d.decided_at desc, d.id desc limit most)
	)
	select count(*), (array_agg(jsonb_build_object('at', c.at, 'id', c.id, 'of', case when of_people then 'people' else 'others' end)
				order by c.at, c.id))[1],
			jsonb_agg(jsonb_build_object('text', w.said, 'spam', c.spam, 'corrected', of_people,
					'at', c.at) order by c.at desc, c.id desc)
				filter (where btrim(w.said) <> '')
		into amount, last, rows
		from chosen c cross join lateral (select words_to_learn(tenant, c.message_id, own.requires_consent) as said) w;
	return jsonb_build_object('items', coalesce(rows, '[]'), 'next', case when amount = most then last
		when of_people and coalesce((request ->> 'includeUncorrected')::boolean, false) then '{"of": "others"}'::jsonb end);
end
$$;

-- Decisions with all they were made of, the newest first; of a message the last one that is no shadow. JSON as it was written.
create function get_decisions_to_replay(tenant text, request jsonb default '{}') returns json
language plpgsql stable set search_path from current set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	own tenants := tenant_of(tenant);
	most int := page_limit(request, 500);
	whole boolean := (request ->> 'whole')::boolean;
	rows refcursor;
begin
	open rows for select d.decided_at, d.id, concat('{"id":', d.id, ',"messageId":', d.message_id, ',"conversationId":',
			d.conversation_id, ',"decidedAt":', to_json(d.decided_at)::text, ',"rulesVersion":"', r.version, '","outcome":"',
			d.outcome, '","rule":', coalesce(to_json(d.rule)::text, 'null'), ',"team":', coalesce(to_json(d.team)::text, 'null'),
			',"input":' || d.input::text, case when whole then ',"decision":' || d.decision::text end, '}')
		from decisions d join decision_rules r on r.id = d.rules_id
		where d.tenant_id = tenant and not d.is_shadow
			and (not request ? 'conversationId' or d.conversation_id = (request ->> 'conversationId')::bigint)
			and d.decided_at >= coalesce((request ->> 'from')::timestamptz, '-infinity')
			and d.decided_at < coalesce((request ->> 'to')::timestamptz, 'infinity')
			and (d.decided_at, d.id) < (coalesce((request #>> '{after,at}')::timestamptz, 'infinity'),
				coalesce((request #>> '{after,id}')::bigint, 0))
			and not exists (select from decisions n where n.message_id = d.message_id and not n.is_shadow and n.id > d.id)
		order by d.decided_at desc, d.id desc limit most + 1;
	return page_from(rows, most);
end
$$;

-- What another system has decided on a message that is here, once, as history: its edition is that of no message, so it is never
-- taken for a decision on what the message says.
create function import_decision(rules tenants, given jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	m messages := message_to_fill(rules.id, given, 'decision');
	r decision_rules;
begin
	if m.id is null then
		return '{"status": "refused", "reason": "erased"}';
	elsif not may_fill(rules, m) then
		return '{"status": "refused", "reason": "consent"}';
	end if;
	r := kept_rules(rules.id, given ->> 'rulesVersion', given -> 'rules');
	insert into decisions (tenant_id, message_id, conversation_id, edition, rules_id, is_shadow, call_id, outcome, decided_by, rule,
			confidence, decision, reply_text, send_at, decided_at)
		values (rules.id, m.id, m.conversation_id, given ->> 'edition', r.id, false, gen_random_uuid(), given ->> 'outcome',
			given ->> 'decidedBy', given ->> 'rule', (given ->> 'confidence')::real, given -> 'decision', given ->> 'text',
			(given ->> 'sendAt')::timestamptz, coalesce((given ->> 'decidedAt')::timestamptz, m.sent_at))
		on conflict (message_id, edition, rules_id, is_shadow, attempt) do nothing;
	return jsonb_build_object('status', case when found then 'created' else 'duplicate' end);
end
$$;
