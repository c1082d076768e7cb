import { z } from 'zod';

import type { StateStore } from '../shared';
import type { Store } from '../store';
import { parseReceipt, type Receipt } from './receipts';

/**
 * Receipts outside the database, so that a database restored from an older backup can be told whose erasure it does not
 * know any more. They are kept by the key they were made with: in another store nobody would be found by them.
 */
export class KeptReceipts {
	constructor(private readonly state: StateStore) {}

	/** One that is kept already stays as it is. @throws StateError */
	async keep(receipt: Receipt): Promise<void> {
		await this.state.compareAndSet(`${folderOf(receipt.key ?? 'none')}${receipt.id}`, undefined, receipt);
	}

	/**
	 * Those of this store and tenant, oldest first.
	 * @throws StateError; StoreError, also for one that somebody has changed
	 */
	async of(store: Store): Promise<Receipt[]> {
		const key = await store.call('receipt_key', {}, { answer: z.string(), repeatable: true });
		const receipts: Receipt[] = [];
		for (const [place, name] of (await this.state.keys(folderOf(key))).entries()) {
			const document = await this.state.get(name);
			if (document) receipts.push(parseReceipt(document.value, place));
		}
		return receipts.sort((first, second) => Date.parse(first.erasedAt) - Date.parse(second.erasedAt));
	}
}

const folderOf = (key: string): string => `receipts/${key}/`;
