import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { isTool, refuseDestructiveTool } from '../../shared/destructive';
import { forEachItem, type Outcome, type Outputs } from '../../shared/each-item';
import { OpenStores, settingsOf } from '../../shared/store/stores';
import { resources } from '.';
import { ofFailures, outcomeOutputs } from './connections';
import { Routed, type Operation, type Session } from './operation';

/** Carries the chosen operation out for each item. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const decide = await import('../../../src/decide/index.js');
	const stores = new OpenStores(this, await import('../../../src/store/index.js'));
	const signal = this.getExecutionCancelSignal();
	const hasStore = this.getNodeParameter('authentication', 0) !== 'none';
	try {
		return await forEachItem(
			this,
			async (itemIndex) => {
				const operation = operationOf(this, itemIndex);
				const store: Session['store'] = async () => {
					if (!hasStore) throw noStore(this, itemIndex);
					return await stores.of(settingsOf(this, itemIndex), itemIndex);
				};
				const output = await operation.execute(this, { decide, hasStore, store, signal }, itemIndex);
				return output.map((one) => outcomeOf(this, one));
			},
			outputsOf(this),
		);
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
		`Eva Decide has no operation "${name}" for "${resource}".`,
		{
			itemIndex,
			description: 'Choose resource and operation from the lists.',
		},
	);
}

const noStore = (context: IExecuteFunctions, itemIndex: number): NodeOperationError =>
	new NodeOperationError(context.getNode(), 'This operation needs the store, and none is chosen.', {
		itemIndex,
		description: 'Choose Supabase or Postgres under "Store".',
	});

/** A tool has one output whatever it does. */
function outputsOf(context: IExecuteFunctions): Outputs {
	const decides =
		context.getNodeParameter('resource', 0) === 'message' &&
		context.getNodeParameter('operation', 0) === 'decide';
	if (!decides || isTool(context)) return { count: 1, ofFailures: 0 };
	// n8n takes items with errors from any output to the error output, and tries a node again that has one on the first.
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	return { count: outcomeOutputs.length, ofFailures: hasErrorOutput ? 0 : ofFailures };
}

function outcomeOf(context: IExecuteFunctions, output: object): Outcome {
	if (!(output instanceof Routed)) return { json: { ...output } };
	return {
		json: { ...output.json },
		output: isTool(context) ? 0 : outcomeOutputs.indexOf(output.outcome),
	};
}
