import type { CheckOf } from '../../shared';
import { clockAhead } from '../probes';
import type { Finding } from '../probes/probe';
import { clockIsWrong, isClockSuspect } from '../tls';
import type { Look } from './judge';
import { lookAtAll, type LookOptions } from './look';
import type { Target } from './targets';

/** Looks by a clock that is known to be right, as far as can be told. */
export interface ByClock {
	looks: ReadonlyMap<string, Look>;
	/** What is to be said of the clock of this machine; undefined where nothing has shown how it goes. */
	finding: Finding | undefined;
}

type CertificateTarget = Target & { check: CheckOf<'certificate'> };

/**
 * Where most certificates seem to be out of their time, compares the clock of this machine with those of the servers. If
 * that is wrong, all certificates are looked at again and judged by the clocks of the servers, so that nobody is told of
 * certificates that are well.
 *
 * @throws the reason of the signal when the run is cancelled
 */
export async function byServersClock(
	looks: ReadonlyMap<string, Look>,
	targets: readonly Target[],
	options: LookOptions,
): Promise<ByClock> {
	const ofCertificates = targets.filter(isOfCertificate);
	const read = ofCertificates.filter(({ key }) => looks.get(key)?.finding.certificate !== undefined);
	if (read.length === 0) return { looks, finding: undefined };
	const outOfTime = read.filter(({ key }) => looks.get(key)?.finding.certificate?.isOutOfTime);
	if (!isClockSuspect(read.length, outOfTime.length)) return { looks, finding: clockIsRight };
	const signal = options.signal ?? new AbortController().signal;
	const checks = outOfTime.map(({ check }) => check);
	const clockAheadMs = await clockAhead(checks, { ...options.context, signal });
	if (clockAheadMs === undefined) return { looks, finding: undefined };
	const again = lookAtAll(read, { ...options, context: { ...options.context, clockAheadMs } });
	await again.done;
	const message = clockIsWrong(clockAheadMs);
	return {
		looks: new Map([...looks, ...again.looks]),
		finding: {
			level: 'critical',
			reason: 'clock_wrong',
			message,
			latencyMs: null,
			details: { clockAheadMs },
		},
	};
}

const clockIsRight: Finding = {
	...{ level: 'ok', reason: 'ok', latencyMs: null, details: {} },
	message: 'The clock of this machine fits the certificates of the servers.',
};

const isOfCertificate = (target: Target): target is CertificateTarget => target.check.type === 'certificate';
