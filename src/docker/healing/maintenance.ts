import {
	describeFaults,
	maintenanceEnd,
	maintenanceSchema,
	parseInput,
	type MaintenanceWindow,
} from '../../shared';
import { DockerError } from '../errors';
import type { Hold } from './observation';

/** @throws DockerError `invalid_input` */
export function parseWindows(input: unknown): MaintenanceWindow[] {
	const parsed = parseInput(maintenanceSchema, input);
	if (parsed.ok) return parsed.value;
	throw new DockerError(
		'invalid_input',
		`"Maintenance Windows" is not a list of windows: ${describeFaults(parsed.faults)}.`,
		'Give a list such as [{"days": ["sun"], "from": "02:00", "to": "04:00", "timeZone": "Europe/Berlin"}, {"start": "2026-12-24T18:00", "end": "2026-12-27T06:00"}].',
	);
}

/**
 * What holds healing off at a moment.
 *
 * @param zone of windows that name none
 */
export function maintenanceAt(
	windows: readonly MaintenanceWindow[],
	nowMs: number,
	zone = 'UTC',
): Hold | undefined {
	const end = maintenanceEnd(windows, nowMs, zone)?.toISO({ suppressMilliseconds: true });
	return end ? { by: 'maintenance', reason: `a maintenance window lasts until ${end}` } : undefined;
}
