import type { CheckOf } from '../../../shared';
import { endpoint } from '../network/faults';
import type { Probe } from '../probe';
import { guarded } from '../service/guard';
import { askInContainer } from './in-container';
import { askOverNetwork } from './over-network';

/**
 * Whether a PostgreSQL server takes connections, answers a query and has connections left. Over the network without a
 * password it is asked what `pg_isready` asks; in a container its own `psql` signs in over the socket.
 */
export const probePostgres: Probe<'postgres'> = guarded(nameOf, (check, context, stage) =>
	check.host === undefined
		? askInContainer(check, check.container ?? '', context, stage)
		: askOverNetwork(check, check.host, context),
);

function nameOf({ host, port, container }: CheckOf<'postgres'>): string {
	if (host === undefined) return `PostgreSQL in "${container}"`;
	return `PostgreSQL at ${host.startsWith('/') ? host : endpoint(host, port)}`;
}
