import { randomUUID } from 'node:crypto';

import { storeMessages } from '../../../src/chat';
import { message } from '../chat/messages';
import { openStand, type Stand } from './stand';

/** Who asks; "other" is an admin of another tenant, "removed" an admin who no longer is one. */
export const roles = [
	'anonymous',
	'stranger',
	'other',
	'removed',
	'observer',
	'manager',
	'admin',
	'service',
] as const;
export type Role = (typeof roles)[number];

export interface AccessStand extends Stand {
	/** The tenant whose members these people are. */
	own: string;
	people: Record<Exclude<Role, 'anonymous' | 'service'>, string>;
	/** One request to PostgREST, which is undone: what one role may do must not change what the next one finds. */
	rest(role: Role, method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
}

/** A project with a tenant that has a row in every table, and people in every role. */
export async function openAccessStand(name: string): Promise<AccessStand> {
	const stand = await openStand(name);
	const own = await stand.tenant();
	const elsewhere = await stand.tenant();
	const people = {
		stranger: randomUUID(),
		other: randomUUID(),
		removed: randomUUID(),
		observer: randomUUID(),
		manager: randomUUID(),
		admin: randomUUID(),
	};
	for (const [tenant, role, id, removedAt] of [
		[elsewhere, 'admin', people.other, null],
		[own, 'admin', people.removed, new Date()],
		[own, 'observer', people.observer, null],
		[own, 'manager', people.manager, null],
		[own, 'admin', people.admin, null],
	])
		await stand.supabase.exec(
			`insert into opsdesk.members (tenant_id, user_id, name, role, removed_at) values ($1, $2, 'x', $3, $4)`,
			[tenant, id, role, removedAt],
		);
	await storeMessages(stand.open('postgres', { tenant: own }), [
		message({ attachments: [{ kind: 'photo' }], replyTo: 'x' }),
	]);
	for (const statement of rows) await stand.supabase.exec(statement, [own]);
	return { ...stand, own, people, rest: (...request) => rest(stand, people, ...request) };
}

/** At least one in every table. */
const rows = [
	`insert into opsdesk.member_channels (tenant_id, member_id, platform, external_id) select $1, min(id), 'sms', '1' from opsdesk.members where tenant_id = $1`,
	`insert into opsdesk.teams (tenant_id, name) values ($1, 'first')`,
	`insert into opsdesk.team_members (tenant_id, team_id, member_id) select $1, t.id, m.id from opsdesk.teams t, opsdesk.members m where t.tenant_id = $1 and m.tenant_id = $1 limit 1`,
	`insert into opsdesk.contact_merges (tenant_id, from_id, into_id) select $1, 999999, id from opsdesk.contacts where tenant_id = $1`,
	`insert into opsdesk.message_versions (tenant_id, message_id, valid_from, content_type, digest) select $1, id, now(), 'text', '' from opsdesk.messages where tenant_id = $1`,
	`insert into opsdesk.consents (tenant_id, contact_id, purpose, granted, given_at, source) select $1, id, 'ai_analysis', true, now(), 's' from opsdesk.contacts where tenant_id = $1`,
	`insert into opsdesk.legal_holds (tenant_id, reason) values ($1, 'r')`,
	`insert into opsdesk.deferred_masks (tenant_id, likes, conversation_ids, message_ids) values ($1, '{}', '{}', '{}')`,
	`insert into opsdesk.erasures (tenant_id, kind, hashes, counts) values ($1, 'erase', '{}', '{}')`,
	`insert into opsdesk.tombstones (tenant_id, hash, kind, erasure_id) select $1, 'h', 'erase', id from opsdesk.erasures where tenant_id = $1`,
	`insert into opsdesk.object_removals (tenant_id, storage_provider, storage_path) values ($1, 's3', 'p')`,
	`insert into opsdesk.retention_policies (tenant_id, kind, keep_days) values ($1, 'messages', 90)`,
	`insert into opsdesk.message_archive (id, tenant_id, conversation_id, chat_external_id, external_id, sent_at, message) values (1, $1, 1, 'c', 'e', now(), '{}')`,
	`insert into opsdesk.templates (tenant_id, title, content) values ($1, 't', 'c')`,
	`insert into opsdesk.faq_items (tenant_id, question, answer) values ($1, 'q', 'a')`,
	`insert into opsdesk.error_logs (tenant_id, message) values ($1, 'm')`,
	`insert into opsdesk.websites (tenant_id, client_name, domain) values ($1, 'c', 'example.com')`,
	`insert into opsdesk.deployments (tenant_id, website_id, status) select $1, id, 'ok' from opsdesk.websites where tenant_id = $1`,
	`insert into opsdesk.backups (tenant_id, website_id, backup_path) select $1, id, '/b' from opsdesk.websites where tenant_id = $1`,
	`insert into opsdesk.working_schedules (tenant_id, name, definition) values ($1, 'office', '{"timezone": "UTC", "always": true}')`,
	`insert into opsdesk.sla_policies (tenant_id, layer) values ($1, 'tenant')`,
	`insert into opsdesk.sla_timers (tenant_id, conversation_id, metric, status, started_at) select $1, min(id), 'firstResponse', 'running', now() from opsdesk.conversations where tenant_id = $1`,
	`insert into opsdesk.sla_plans (timer_id, tenant_id, state, planned_by) select id, $1, '{}', '' from opsdesk.sla_timers where tenant_id = $1`,
	`insert into opsdesk.sla_cycles (tenant_id, timer_id, number, started_at, ended_at, outcome, is_breached) select $1, id, 1, now(), now(), 'answered', false from opsdesk.sla_timers where tenant_id = $1`,
	`insert into opsdesk.sla_events (tenant_id, timer_id, cycle, kind, level, due_at, started_at, elapsed_ms, is_last, notify, recorded_at, available_at) select $1, id, 1, 'breach', 1, now(), now(), 0, false, '[]', now(), now() from opsdesk.sla_timers where tenant_id = $1`,
	`insert into opsdesk.decision_rules (tenant_id, number, version, rules) values ($1, 1, repeat('a', 64), '{"rules": []}')`,
	`insert into opsdesk.spam_models (tenant_id, number, version, model) values ($1, 1, repeat('a', 64), '{}')`,
	`insert into opsdesk.decisions (tenant_id, message_id, conversation_id, edition, rules_id, is_shadow, call_id, outcome, decided_by, confidence, decision) select $1, m.id, m.conversation_id, 'e', r.id, false, gen_random_uuid(), 'ignore', 'rule', 1, '{}' from opsdesk.messages m, opsdesk.decision_rules r where m.tenant_id = $1 and r.tenant_id = $1`,
	`insert into opsdesk.decision_feedback (tenant_id, decision_id, said_by, is_spam) select $1, id, 'x', true from opsdesk.decisions where tenant_id = $1`,
	`insert into opsdesk.outbox (tenant_id, key, digest, platform, account, chat_id) values ($1, 'k', 'd', 'sms', 'a', 'c')`,
	`insert into opsdesk.desks (tenant_id, kind, platform, account, chat_id) values ($1, 'default', 'sms', 'a', 'c')`,
	`insert into opsdesk.handovers (tenant_id, conversation_id, reason) select $1, min(id), 'r' from opsdesk.conversations where tenant_id = $1`,
	`insert into opsdesk.handover_cards (tenant_id, handover_id, key) select $1, id, 'k' from opsdesk.handovers where tenant_id = $1`,
	`insert into opsdesk.handover_posts (tenant_id, handover_id, platform, account, chat_id, external_id) select $1, id, 'sms', 'a', 'c', '1' from opsdesk.handovers where tenant_id = $1`,
	`insert into opsdesk.operator_messages (tenant_id, handover_id, platform, account, chat_id, external_id, kind, name, said, outcome) select $1, id, 'sms', 'a', 'c', '2', 'note', 'n', 's', '{}' from opsdesk.handovers where tenant_id = $1`,
	`insert into opsdesk.timer_news (tenant_id, conversation_id, key, kind, message_id, said_at, author) select $1, min(id), 'k', 'answer', '1', now(), 'agent' from opsdesk.conversations where tenant_id = $1`,
	`insert into opsdesk.send_stops (tenant_id, hash, reason) values ($1, 'h', 'blocked')`,
	`insert into opsdesk.unkept_contacts (tenant_id, hash, wrote_at) values ($1, 'h', now())`,
	`insert into opsdesk.rate_permits (tenant_id, bucket, permit, period, likely_at, free_at) values ($1, 'b', gen_random_uuid(), '1 s', now(), now())`,
	`insert into opsdesk.state (tenant_id, key, value) values ($1, 'k', '1')`,
	`insert into opsdesk.leases (tenant_id, name, holder, expires_at) values ($1, 'n', 'h', now())`,
];

async function rest(
	{ supabase }: Stand,
	people: AccessStand['people'],
	role: Role,
	method: string,
	path: string,
	body?: object,
): Promise<{ status: number; body: unknown }> {
	const answer = await fetch(`${supabase.url}/rest/v1/${path}`, {
		method,
		headers: {
			apikey: role === 'service' ? supabase.secretKey : supabase.publishableKey,
			...(role !== 'service' &&
				role !== 'anonymous' && { authorization: `Bearer ${supabase.userToken({ sub: people[role] })}` }),
			'content-type': 'application/json',
			'accept-profile': 'opsdesk',
			'content-profile': 'opsdesk',
			prefer: 'return=representation,tx=rollback',
		},
		...(body && { body: JSON.stringify(body) }),
	});
	const text = await answer.text();
	return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}
