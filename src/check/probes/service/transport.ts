import { systemCode } from '../../../shared';
import type { Fault } from '../finding';
import { isTlsFault, tlsFault } from '../http/tls-fault';
import { connectFault } from '../network/faults';
import { ServiceFault } from './reasons';

/**
 * Why a server could not be reached, by the error of the system.
 *
 * @param at `host:port`
 */
export function transportFault(thrown: unknown, host: string, at: string): Fault {
	const code = systemCode(thrown);
	if (code === 'ENOTFOUND') return new ServiceFault('dns_not_found', `There is no host named "${host}".`);
	if (code === 'EAI_AGAIN')
		return new ServiceFault(
			'dns_failed',
			`The name "${host}" could not be looked up: the name servers do not answer.`,
		);
	return isTlsFault(thrown) ? tlsFault(thrown, at) : connectFault(thrown, at);
}
