import { maintenanceEnd } from '../../shared';
import type { JudgedTarget } from './targets';

/** Where others depend on it alone, as on the engine: while all of them are. */
export function inMaintenance({ maintenance }: JudgedTarget, at: number, timeZone: string): boolean {
	return (
		maintenance.length > 0 &&
		maintenance.every((windows) => maintenanceEnd(windows, at, timeZone) !== undefined)
	);
}
