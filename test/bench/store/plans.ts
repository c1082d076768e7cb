import { Client } from 'pg';

import type { Supabase } from '../../support/supabase';

/** What is asked often, or of much. */
const questions: Array<[what: string, name: string, request: object]> = [
	['last 50', 'get_messages', { conversationId: 7, limit: 50 }],
	['by words', 'search_messages', { query: 'invoice 4711' }],
	['by parts', 'search_messages', { query: 'voice 4711 ' }],
	['conversations', 'get_conversations', {}],
	['unread conversations', 'get_conversations', { unread: true }],
	['of a contact', 'get_messages', { contactId: 7 }],
];

/** For each question the ways in which messages were read, from the plans of all statements within it. */
export async function readPlans(supabase: Supabase): Promise<Record<string, string[]>> {
	const client = new Client({ connectionString: supabase.databaseUrl });
	const plans: string[] = [];
	client.on('notice', ({ message }) => void plans.push(message ?? ''));
	await client.connect();
	try {
		await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0;
			set auto_explain.log_nested_statements = on; set auto_explain.log_level = notice; set client_min_messages = notice`);
		const found: Record<string, string[]> = {};
		for (const [what, name, request] of questions) {
			plans.length = 0;
			await client.query(`select opsdesk.${name}('default', $1)`, [JSON.stringify(request)]);
			const scans = plans.join('\n').matchAll(/((?:\w+ )+Scan(?: Backward)?(?: using \w+)? on \w+)/g);
			const ways = [...scans]
				.map(([scan]) => scan.trim())
				.filter((scan) => / (?:messages|conversations)/.test(scan));
			found[what] = [...new Set(ways)];
		}
		return found;
	} finally {
		await client.end();
	}
}

/** Reads of the table of messages that grow with it. */
export const sequential = (plans: Record<string, string[]>): string[] =>
	Object.entries(plans).flatMap(([what, ways]) =>
		ways.filter((way) => /Seq Scan on messages$/.test(way)).map((way) => `${what}: ${way}`),
	);
