import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { refuseDestructiveTool } from '../../shared/destructive';
import { forEachItem } from '../../shared/each-item';
import { OpenStores, settingsOf } from '../../shared/store/stores';
import { resources } from '.';
import type { Operation } from './operation';

/** Carries the chosen operation out for each item, one after the other: so messages keep their order. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const channels = await import('../../../src/channels/index.js');
	const stores = new OpenStores(this, await import('../../../src/store/index.js'));
	const chat = async () => await import('../../../src/chat/index.js');
	try {
		return await forEachItem(this, async (itemIndex) => {
			const operation = operationOf(this, itemIndex);
			const store = async () => await stores.of(settingsOf(this, itemIndex), itemIndex);
			const output = await operation.execute(this, { channels, chat, store }, itemIndex);
			return output.map((json) => ({ json: { ...json } }));
		});
	} finally {
		await stores.close();
	}
}

function operationOf(context: IExecuteFunctions, itemIndex: number): Operation {
	const resource: string = context.getNodeParameter('resource', itemIndex);
	const name: string = context.getNodeParameter('operation', itemIndex);
	const operation = resources[resource]?.[name];
	if (operation) {
		if (operation.destructive || operation.forPeople) refuseDestructiveTool(context, name, itemIndex);
		return operation;
	}
	throw new NodeOperationError(
		context.getNode(),
		`Channel Send has no operation "${name}" for "${resource}".`,
		{ itemIndex, description: 'Choose resource and operation from the lists.' },
	);
}
