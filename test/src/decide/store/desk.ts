import { storeMessages } from '../../../../src/chat';
import type { Store } from '../../../../src/store';
import { message } from '../../chat/messages';
import type { Stand, TransportName } from '../../store/stand';

type Fields = NonNullable<Parameters<typeof message>[0]>;

/** A tenant in which messages come in. */
export interface DecidingDesk {
	tenant: string;
	store: Store;
	/** Stores a message of a client, or what is said of it; its id in the store. */
	receive(fields?: Fields): Promise<number>;
	/** A member with an id on Telegram. */
	colleague(name: string, telegramId: string): Promise<number>;
	sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
	/** How many rows the tenant has. */
	count(table: string): Promise<number>;
}

/** Who writes, unless a test says otherwise. */
export const client = { id: '77', name: 'Anna', kind: 'contact' } as const;
export const chat = { id: '500', kind: 'private' } as const;

export async function openDecidingDesk(
	stand: Stand,
	transport: TransportName,
	rules?: string,
): Promise<DecidingDesk> {
	const tenant = await stand.tenant(rules);
	const store = stand.open(transport, { tenant });
	const sql = <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
		stand.supabase.exec<Row>(text, values);
	return {
		...{ tenant, store, sql },
		receive: async (fields = {}) => {
			const [stored] = await storeMessages(store, [message({ chat, sender: client, ...fields })]);
			return stored?.id ?? 0;
		},
		colleague: async (name, telegramId) => {
			const [made] = await sql<{ id: number }>(
				`with m as (insert into opsdesk.members (tenant_id, name) values ($1, $2) returning id)
				insert into opsdesk.member_channels (tenant_id, member_id, platform, external_id)
					select $1, id, 'telegram', $3 from m returning member_id::int as id`,
				[tenant, name, telegramId],
			);
			return made?.id ?? 0;
		},
		count: async (table) => {
			const [row] = await sql<{ count: number }>(
				`select count(*)::int from opsdesk.${table} where tenant_id = $1`,
				[tenant],
			);
			return row?.count ?? 0;
		},
	};
}
