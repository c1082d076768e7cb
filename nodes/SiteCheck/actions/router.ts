import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { n8nStateFolder, openStateFolder } from '../../../src/shared';
import { refuseDestructiveTool } from '../../shared/destructive';
import { forEachItem } from '../../shared/each-item';
import { operations } from '.';
import { runChecksOfAllItems } from './runChecks.operation';

/** Carries the chosen operation out for each item. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const name: string = this.getNodeParameter('operation', 0);
	const store = () => openStateFolder(n8nStateFolder());
	if (name === 'runChecks') {
		// It takes alerts from those who are told by others, and its results count.
		refuseDestructiveTool(this, name, 0);
		return await runChecksOfAllItems(this, store);
	}
	const operation = operations[name];
	if (operation === undefined) throw new Error(`Site Check has no operation "${name}".`);
	return await forEachItem(this, async (itemIndex) => {
		if (operation.destructive) refuseDestructiveTool(this, name, itemIndex);
		return await operation.execute({ context: this, itemIndex, store });
	});
}
