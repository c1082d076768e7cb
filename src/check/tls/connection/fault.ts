import type { CertificateFinding, FindingCode } from '../report';
import { finding } from '../judge/finding';
import { NetworkFault, type NetworkReason } from '../../probes/network/faults';

type ReadFaultCode =
	| 'not_tls'
	| 'handshake_refused'
	| 'timeout'
	| 'connect_failed'
	| 'dns_failed'
	| 'no_network'
	| 'redirect_refused';

/** Why no certificate could be read, as a finding. */
export class ReadFault extends Error {
	override readonly name = 'ReadFault';

	constructor(
		readonly code: Extract<FindingCode, ReadFaultCode>,
		message: string,
	) {
		super(message);
	}

	finding(): CertificateFinding {
		return finding(this.code, 'critical', this.message);
	}
}

const codes: Partial<Record<NetworkReason, ReadFault['code']>> = {
	dns_not_found: 'dns_failed',
	dns_no_record: 'dns_failed',
	dns_failed: 'dns_failed',
	dns_timeout: 'dns_failed',
	connect_timeout: 'timeout',
	timeout: 'timeout',
	no_network: 'no_network',
	redirect_refused: 'redirect_refused',
};

/** @returns undefined for what is no fault of the network */
export function readFault(thrown: unknown): ReadFault | undefined {
	if (thrown instanceof ReadFault) return thrown;
	if (!(thrown instanceof NetworkFault)) return undefined;
	return new ReadFault(codes[thrown.reason] ?? 'connect_failed', thrown.message);
}
