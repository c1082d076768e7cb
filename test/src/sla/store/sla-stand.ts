import { setTimeout as sleep } from 'node:timers/promises';

import {
	applyToTimer,
	claimDue,
	savePolicy,
	saveSchedule,
	type AppliedEvent,
	type Claimed,
	type OutsideEvent,
} from '../../../../src/sla';
import type { Store } from '../../../../src/store';
import { openStand, type Stand, type TransportName } from '../../store/stand';

/** A tenant with conversations, whose promises count every hour. */
export interface Desk {
	stand: Stand;
	tenant: string;
	store: Store;
	/** A new one; its id. */
	conversation(fields?: { tier?: string; assignee?: number; team?: number }): Promise<number>;
	/** A member with an id on Telegram; their id. */
	member(role: 'admin' | 'manager' | 'observer', name: string): Promise<number>;
	/** What happens to the timer of a first answer. */
	tell(conversationId: number, event: OutsideEvent): Promise<AppliedEvent>;
	claim(worker: string, options?: { limit?: number; leaseMs?: number }): Promise<Claimed>;
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** The clock of the database is this far ahead of the real one, until it is set again. */
export async function setClock(stand: Stand, aheadMs: number): Promise<void> {
	await stand.supabase.exec(`
		create or replace function opsdesk.sla_clock() returns timestamptz language sql volatile
			set search_path from current as $$ select clock_timestamp() + interval '${aheadMs} ms' $$`);
}

/** @param always whether every hour counts by the default schedule */
export async function openDesk(stand: Stand, transport: TransportName): Promise<Desk> {
	const tenant = await stand.tenant();
	const store = stand.open(transport, { tenant });
	await saveSchedule(store, {
		name: 'always',
		definition: { timezone: 'UTC', always: true },
		isDefault: true,
	});
	await savePolicy(store, { layer: 'tenant', policy: { targetMinutes: { firstResponse: 60 } } });
	const [account] = await stand.supabase.exec<{ id: number }>(
		`insert into opsdesk.channel_accounts (tenant_id, platform, external_id) values ($1, 'telegram', 'default') returning id::int`,
		[tenant],
	);
	let members = 0;
	return {
		...{ stand, tenant, store },
		conversation: async ({ tier, assignee, team } = {}) => {
			const [made] = await stand.supabase.exec<{ id: number }>(
				`with v as (insert into opsdesk.conversations (tenant_id, account_id, kind, title, tier, assigned_member_id, team_id)
					values ($1, $2, 'group', 'Shop', $3, $4, $5) returning id)
				insert into opsdesk.chats (tenant_id, account_id, external_id, conversation_id)
					select $1, $2, 'c' || id, id from v returning conversation_id::int as id`,
				[tenant, account?.id, tier, assignee, team],
			);
			return made?.id ?? 0;
		},
		member: async (role, name) => {
			members += 1;
			const [made] = await stand.supabase.exec<{ id: number }>(
				`with m as (insert into opsdesk.members (tenant_id, name, role, email) values ($1, $2, $3, $4) returning id)
				insert into opsdesk.member_channels (tenant_id, member_id, platform, external_id)
					select $1, id, 'telegram', 'm' || id from m returning member_id::int as id`,
				[tenant, name, role, `member${members}@example.com`],
			);
			return made?.id ?? 0;
		},
		tell: (conversationId, event) => applyToTimer(store, { conversation: { conversationId }, event }),
		claim: (worker, options = {}) => claimDue(store, { worker, ...options }),
	};
}

export const openSlaStand = (name: string): Promise<Stand> => openStand(`sla-${name}`);

/** @throws when it does not hold within two minutes */
export async function until(holds: () => Promise<boolean>): Promise<void> {
	for (const endsAtMs = performance.now() + 120_000; !(await holds());) {
		if (performance.now() > endsAtMs) throw new Error('It has not come about within two minutes.');
		await sleep(50);
	}
}
