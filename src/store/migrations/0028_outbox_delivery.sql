-- Taking entries out of the outbox and saying what became of them. Within a chat they go in their order, one at a time.

-- Through whom an account is reached; null: straight. Who sends to WhatsApp itself cannot send what goes there over Twilio.
create function carrier_of(account text) returns text
language sql immutable as $$ select case when account like 'twilio:%' then 'twilio' end $$;

-- Whether an entry of which nobody knows whether it was sent is sent again: once, where its policy says so.
create function resends_unknown(o outbox) returns boolean
language sql immutable as $$ select o.resends and not o.doubted and o.attempts < o.most_attempts $$;

-- Those whose sender has gone: nobody knows whether they were handed over.
create function expire_outbox(tenant text, request jsonb) returns void
language sql set search_path from current as $$
	update outbox set state = case when again then 'queued' else 'uncertain' end, doubted = true,
		retry_at = case when again then clock_timestamp() else retry_at end, lease = case when again then null else lease end,
		lease_until = null, told_at = null, error_code = 'outcome_unknown',
		error = 'The process that was sending it has gone: it may have been sent.'
	from (select id as entry, resends_unknown(v) as again from outbox v where v.tenant_id = tenant and v.state = 'sending') r
	where id = r.entry and tenant_id = tenant and state = 'sending' and lease_until <= clock_timestamp()
		and platform = request ->> 'platform' and (not request ? 'account' or account = request ->> 'account')
		and carrier_of(account) is not distinct from request ->> 'carrier'
$$;

-- What is over stays a month, so that its key is known, and what was not sent as long as messages stay. Holds keep it.
create function prune_outbox(tenant text) returns void
language plpgsql set search_path from current as $$
declare
	h held_back := held_in(tenant);
begin
	if h.everything then
		return;
	end if;
	delete from outbox where id in (select o.id from outbox o where o.tenant_id = tenant and o.state in ('sent', 'failed', 'dead')
		and o.settled_at < now() - interval '30 days'
		and (o.payload is null or o.settled_at < now() - (select keep_days * interval '24 hours' from retention_rules(tenant)
			where kind = 'messages'))
		and not exists (select from channel_accounts a join chats c on c.account_id = a.id where a.tenant_id = tenant
			and a.platform = o.platform and a.external_id = o.account and c.external_id = o.chat_id
			and c.conversation_id = any (h.conversations))
		order by o.settled_at limit 500);
end
$$;

-- One of each chat, in the order in which they are due. What has a part before it that was not sent waits for that.
create function outbox_heads(tenant text, request jsonb) returns setof outbox
language sql stable set search_path from current as $$
	select o.* from (
		select distinct on (v.account, v.chat_id) v.* from outbox v
		where v.tenant_id = tenant and v.platform = request ->> 'platform' and v.state in ('queued', 'sending')
			and v.due_at <= clock_timestamp() and (not request ? 'account' or v.account = request ->> 'account')
			and carrier_of(v.account) is not distinct from request ->> 'carrier'
			and not (v.part > 1 and exists (select from outbox p where p.tenant_id = tenant and p.key = v.key
				and p.part < v.part and p.state in ('uncertain', 'failed', 'dead')))
		order by v.account, v.chat_id, v.state = 'sending' desc, v.due_at, v.id) o
	where o.state = 'queued'
	order by o.due_at, o.id
$$;

-- Whether this bot is the only one of its platform that the store knows, which it does from now on. Who is not active counts no more.
create function is_only_bot(tenant text, platform text, bot text) returns boolean
language plpgsql set search_path from current as $$
begin
	insert into channel_accounts (tenant_id, platform, external_id)
		select tenant, is_only_bot.platform, bot where not exists (select from channel_accounts a where a.tenant_id = tenant
			and a.platform = is_only_bot.platform and a.external_id = bot)
		on conflict do nothing;
	return not exists (select from channel_accounts a where a.tenant_id = tenant and a.platform = is_only_bot.platform
		and a.active and a.external_id ~ '^[0-9]+$' and a.external_id <> bot);
end
$$;

-- What names no bot, where there are several: a bot that was told to take it has had the time to. A person hears of the rest, since
-- the bot that the client has never written to may not answer them.
create function fail_unnamed(tenant text, request jsonb) returns jsonb
language sql set search_path from current as $$
	with unnamed as (
		update outbox set state = 'failed', lease = (request ->> 'claimId')::uuid, error_code = 'unnamed_bot', settled_at = now(),
			error = 'It does not say which bot it is of, and the store knows several. Let Send Due of its bot take what names no bot, and replay it.'
		where tenant_id = tenant and platform = request ->> 'platform' and account = request ->> 'account' and state = 'queued'
			and attempts = 0 and greatest(due_at, retry_at) < clock_timestamp() - interval '15 minutes' and carrier_of(account) is null returning *
	)
	select coalesce(jsonb_agg(outbox_json(u) order by u.id), '[]') from (select * from unnamed) u
$$;

-- Takes what may be sent now. "claimId" names the claim: the same call once more gives what the first one took and refused.
create function claim_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	most int := page_limit(request, 1);
	claim uuid := (request ->> 'claimId')::uuid;
	hold interval := coalesce((request ->> 'leaseMs')::float8, 60000) * interval '1 millisecond';
	o outbox;
	head outbox;
	stop send_stops;
	overtaken text;
	full_accounts text[] := '{}';
	wait bigint;
	next_in bigint;
	taken jsonb := '[]';
	refused jsonb;
	withheld boolean;
begin
	if claim is null then
		perform fail(422, 'invalid_input', 'The claim has no id.', 'Give a new uuid as "claimId".');
	end if;
	perform lock_people(tenant, false);
	perform lock_rates(tenant);
	perform expire_outbox(tenant, request);
	select coalesce(jsonb_agg(outbox_json(v) order by v.id), '[]') into taken from outbox v
		where v.tenant_id = tenant and v.lease = claim and v.state = 'sending';
	select coalesce(jsonb_agg(outbox_json(v) order by v.id), '[]') into refused from outbox v
		where v.tenant_id = tenant and v.lease = claim and v.state = 'failed';
	-- After the lock: of two bots that come for the first time one knows of the other.
	withheld := request ? 'onlyBot' and not is_only_bot(tenant, request ->> 'platform', request ->> 'onlyBot');
	if withheld then
		refused := refused || fail_unnamed(tenant, request);
	end if;
	for head in select * from outbox_heads(tenant, request) where not withheld loop
		exit when jsonb_array_length(taken) >= most;
		if head.retry_at > clock_timestamp() then
			next_in := least(next_in, ceil(extract(epoch from head.retry_at - clock_timestamp()) * 1000));
			continue;
		end if;
		continue when head.account = any (full_accounts);
		select * into o from outbox where id = head.id and state = 'queued' for update skip locked;
		continue when o.id is null;
		stop := send_stop_of(tenant, o.platform, o.account, o.chat_id);
		if stop.reason is not null then
			update outbox set state = 'failed', lease = claim, error_code = stop.reason, settled_at = now(), error = case stop.reason
				when 'opted_out' then 'The recipient has asked not to be written to.'
				else 'The recipient has blocked this account.' end where id = o.id returning * into o;
			refused := refused || jsonb_build_array(outbox_json(o));
			continue;
		end if;
		-- What was to wait may have become pointless. What has begun goes on, and of what has not nothing is sent.
		overtaken := case when o.part = 1 and o.due_at > o.created_at then overtaken_by(tenant, o.key) end;
		if overtaken is not null then
			with ended as (
				update outbox v set state = 'failed', lease = claim, error_code = 'overtaken', payload = null, settled_at = now(),
					error = concat_ws(' ', overtaken, case when o.doubted then 'It may have been sent before.' end)
				where v.tenant_id = tenant and v.key = o.key and v.state = 'queued' returning v.*
			)
			select refused || jsonb_agg(outbox_json(e) order by e.part) into refused from ended e;
			continue;
		end if;
		wait := take_permits(tenant, claim_permit(claim, o.id), o.platform, o.account, o.chat_id,
			rate_rules(tenant, request -> 'limits', o.platform, o.account, o.chat_kind), o.cost, hold);
		if wait > 0 then
			next_in := least(next_in, wait);
			if take_permits_account_wait(tenant, request -> 'limits', o) then
				full_accounts := full_accounts || o.account;
			end if;
			continue;
		end if;
		update outbox set state = 'sending', attempts = attempts + 1, lease = claim, told_at = null,
			lease_until = clock_timestamp() + hold where id = o.id returning * into o;
		taken := taken || jsonb_build_array(outbox_json(o) || jsonb_strip_nulls(jsonb_build_object(
			'redelivered', nullif(o.doubted, false),
			'sinceInboundMs', since_inbound(tenant, o.platform, o.account, o.chat_id))));
	end loop;
	-- What waits behind one that is under way is due as soon as that is over.
	if next_in is null and exists (select from outbox v where v.tenant_id = tenant and v.platform = request ->> 'platform'
		and (not request ? 'account' or v.account = request ->> 'account') and v.state = 'sending'
		and carrier_of(v.account) is not distinct from request ->> 'carrier'
		and v.lease is distinct from claim) then
		next_in := 50;
	end if;
	if taken = '[]' then
		perform prune_outbox(tenant);
	end if;
	return jsonb_strip_nulls(jsonb_build_object('items', taken, 'refused', refused, 'nextInMs', next_in));
end
$$;

-- Gives back what a claim took whose answer did not arrive: its process has handed nothing of it over. Claims come one after
-- the other, so one that is still being carried out is waited for.
create function release_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current as $$
declare
	claim uuid := (request ->> 'claimId')::uuid;
	ids bigint[];
begin
	perform lock_people(tenant, false);
	perform lock_rates(tenant);
	with back as (
		update outbox v set state = 'queued', attempts = v.attempts - 1, lease = null, lease_until = null
			where v.tenant_id = tenant and v.lease = claim and v.state = 'sending' returning v.id
	)
	select array_agg(id) into ids from back;
	delete from rate_permits where tenant_id = tenant and permit in (select claim_permit(claim, id) from unnest(ids) id);
	return jsonb_build_object('released', coalesce(cardinality(ids), 0));
end
$$;

-- What nobody knows of whether it was sent, once, and what timers have to hear. "tellId" names the call: once more it tells the same.
-- A call of its own, after all that may fail, so that a run which breaks off leaves it to the next one.
create function tell_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	tell uuid := (request ->> 'tellId')::uuid;
	rows jsonb;
begin
	update outbox v set told_at = now(), told_by = tell where v.tenant_id = tenant and v.platform = request ->> 'platform'
		and (not request ? 'account' or v.account = request ->> 'account') and v.state = 'uncertain' and v.told_at is null
		and carrier_of(v.account) is not distinct from request ->> 'carrier';
	select jsonb_agg(outbox_json(v) order by v.id) into rows from outbox v
		where v.tenant_id = tenant and v.told_by = tell and v.platform = request ->> 'platform' and v.state = 'uncertain';
	return jsonb_build_object('items', coalesce(rows, '[]'), 'timers', news_for_timers(tenant, tell));
end
$$;

-- Names the permits of an entry of a claim.
create function claim_permit(claim uuid, entry bigint) returns uuid
language sql immutable as $$ select md5(claim::text || ' ' || entry)::uuid $$;

-- Whether it is the account, and not only this chat, that has to wait: then no other chat of it has to be looked at.
create function take_permits_account_wait(tenant text, limits jsonb, o outbox) returns boolean
language sql stable set search_path from current as $$
	select exists (select from rate_permits where tenant_id = tenant and free_at > clock_timestamp()
			and bucket = pause_bucket(tenant, o.platform, o.account, null))
		or exists (select from jsonb_array_elements(rate_rules(tenant, limits, o.platform, o.account, o.chat_kind)) r
			where r ->> 'scope' = 'account' and (r ->> 'limit')::int <= (select coalesce(sum(cost), 0) from rate_permits
				where tenant_id = tenant and free_at > clock_timestamp()
					and bucket = rate_bucket(tenant, o.platform, o.account, o.chat_id, 'account', r)))
$$;

-- A group has a new id: what waits goes there, and its conversation goes on under that. The caller has the lock alone.
create function follow_chat(tenant text, platform text, account text, old text, new text) returns void
language plpgsql set search_path from current as $$
begin
	update outbox o set chat_id = new where o.tenant_id = tenant and o.platform = follow_chat.platform
		and o.account = follow_chat.account and o.chat_id = old and o.state in ('queued', 'sending', 'uncertain', 'failed', 'dead');
	insert into chats (tenant_id, account_id, external_id, conversation_id)
		select tenant, h.account_id, new, h.conversation_id from channel_accounts a join chats h on h.account_id = a.id
		where a.tenant_id = tenant and a.platform = follow_chat.platform and a.external_id = follow_chat.account
			and h.external_id = old on conflict do nothing;
	perform join_conversations(tenant, read_incoming(jsonb_build_array(jsonb_build_object('id', '0', 'platform', platform,
		'account', account, 'chat', jsonb_build_object('id', new, 'formerId', old), 'sentAt', now()))));
end
$$;

-- Keeps what was sent as messages. That it was sent must not be lost over this: the text stays until a person has it stored.
create function store_sent(tenant text, o outbox, delivery uuid, messages jsonb) returns jsonb
language plpgsql set search_path from current as $$
declare
	stored jsonb;
begin
	if jsonb_typeof(messages) is distinct from 'array' then
		return null;
	end if;
	stored := store_messages(tenant, jsonb_build_object('deliveryId', delivery, 'messages', messages));
	if o.key like 'operator-%' then
		perform sign_answers(o, stored);
	end if;
	return stored -> 'items';
exception when others then
	update outbox set error_code = 'not_stored', error = left(sqlerrm, 500), payload = o.payload where id = o.id;
	return null;
end
$$;

-- What became of an entry: "outcome" is sent, retry, failed, uncertain or migrated. Only the claim that has it says so, also
-- when it comes late and the entry is "uncertain" by then. The message that was sent is stored in the same transaction.
create function settle_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	o outbox;
	outcome text := request ->> 'outcome';
	claim uuid := (request ->> 'claimId')::uuid;
	counts boolean := coalesce((request ->> 'counts')::boolean, true);
	becomes text;
	before outbox;
	stored jsonb;
begin
	perform lock_people(tenant, outcome = 'migrated');
	perform free_permits(tenant, claim_permit(claim, (request ->> 'id')::bigint), request);
	select * into o from outbox where tenant_id = tenant and id = (request ->> 'id')::bigint for update;
	if o.id is null or o.lease is distinct from claim then
		return jsonb_build_object('status', 'lost');
	elsif o.state not in ('sending', 'uncertain') then
		return jsonb_build_object('status', 'settled', 'entry', outbox_json(o));
	end if;
	if outcome = 'migrated' then
		perform follow_chat(tenant, o.platform, o.account, o.chat_id, request ->> 'newChatId');
	end if;
	if request ->> 'stop' is not null then
		perform set_send_stop(tenant, jsonb_build_object('platform', o.platform, 'account', o.account, 'chatId', o.chat_id,
			'reason', request ->> 'stop'));
	end if;
	before := o;
	becomes := case
		when outcome in ('sent', 'failed') then outcome
		when outcome = 'uncertain' then case when resends_unknown(o) then 'queued' else 'uncertain' end
		when outcome in ('retry', 'migrated') then case when o.attempts >= o.most_attempts and counts then 'dead' else 'queued' end
		else o.state end;
	update outbox v set
		state = becomes,
		-- Waiting because a platform asks for it is no failed attempt.
		attempts = v.attempts - (not counts)::int,
		doubted = v.doubted or outcome = 'uncertain',
		retry_at = clock_timestamp() + coalesce((request ->> 'afterMs')::float8, 0) * interval '1 millisecond',
		lease_until = null,
		payload = case when outcome = 'sent' then null else v.payload end,
		external_ids = case when outcome = 'sent' then array(select jsonb_array_elements_text(request -> 'externalIds')) end,
		error_code = case when outcome = 'sent' then null else request ->> 'errorCode' end,
		error = case when outcome = 'sent' then null else left(request ->> 'error', 500) end,
		settled_at = case when becomes in ('sent', 'failed', 'dead') then now() end
	where v.id = o.id returning * into o;
	if outcome = 'sent' then
		stored := store_sent(tenant, before, claim, request -> 'messages');
		select * into o from outbox where id = o.id;
	end if;
	return jsonb_strip_nulls(jsonb_build_object('status', 'settled', 'entry', outbox_json(o), 'stored', stored));
end
$$;

-- What a person decides: "resend" (it is sent once more, also what has failed), "sent" (it was sent, also what could not be
-- stored then), "giveUp".
create function decide_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	o outbox;
	before outbox;
	verdict text := request ->> 'decision';
begin
	perform lock_people(tenant, false);
	select * into o from outbox where tenant_id = tenant and id = (request ->> 'id')::bigint for update;
	before := o;
	if o.id is null then
		perform fail(404, 'not_found', format('The outbox has no entry %s.', request ->> 'id'), 'See the list of entries.');
	elsif verdict not in ('resend', 'sent', 'giveUp') then
		perform fail(422, 'invalid_input', 'The decision is none.', 'Give resend, sent or giveUp.');
	elsif o.payload is null or o.state = 'sending' or (o.state = 'sent' and verdict <> 'sent')
			or (verdict = 'sent' and o.state not in ('uncertain', 'sent')) then
		perform fail(409, 'conflict', format('Entry %s is "%s": this cannot be decided of it.', o.id, o.state), case
			when o.state = 'sending' then 'Wait until it is over.' else 'Hand the message in again, with another key.' end);
	end if;
	update outbox v set
		state = case verdict when 'resend' then 'queued' when 'sent' then 'sent' else 'dead' end,
		attempts = case verdict when 'resend' then 0 else v.attempts end,
		retry_at = '-infinity', lease = null, lease_until = null,
		payload = case verdict when 'resend' then v.payload end,
		settled_at = case verdict when 'resend' then null else now() end,
		external_ids = case when verdict <> 'sent' then null when request ? 'externalId' then array[request ->> 'externalId']
			else v.external_ids end,
		error_code = case verdict when 'giveUp' then 'given_up' end,
		error = case verdict when 'giveUp' then 'Given up by a person.' end
	where v.id = o.id returning * into o;
	if verdict = 'sent' then
		perform store_sent(tenant, before, gen_random_uuid(), request -> 'messages');
		select * into o from outbox where id = o.id;
	elsif verdict = 'giveUp' then
		-- The rest of a message whose beginning is missing.
		update outbox v set state = 'dead', payload = null, settled_at = now(), error_code = 'given_up',
				error = 'A part before it was given up.'
			where v.tenant_id = tenant and v.key = o.key and v.part > o.part and v.state in ('queued', 'uncertain', 'failed', 'dead');
	end if;
	return outbox_json(o) || jsonb_build_object('was', before.state);
end
$$;

-- Dead letters, once more: all that have failed or used up their attempts, of the filters that are given.
create function replay_outbox(tenant text, request jsonb default '{}') returns jsonb
language plpgsql set search_path from current set timezone = 'UTC' as $$
declare
	rules tenants := tenant_of(tenant);
	most int := page_limit(request, 100);
	rows jsonb;
begin
	perform lock_people(tenant, false);
	with chosen as (
		select id from outbox v where v.tenant_id = tenant and v.state in ('failed', 'dead') and v.payload is not null
			and (not request ? 'platform' or v.platform = request ->> 'platform')
			and (not request ? 'account' or v.account = request ->> 'account')
			and (not request ? 'errorCode' or v.error_code = request ->> 'errorCode')
			and (not request ? 'ids' or v.id in (select jsonb_array_elements_text(request -> 'ids')::bigint))
		order by v.id limit most for update
	), done as (
		update outbox v set state = 'queued', attempts = 0, retry_at = now(), settled_at = null, lease = null,
			error_code = null, error = null
		from chosen c where c.id = v.id returning v.*
	)
	select jsonb_agg(outbox_json(d) order by d.id) into rows from done d;
	return jsonb_build_object('items', coalesce(rows, '[]'));
end
$$;
