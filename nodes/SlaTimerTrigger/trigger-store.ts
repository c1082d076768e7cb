import type { ITriggerFunctions } from 'n8n-workflow';

import type { Store } from '../../src/store';
import { settingsOfTrigger, storeAccess } from '../shared/store/stores';

/** The store that a trigger looks into. After a failure it is opened anew, with the credential as it is then. */
export class TriggerStore {
	private opened: Promise<Store> | undefined;

	constructor(private readonly context: ITriggerFunctions) {}

	/** @throws what the work throws, and what hinders to open the store */
	async use<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
		const worked = (this.opened ??= this.open()).then(work);
		return await worked.catch(async (thrown: unknown) => {
			await this.close();
			throw thrown;
		});
	}

	async close(): Promise<void> {
		const opened = this.opened;
		this.opened = undefined;
		await opened?.then(async (store) => await store.close()).catch(() => undefined);
	}

	private async open(): Promise<Store> {
		const { openStore } = await import('../../src/store/index.js');
		const settings = settingsOfTrigger(this.context);
		return openStore(await storeAccess(this.context, settings), settings);
	}
}
