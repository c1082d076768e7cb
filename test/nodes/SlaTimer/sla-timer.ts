import type { IDataObject } from 'n8n-workflow';

import { SlaTimer } from '../../../nodes/SlaTimer/SlaTimer.node';
import type { Supabase } from '../../support/supabase';
import { storeNodeRunner } from '../store-node';

export { byId } from '../store-node';

export const type = 'n8n-nodes-opsdesk.slaTimer';

/** The node in n8n's engine, over a stand or without one. */
export const slaTimer = (supabase?: Pick<Supabase, 'url' | 'secretKey' | 'ownerUrl'>) =>
	storeNodeRunner(type, SlaTimer, supabase);

const workdays = ['mon', 'tue', 'wed', 'thu', 'fri'];

/** A schedule as it is written in the fields of the node. */
export const written = (more: IDataObject = {}, open = '09:00-18:00', days = workdays): IDataObject => ({
	...{ scheduleFrom: 'fields', timezone: 'Europe/Moscow', hours: { entry: [{ days, open }] } },
	...more,
});
