import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { chosenOperation } from '../../shared/chosen-operation';
import { isTool } from '../../shared/destructive';
import { forEachItem, type Outcome, type Outputs } from '../../shared/each-item';
import { OpenStores, settingsOf } from '../../shared/store/stores';
import { resources } from '.';
import { carriedOutputs, ofUndecided, outcomeOutputs, type OutputName } from './connections';
import { Routed, type Session } from './operation';

/** Messages that are decided on at the same time: most of the time one waits for the store, or for a model. */
const mostAtOnce = 5;

/** Carries the chosen operation out for each item. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const decide = await import('../../../src/decide/index.js');
	const stores = new OpenStores(this, await import('../../../src/store/index.js'));
	const signal = this.getExecutionCancelSignal();
	const names = namesOf(this);
	const hasStore = this.getNodeParameter('authentication', 0) !== 'none';
	try {
		return await forEachItem(
			this,
			async (itemIndex) => {
				const operation = chosenOperation(this, itemIndex, resources, 'Eva Decide');
				const store: Session['store'] = async () => {
					if (!hasStore) throw noStore(this, itemIndex);
					return await stores.of(settingsOf(this, itemIndex), itemIndex);
				};
				const output = await operation.execute(this, { decide, hasStore, store, signal }, itemIndex);
				return output.map((one) => outcomeOf(one, names));
			},
			outputsOf(this, names),
			names === outcomeOutputs ? mostAtOnce : 1,
		);
	} finally {
		await stores.close();
	}
}

const noStore = (context: IExecuteFunctions, itemIndex: number): NodeOperationError =>
	new NodeOperationError(context.getNode(), 'This operation needs the store, and none is chosen.', {
		itemIndex,
		description: 'Choose Supabase or Postgres under "Store".',
	});

/** The names of the node's outputs, where it has several. A tool has one whatever it does. */
function namesOf(context: IExecuteFunctions): readonly OutputName[] | undefined {
	if (isTool(context) || context.getNodeParameter('resource', 0) !== 'message') return undefined;
	const operation: unknown = context.getNodeParameter('operation', 0);
	if (operation === 'decide') return outcomeOutputs;
	return operation === 'carryOut' ? carriedOutputs : undefined;
}

function outputsOf(context: IExecuteFunctions, names: readonly OutputName[] | undefined): Outputs {
	if (!names) return { count: 1, ofFailures: 0 };
	// n8n takes items with errors from any output to the error output, and tries a node again that has one on the first.
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	const ofFailures = names === outcomeOutputs ? ofUndecided : 0;
	return { count: names.length, ofFailures: hasErrorOutput ? 0 : ofFailures };
}

function outcomeOf(output: object, names: readonly OutputName[] | undefined): Outcome {
	if (!(output instanceof Routed)) return { json: { ...output } };
	return { json: { ...output.json }, output: Math.max(names?.indexOf(output.output) ?? 0, 0) };
}
