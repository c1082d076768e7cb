import { NetworkFault } from './faults';
import { zoneOf } from './zone';

/** The check may reach public addresses only, and this is none. */
export function insideRefused(host: string, address: string): NetworkFault {
	const where = host === address ? zoneOf(address) : `${address}, ${zoneOf(address)}`;
	return new NetworkFault(
		'config',
		`${host} is inside (${where}), which may not be looked at here.`,
		'unknown',
	);
}
