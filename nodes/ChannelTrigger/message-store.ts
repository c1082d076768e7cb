import type { MessageInput } from '../../src/shared';
import type { ChannelEvent, StoreVerdict } from '../../src/channels';
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
		return await this.using(
			async (store) => await storeMessages(store, messages, { deliveryId: this.deliveryId }),
		);
	}

	/** Of a membership: where we were let in again may be written to. @throws StoreError */
	async noteMembership(event: ChannelEvent): Promise<void> {
		if (event.kind !== 'membership') return;
		const { noteMembership } = await import('../../src/channels/index.js');
		await this.using(async (store) => await noteMembership(store, event));
	}

	async close(): Promise<void> {
		const { opened } = this;
		this.opened = undefined;
		await opened?.then(async (store) => await store.close()).catch(() => undefined);
	}

	private async using<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
		return await (this.opened ??= this.open()).then(work).catch(async (thrown: unknown) => {
			await this.close();
			throw thrown;
		});
	}

	private async open(): Promise<Store> {
		const { openStore } = await import('../../src/store/index.js');
		const settings = settingsOfTrigger(this.context);
		return openStore(await storeAccess(this.context, settings), settings);
	}
}
