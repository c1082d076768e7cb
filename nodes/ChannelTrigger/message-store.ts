import type { MessageInput } from '../../src/shared';
import type { StoreVerdict } from '../../src/channels';
import type { Store } from '../../src/store';
import { postgresFields } from '../shared/postgres-credential';
import { asText } from '../shared/values';
import type { TriggerContext } from './parameters';

const usual = { tenant: 'default', schema: 'opsdesk', timeoutSeconds: 30 };

/** Where messages are stored. After a failure it is opened anew, with the credential as it is then. */
export class MessageStore {
	private opened: Promise<Store> | undefined;

	/** @param deliveryId names the queue: what it has stored before a crash is new again when it asks once more */
	constructor(
		private readonly context: TriggerContext,
		private readonly deliveryId: string,
	) {}

	/** @throws StoreError */
	async store(messages: MessageInput[]): Promise<StoreVerdict[]> {
		const { storeMessages } = await import('../../src/chat/index.js');
		const storing = (this.opened ??= this.open()).then(
			async (store) => await storeMessages(store, messages, { deliveryId: this.deliveryId }),
		);
		return await storing.catch(async (thrown: unknown) => {
			await this.close();
			throw thrown;
		});
	}

	async close(): Promise<void> {
		const { opened } = this;
		this.opened = undefined;
		await opened?.then(async (store) => await store.close()).catch(() => undefined);
	}

	private async open(): Promise<Store> {
		const { openStore } = await import('../../src/store/index.js');
		const given = this.context.getNodeParameter('store', {}) as Record<string, unknown>;
		const { tenant, schema, timeoutSeconds } = { ...usual, ...given };
		const options = {
			tenant: asText(tenant) || usual.tenant,
			timeoutMs: Math.min(Math.max(Number(timeoutSeconds) || usual.timeoutSeconds, 1), 300) * 1000,
		};
		const access = { schema: asText(schema) || usual.schema };
		if (this.context.getNodeParameter('authentication', 'supabaseApi') === 'postgres') {
			const postgres = postgresFields(await this.context.getCredentials('postgres'));
			return openStore({ ...access, postgres }, options);
		}
		const { host, serviceRole } = await this.context.getCredentials('supabaseApi');
		return openStore({ ...access, supabase: { url: asText(host), key: asText(serviceRole) } }, options);
	}
}
