import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { isTool, refuseDestructiveTool } from '../../shared/destructive';
import { forEachItem, type Outcome } from '../../shared/each-item';
import { toNodeError } from '../../shared/node-error';
import { OpenStores, settingsOf, type StoreSettings } from '../../shared/store/stores';
import { resources } from '.';
import { sealingKeys } from './field-keys';
import { Failed, FileOutput, type AnyOperation, type BatchOperation, type Session } from './operation';

/** Carries the chosen operation out for each item, or for all that go to the same store at once. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const chat = await import('../../../src/chat/index.js');
	const records = await import('../../../src/store/index.js');
	const stores = new OpenStores(this, records);
	const signal = this.getExecutionCancelSignal();
	const sessionOf = async (settings: StoreSettings, itemIndex: number): Promise<Session> => ({
		store: await stores.of(settings, itemIndex),
		fieldKeys: await sealingKeys(this, itemIndex),
		...{ settings, chat, records, signal },
	});
	try {
		const first = operationOf(this, 0);
		if ('executeAll' in first) {
			refuse(this, first, 0);
			return await forAllItems(this, first, sessionOf);
		}
		return await forEachItem(this, async (itemIndex) => {
			const operation = operationOf(this, itemIndex);
			refuse(this, operation, itemIndex);
			if ('executeAll' in operation) throw new Error('This operation takes all items at once.');
			const settings = settingsOf(this, itemIndex);
			const output =
				'executeAlone' in operation
					? await operation.executeAlone(this, { settings, chat, records, signal }, itemIndex)
					: await operation.execute(this, await sessionOf(settings, itemIndex), itemIndex);
			const named = isTool(this) && 'answersContact' in operation && operation.answersContact;
			return (named ? output.map(nameOf) : output).map(outcomeOf);
		});
	} finally {
		await stores.close();
	}
}

function operationOf(context: IExecuteFunctions, itemIndex: number): AnyOperation {
	const resource: string = context.getNodeParameter('resource', itemIndex);
	const name: string = context.getNodeParameter('operation', itemIndex);
	const operation = resources[resource]?.[name];
	if (operation) return operation;
	throw new NodeOperationError(
		context.getNode(),
		`Supabase Chat Store has no operation "${name}" for "${resource}".`,
		{ itemIndex, description: 'Choose resource and operation from the lists.' },
	);
}

function refuse(context: IExecuteFunctions, operation: AnyOperation, itemIndex: number): void {
	const name: string = context.getNodeParameter('operation', itemIndex);
	if (operation.destructive) refuseDestructiveTool(context, name, itemIndex);
	if (operation.forPeople)
		refuseDestructiveTool(
			context,
			name,
			itemIndex,
			'It hands out what people may have refused to language models, which Message: Get Context leaves out.',
		);
}

/** Items of one tenant are one call, whatever stands between them; a fault of one leaves the others alone. */
async function forAllItems(
	context: IExecuteFunctions,
	operation: BatchOperation,
	sessionOf: (settings: StoreSettings, itemIndex: number) => Promise<Session>,
): Promise<INodeExecutionData[][]> {
	const groups = new Map<string, { settings: StoreSettings; itemIndexes: number[] }>();
	const outcomes: Outcome[][] = [];
	for (const itemIndex of context.getInputData().keys()) {
		try {
			const settings = settingsOf(context, itemIndex);
			const key = JSON.stringify(settings);
			const group = groups.get(key) ?? { settings, itemIndexes: [] };
			group.itemIndexes.push(itemIndex);
			groups.set(key, group);
		} catch (failure) {
			// Without "continue on fail" nothing is done for any of them.
			if (!context.continueOnFail()) throw toNodeError(context.getNode(), failure, itemIndex);
			outcomes[itemIndex] = [{ failure }];
		}
	}
	for (const { settings, itemIndexes } of groups.values()) {
		const results = await sessionOf(settings, itemIndexes[0] ?? 0)
			.then(async (session) => await operation.executeAll(context, session, itemIndexes))
			.catch((failure: unknown) => itemIndexes.map(() => ({ failure })));
		for (const [place, itemIndex] of itemIndexes.entries()) {
			const result = results[place] ?? [];
			outcomes[itemIndex] = Array.isArray(result) ? result.map(outcomeOf) : [result];
		}
	}
	return await forEachItem(context, (itemIndex) => Promise.resolve(outcomes[itemIndex] ?? []));
}

/** Of a contact what tells it from others, and what was done: a model that may write may not read it thereby. */
function nameOf(contact: object): object {
	return Object.fromEntries(
		Object.entries(contact).filter(([name]) => ['id', 'created', 'merged'].includes(name)),
	);
}

function outcomeOf(output: object): Outcome {
	if (output instanceof Failed) return { failure: output.failure };
	if (output instanceof FileOutput) return { json: output.json, binary: output.binary };
	return { json: { ...output } };
}
