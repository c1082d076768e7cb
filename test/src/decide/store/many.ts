import type { DecidingDesk } from './desk';

/** Copies the decisions of a tenant, each of a message of its own, until there are so many. */
export async function copyDecisions({ sql, tenant }: DecidingDesk, amount: number): Promise<void> {
	await sql(
		`with few as materialized (select d.*, row_number() over (order by id) - 1 as place, count(*) over () as total
			from opsdesk.decisions d where tenant_id = $1),
		wanted as (select n, n % (select max(total) from few) as place from generate_series((select max(total) from few), $2::int - 1) n),
		m as (insert into opsdesk.messages (tenant_id, conversation_id, chat_id, external_id, direction, author, sent_at, content)
			select $1, o.conversation_id, o.chat_id, 'copy' || w.n, 'inbound', 'contact', o.sent_at, o.content
			from wanted w join few f using (place) join opsdesk.messages o on o.id = f.message_id returning id, external_id)
		insert into opsdesk.decisions (tenant_id, message_id, conversation_id, edition, rules_id, is_shadow, call_id, outcome,
			decided_by, rule, team, category, confidence, decision, input, notes, decided_at)
		select $1, m.id, f.conversation_id, 'copy', f.rules_id, false, gen_random_uuid(), f.outcome, f.decided_by, f.rule, f.team,
			f.category, f.confidence, f.decision, f.input, f.notes, now() - w.n * interval '1 second'
		from wanted w join few f using (place) join m on m.external_id = 'copy' || w.n`,
		[tenant, amount],
	);
}
