import type { ITriggerFunctions } from 'n8n-workflow';

import type { EventFilter } from '../../src/docker';
import { wholeNumber } from '../../src/shared';
import { asList, asText } from '../shared/values';

export interface TriggerParameters {
	filter: EventFilter;
	/** Undefined: what happened before is of no interest. */
	catchUpMs: number | undefined;
	/** Undefined: never. */
	reportOutageAfterMs: number | undefined;
	tellGaps: boolean;
}

const minuteMs = 60_000;
const weekMinutes = 10_080;

/** @throws OpsdeskError `invalid_input` */
export function triggerParameters(context: ITriggerFunctions): TriggerParameters {
	const filters = context.getNodeParameter('filters', {}) as Record<string, unknown>;
	const options = context.getNodeParameter('options', {}) as Record<string, unknown>;
	const { catchUp = true, catchUpMinutes = 60, outageMinutes = 5, tellGaps = true } = options;
	const outage = wholeNumber('Report Outage After', outageMinutes, 0, weekMinutes);
	return {
		filter: {
			events: asList(context.getNodeParameter('events')),
			names: asList(filters['names']),
			labels: asList(filters['labels']),
			project: asText(filters['project']),
			failuresOnly: filters['failuresOnly'] === true,
		},
		catchUpMs: catchUp
			? wholeNumber('Catch Up at Most', catchUpMinutes, 1, weekMinutes) * minuteMs
			: undefined,
		reportOutageAfterMs: outage === 0 ? undefined : outage * minuteMs,
		tellGaps: tellGaps !== false,
	};
}
