import type { CheckOf } from '../../shared';
import { clockAhead } from '../probes';
import type { Finding } from '../probes/probe';
import { clockIsWrong, isClockSuspect } from '../tls';
import type { Look } from './judge';
import { lookAtAll, type LookOptions } from './look';
import type { Target } from './targets';

/** What it is known by among what is said of a set. */
export const clockKey = 'Clock of this machine';

/** Looks by a clock that is known to be right, as far as can be told. */
export interface ByClock {
	looks: ReadonlyMap<string, Look>;
	/** What is to be said of the clock of this machine; undefined where nothing has shown how it goes. */
	finding: Finding | undefined;
}

type CertificateTarget = Target & { check: CheckOf<'certificate'> };

export interface ClockOptions extends LookOptions {
	/** It was wrong the last time, and nothing has shown that it is right again. */
	isKnownWrong: boolean;
}

/**
 * Where most certificates seem to be out of their time, compares the clock of this machine with those of the servers. If
 * that is wrong, all certificates are looked at again and judged by the clocks of the servers, so that nobody is told of
 * certificates that are well. While it is known to be wrong and no server tells the time, what seems out of its time is
 * unknown.
 *
 * @throws the reason of the signal when the run is cancelled
 */
export async function byServersClock(
	looks: ReadonlyMap<string, Look>,
	targets: readonly Target[],
	{ isKnownWrong, ...options }: ClockOptions,
): Promise<ByClock> {
	const read = targets.filter(isOfCertificate).filter(({ key }) => looks.get(key)?.finding.certificate);
	const isOut = ({ key }: Target): boolean => looks.get(key)?.finding.certificate?.isOutOfTime ?? false;
	const outOfTime = read.filter(isOut);
	const isSuspect = isClockSuspect(read.length, outOfTime.length);
	if (!isSuspect && !(isKnownWrong && outOfTime.length > 0))
		return { looks, finding: isClockSuspect(read.length, read.length) ? clockIsRight : undefined };
	const signal = options.signal ?? new AbortController().signal;
	const question = {
		outOfTime: outOfTime.map(({ check }) => check),
		inTime: read.filter((target) => !isOut(target)).map(({ check }) => check),
		fewestAddresses: isKnownWrong ? 1 : undefined,
	};
	const clockAheadMs = await clockAhead(question, { ...options.context, signal });
	if (clockAheadMs === 0) return { looks, finding: clockIsRight };
	if (clockAheadMs === undefined)
		return { looks: isKnownWrong ? withoutClock(looks) : looks, finding: undefined };
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

/** What seems to be out of its time by a clock that is wrong says nothing. */
export function withoutClock(looks: ReadonlyMap<string, Look>): Map<string, Look> {
	return new Map(
		[...looks].map(([key, look]) => [key, look.finding.certificate?.isOutOfTime ? unknown(look) : look]),
	);
}

function unknown(look: Look): Look {
	const message =
		'The clock of this machine is wrong, so that it cannot be told whether the certificate is valid.';
	return { ...look, finding: { ...look.finding, level: 'unknown', reason: 'clock_wrong', message } };
}

const clockIsRight: Finding = {
	...{ level: 'ok', reason: 'ok', latencyMs: null, details: {} },
	message: 'The clock of this machine fits the certificates of the servers.',
};

const isOfCertificate = (target: Target): target is CertificateTarget => target.check.type === 'certificate';
