import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { refuseDestructiveTool } from '../../shared/destructive';
import { forEachItem } from '../../shared/each-item';
import * as container from './container';
import { Output, type Operation } from './operation';

const resources: Record<string, Record<string, Operation>> = { container: container.operations };

/** Carries the chosen operation out for each item. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await forEachItem(this, async (itemIndex) => {
		const output = await executeItem(this, itemIndex);
		return output.map((item) => (item instanceof Output ? item.outcome : { json: item }));
	});
}

async function executeItem(context: IExecuteFunctions, itemIndex: number): Promise<(IDataObject | Output)[]> {
	const resource: string = context.getNodeParameter('resource', itemIndex);
	const name: string = context.getNodeParameter('operation', itemIndex);
	const operation = resources[resource]?.[name];
	if (operation === undefined)
		throw new Error(`Docker Control has no operation "${name}" for "${resource}".`);
	if (operation.destructive) refuseDestructiveTool(context, name, itemIndex);
	// Loaded on first use: n8n loads every node at its start, used or not.
	const { Containers, parseConnection } = await import('../../../src/docker/index.js');
	const connection = parseConnection(await context.getCredentials('dockerApi', itemIndex));
	const signal = context.getExecutionCancelSignal();
	const session = { connection, containers: new Containers(connection), signal };
	return await operation.execute(context, session, itemIndex);
}
