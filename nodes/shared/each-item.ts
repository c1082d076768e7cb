import {
	NodeOperationError,
	type IBinaryKeyData,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { toNodeError } from './node-error';

/** What became of one part of the work for an item: output, or why there is none. By default the first output of the node. */
export type Outcome = Produced | Failed;

interface Produced {
	json: IDataObject;
	binary?: IBinaryKeyData;
	/** From 0. */
	output?: number;
}

interface Failed {
	failure: unknown;
}

/** The outputs of a node that has several. */
export interface Outputs {
	count: number;
	/** Where failures go with "continue on fail", from 0. */
	ofFailures: number;
}

/**
 * Does the work for each input item and pairs every output item with its input item. With "continue on fail" each
 * failure becomes an item with `error`; without it the first item with a failure ends the run.
 *
 * @param work may throw, or give failures of parts of its work beside the output of the others
 * @param outputs of a node that has more than one
 * @param mostAtOnce items that are worked on at the same time; what comes out is in the order of the items all the same
 * @throws NodeOperationError
 */
export async function forEachItem(
	context: IExecuteFunctions,
	work: (itemIndex: number) => Promise<Outcome[]>,
	outputs: Outputs = { count: 1, ofFailures: 0 },
	mostAtOnce = 1,
): Promise<INodeExecutionData[][]> {
	const results: INodeExecutionData[][] = Array.from({ length: outputs.count }, () => []);
	const put = (item: INodeExecutionData, output: number) => results[output]?.push(item);
	const begun: Array<Promise<Outcome[]>> = [];
	const begin = (itemIndex: number): void => {
		begun[itemIndex] ??= work(itemIndex).catch((failure: unknown) => [{ failure }]);
	};
	const { length } = context.getInputData();
	for (let itemIndex = 0; itemIndex < length; itemIndex += 1) {
		const pairedItem = { item: itemIndex };
		for (let next = itemIndex; next < Math.min(itemIndex + mostAtOnce, length); next += 1) begin(next);
		const outcomes = (await begun[itemIndex]) ?? [];
		// Who has cancelled the run wants no further items; an error would turn "cancelled" into "failed".
		if (context.getExecutionCancelSignal()?.aborted) break;
		const errors: NodeOperationError[] = [];
		for (const outcome of outcomes) {
			if ('json' in outcome) {
				const { json, binary, output = 0 } = outcome;
				put({ json, ...(binary && { binary }), pairedItem }, output);
				continue;
			}
			const error = toNodeError(context.getNode(), outcome.failure, itemIndex);
			errors.push(error);
			// A lone `error` is what n8n sends to the error output; more fields, or the error itself, would lose the remedy.
			const text = [error.message, error.description].filter(Boolean).join(' ');
			put({ json: { error: text }, pairedItem }, outputs.ofFailures);
		}
		const [first, ...others] = errors;
		if (first && !context.continueOnFail()) {
			// They use what is closed when this ends.
			await Promise.all(begun);
			throw others.length === 0 ? first : joined(context, first, others, itemIndex);
		}
	}
	return results;
}

function joined(
	context: IExecuteFunctions,
	first: NodeOperationError,
	others: NodeOperationError[],
	itemIndex: number,
): NodeOperationError {
	const messages = [first, ...others].map(({ message }) => message);
	const remedies = [first, ...others].flatMap(({ description }) => description ?? []);
	return new NodeOperationError(context.getNode(), messages.join(' '), {
		itemIndex,
		description: [...new Set(remedies)].join(' '),
	});
}
