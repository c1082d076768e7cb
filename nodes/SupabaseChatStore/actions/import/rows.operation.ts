import type { IExecuteFunctions } from 'n8n-workflow';

import type { ImportOptions, ImportSource } from '../../../../src/chat';
import { asList, asText, textOf } from '../../../shared/values';
import type { BatchOperation } from '../operation';
import { forOperations, options, source, tables } from './common.descriptions';

/** All items at once: they are the rows. */
export const rows: BatchOperation = {
	description: forOperations(['rows'], [source, ...tables, options]),
	// Rows of users become members with their roles.
	destructive: true,
	async executeAll(context, { store, chat, signal, fieldKeys }, itemIndexes) {
		const first = itemIndexes[0] ?? 0;
		const from = context.getNodeParameter('source', first) as ImportSource;
		const chosen = asText(context.getNodeParameter('table', first, ''));
		const table = from === 'n8n-chat-memory' ? 'n8n_chat_histories' : chosen;
		const input = context.getInputData();
		const done = await chat.importRows(
			store,
			{ source: from, table },
			itemIndexes.map((itemIndex) => input[itemIndex]?.json ?? {}),
			{ ...optionsFrom(context, first), fieldKeys, signal },
		);
		return itemIndexes.map((_itemIndex, place) => (place === 0 ? [done] : []));
	},
};

function optionsFrom(context: IExecuteFunctions, itemIndex: number): ImportOptions {
	const given = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
	const { account = [] } = (given['accounts'] ?? {}) as { account?: Array<{ platform: string; id: string }> };
	const [timeZone, platform, firstTime, tableName] = ['timeZone', 'platform', 'firstTime', 'tableName'].map(
		(name) => textOf(given[name]),
	);
	return {
		accounts: Object.fromEntries(account.map(({ platform: on, id }) => [on.trim().toLowerCase(), id.trim()])),
		ownIds: asList(given['ownIds']),
		...(timeZone !== undefined && { timeZone }),
		...(platform !== undefined && { platform }),
		...(firstTime !== undefined && { firstTime }),
		...(tableName !== undefined && { tableName }),
	};
}
