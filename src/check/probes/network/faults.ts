import type { FoundLevel } from '../../alert';
import { systemCode } from '../../../shared';
import { Fault } from '../finding';

/**
 * Why a check of the network is not well. These codes are stable; alerts, workflows and reports may ask for them.
 * `ok` stands alone.
 */
export type NetworkReason =
	// The name of the host.
	| 'dns_not_found' // no such name
	| 'dns_no_record' // the name has no record of the kind
	| 'dns_failed' // the name servers cannot or will not say
	| 'dns_timeout'
	| 'dns_mismatch' // other values than expected
	// The connection.
	| 'refused'
	| 'connect_timeout'
	| 'reset' // broken off by the other side
	| 'closed' // closed by the other side at once
	| 'unreachable' // no route
	| 'no_network' // this machine has no address of the family
	| 'tls_failed'
	// The exchange.
	| 'timeout'
	| 'protocol' // what answers does not speak HTTP/1.1
	| 'redirect_loop'
	| 'redirect_refused'
	| 'redirect_scheme'
	| 'redirect_invalid'
	// The answer.
	| 'status'
	| 'keyword_missing'
	| 'keyword_found'
	| 'json_invalid'
	| 'json_mismatch'
	| 'encoding' // of the body, unknown or broken
	| 'body_too_large' // what is sought may lie beyond what was read
	| 'slow'
	| 'security_headers'
	| 'not_https'
	// The check itself.
	| 'config'
	| 'cancelled'
	| 'internal';

export class NetworkFault extends Fault {
	constructor(
		override readonly reason: NetworkReason,
		message: string,
		level: FoundLevel = 'critical',
		details: Record<string, unknown> = {},
	) {
		super(reason, message, level, details);
	}
}

/** The fault of what was under way when the signal ended it: the target took too long, or the run was cancelled. */
export function ended(signal: AbortSignal, reason: NetworkReason, message: string): NetworkFault {
	return isCancelled(signal)
		? new NetworkFault('cancelled', 'The run was cancelled before the check was finished.', 'unknown')
		: new NetworkFault(reason, message);
}

/** Whether a person or a shutdown has ended it; time limits end signals with a TimeoutError. */
function isCancelled({ reason }: AbortSignal): boolean {
	return (reason as { name?: unknown } | null)?.name === 'AbortError';
}

/**
 * Waits for what `start` begins, at most until the signal ends.
 *
 * @param start gets the functions to settle with, and returns what lets go of all it has begun once it is settled
 * @throws what `late` makes when the signal ends first
 */
export function untilEnd<Value>(
	signal: AbortSignal,
	late: () => Error,
	start: (resolve: (value: Value) => void, reject: (reason: unknown) => void) => (() => void) | undefined,
): Promise<Value> {
	return new Promise<Value>((resolve, reject) => {
		if (signal.aborted) return reject(late());
		const state: { isSettled: boolean; release?: (() => void) | undefined } = { isSettled: false };
		const settle = (act: () => void): void => {
			if (state.isSettled) return;
			state.isSettled = true;
			signal.removeEventListener('abort', stop);
			act();
			state.release?.();
		};
		const stop = (): void => settle(() => reject(late()));
		signal.addEventListener('abort', stop, { once: true });
		const release = start(
			(value) => settle(() => resolve(value)),
			(reason) => settle(() => reject(reason)),
		);
		if (state.isSettled) release?.();
		else state.release = release;
	});
}

/** `203.0.113.5:443`, `[2001:db8::5]:443`. */
export function endpoint(host: string, port: number): string {
	return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Why no connection to an address came about. */
export function connectFault(thrown: unknown, at: string): NetworkFault {
	const code = systemCode(thrown) ?? '';
	if (code === 'ECONNREFUSED')
		return new NetworkFault('refused', `Nothing listens at ${at}; the connection was refused.`);
	if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED')
		return new NetworkFault('reset', `The connection to ${at} was broken off by the other side.`);
	if (code === 'ETIMEDOUT')
		return new NetworkFault('connect_timeout', `${at} does not answer; no connection came about.`);
	if (isNoRoute(code))
		return new NetworkFault('unreachable', `There is no way from here to ${at}: no route (${code}).`);
	if (/^(EMFILE|ENFILE|ENOBUFS|ENOMEM|EADDRINUSE)$/.test(code))
		return new NetworkFault('internal', `This machine cannot open another connection (${code}).`, 'unknown');
	if (code === 'EACCES' || code === 'EPERM')
		return new NetworkFault(
			'unreachable',
			`A firewall of this machine refuses connections to ${at} (${code}).`,
		);
	return new NetworkFault('unreachable', `No connection to ${at} came about${code && ` (${code})`}.`);
}

export function isNoRoute(code: string | undefined): boolean {
	return /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EINVAL)$/.test(code ?? '');
}
