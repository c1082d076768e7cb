import { StoreError } from '../../store';
import { chatCompany } from './chat-company';
import { chatCompanyDecisions } from './chat-company-decisions';
import { helpDesk } from './help-desk';
import { counted, type TableRules } from './mapped';
import { n8nChatMemory } from './n8n-chat-memory';

export const importSources = ['chat-company', 'help-desk', 'n8n-chat-memory'] as const;
export type ImportSource = (typeof importSources)[number];

/** The tables of each source that are taken over. */
export const importTables: Record<ImportSource, Record<string, TableRules>> = {
	'chat-company': { ...chatCompany, eva_decisions: chatCompanyDecisions },
	'help-desk': helpDesk,
	'n8n-chat-memory': n8nChatMemory,
};

/** Tables that are known and not taken over, and why. */
export const tablesNotTaken: Record<ImportSource, Record<string, string>> = {
	'chat-company': {
		message_context: 'is put together from the messages when it is asked for',
		conversation_analytics: counted,
		error_logs: 'tells of the former system, not of chats',
	},
	'help-desk': {
		working_schedules: 'belongs to promises: importSlaRows takes it over',
		sla_alerts: 'tells of promises of the former system',
		feedback_responses: 'comes with surveys',
	},
	'n8n-chat-memory': {},
};

/**
 * What becomes of a table.
 * @throws StoreError `invalid_input` for one that is not known
 */
export function rulesFor(source: ImportSource, table: string): TableRules | { reason: string } {
	const rules = importTables[source][table];
	if (rules) return rules;
	const reason = tablesNotTaken[source][table];
	if (reason !== undefined) return { reason };
	throw new StoreError(
		'invalid_input',
		`The source "${source}" has no table "${table}".`,
		`Choose one of ${Object.keys(importTables[source]).join(', ')}.`,
	);
}
