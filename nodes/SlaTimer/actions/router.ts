import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { chosenOperation } from '../../shared/chosen-operation';
import { forEachItem } from '../../shared/each-item';
import { OpenStores, settingsOf } from '../../shared/store/stores';
import { resources } from '.';
import type { Session } from './operation';

/** Carries the chosen operation out for each item. */
export async function router(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const sla = await import('../../../src/sla/index.js');
	const stores = new OpenStores(this, await import('../../../src/store/index.js'));
	const schedules: Session['schedules'] = new Map();
	const stored = new Map<string, ReturnType<Session['storedSchedule']>>();
	const signal = this.getExecutionCancelSignal();
	try {
		return await forEachItem(this, async (itemIndex) => {
			const operation = chosenOperation(this, itemIndex, resources, 'SLA Timer');
			const settings = settingsOf(this, itemIndex);
			const store = async () => await stores.of(settings, itemIndex);
			const storedSchedule: Session['storedSchedule'] = async (which) => {
				const key = JSON.stringify([settings, which]);
				const read = stored.get(key) ?? store().then(async (own) => await sla.getSchedule(own, which));
				stored.set(key, read);
				return await read;
			};
			const session = { sla, schedules, store, storedSchedule, signal };
			const output = await operation.execute(this, session, itemIndex);
			return output.map((json) => ({ json: { ...json } }));
		});
	} finally {
		await stores.close();
	}
}
