import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { chosenOperation } from '../../shared/chosen-operation';
import { forEachItem } from '../../shared/each-item';
import { OpenStores, settingsOf } from '../../shared/store/stores';
import { resources } from '.';

/** Carries the chosen operation out for each item, one after the other: so messages keep their order. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const channels = await import('../../../src/channels/index.js');
	const stores = new OpenStores(this, await import('../../../src/store/index.js'));
	const chat = async () => await import('../../../src/chat/index.js');
	try {
		return await forEachItem(this, async (itemIndex) => {
			const operation = chosenOperation(this, itemIndex, resources, 'Channel Send');
			const store = async () => await stores.of(settingsOf(this, itemIndex), itemIndex);
			const output = await operation.execute(this, { channels, chat, store }, itemIndex);
			return output.map((json) => ({ json: { ...json } }));
		});
	} finally {
		await stores.close();
	}
}
