import type { MessageInput } from '../../src/shared';
import type { StoreVerdict } from '../../src/channels';
import type { Store } from '../../src/store';
import { settingsOfTrigger, storeAccess, type TriggerFunctions } from '../shared/store/stores';

/** Where messages are stored. After a failure it is opened anew, with the credential as it is then. */
export class MessageStore {
	private opened: Promise<Store> | undefined;

	/** @param deliveryId names the queue: what it has stored before a crash is new again when it asks once more */
	constructor(
		private readonly context: TriggerFunctions,
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
		const settings = settingsOfTrigger(this.context);
		return openStore(await storeAccess(this.context, settings), settings);
	}
}
