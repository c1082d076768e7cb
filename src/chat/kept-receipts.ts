import { z } from 'zod';

import type { StateStore } from '../shared';
import type { Store } from '../store';
import { getReceipts, parseReceipt, type Receipt } from './receipts';

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

	/** Keeps all that the database knows: one may have been lost on its way, with its answer. @throws StateError, StoreError */
	async keepAllOf(store: Store): Promise<Receipt[]> {
		const known = await getReceipts(store);
		for (const receipt of known) await this.keep(receipt);
		return known;
	}

	/**
	 * Those of this store and tenant, oldest first, and how many there are for a tenant of this name that were made with
	 * another key: of another database, or of this one before its table `tenant_peppers` was lost.
	 * @throws StateError; StoreError, also for one that somebody has changed
	 */
	async of(store: Store): Promise<{ receipts: Receipt[]; ofOtherKeys: number }> {
		const key = await store.call('receipt_key', {}, { answer: z.string(), repeatable: true });
		const receipts: Receipt[] = [];
		let ofOtherKeys = 0;
		for (const [place, name] of (await this.state.keys('receipts/')).entries()) {
			const document = await this.state.get(name);
			if (!document) continue;
			const receipt = parseReceipt(document.value, place);
			if (name.startsWith(folderOf(key))) receipts.push(receipt);
			else if (receipt.tenant === store.tenant) ofOtherKeys += 1;
		}
		receipts.sort((first, second) => Date.parse(first.erasedAt) - Date.parse(second.erasedAt));
		return { receipts, ofOtherKeys };
	}
}

const folderOf = (key: string): string => `receipts/${key}/`;
