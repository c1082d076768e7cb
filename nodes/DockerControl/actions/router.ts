import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { refuseDestructiveTool } from '../../shared/destructive';
import { toNodeError } from '../../shared/node-error';
import * as container from './container';
import type { Operation } from './operation';

const resources: Record<string, Record<string, Operation>> = { container: container.operations };

/** Carries the chosen operation out for each item; with "continue on fail" one bad item leaves the others alone. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const results: INodeExecutionData[] = [];
	for (const [itemIndex] of this.getInputData().entries()) {
		const pairedItem = { item: itemIndex };
		try {
			const output = await executeItem(this, itemIndex);
			results.push(...output.map((json) => ({ json, pairedItem })));
		} catch (thrown) {
			const error = toNodeError(this.getNode(), thrown, itemIndex);
			if (!this.continueOnFail()) throw error;
			// A lone `error` is what n8n sends to the error output; more fields, or the error itself, would lose the remedy.
			const text = [error.message, error.description].filter(Boolean).join(' ');
			results.push({ json: { error: text }, pairedItem });
		}
	}
	return [results];
}

async function executeItem(context: IExecuteFunctions, itemIndex: number): Promise<IDataObject[]> {
	const resource: string = context.getNodeParameter('resource', itemIndex);
	const name: string = context.getNodeParameter('operation', itemIndex);
	const operation = resources[resource]?.[name];
	if (operation === undefined)
		throw new Error(`Docker Control has no operation "${name}" for "${resource}".`);
	if (operation.destructive) refuseDestructiveTool(context, name, itemIndex);
	// Loaded on first use: n8n loads every node at its start, used or not.
	const { Containers, parseConnection } = await import('../../../src/docker/index.js');
	const connection = parseConnection(await context.getCredentials('dockerApi', itemIndex));
	return await operation.execute(context, new Containers(connection), itemIndex);
}
