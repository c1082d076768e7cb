import type { Check } from '../../shared';
import { lookAt, type ProbeContext } from '../probes';
import { lookOnce } from './look';
import { resultWithoutMemory, type CheckResult } from './result';
import { targetsOfChecks } from './targets';

export interface SingleOptions extends Omit<ProbeContext, 'signal'> {
	signal?: AbortSignal | undefined;
}

/**
 * Looks at one target once; nothing is remembered and nobody is told.
 *
 * @throws the reason of the signal when it is cancelled
 */
export async function lookAtTarget(
	check: Check,
	options: SingleOptions,
): Promise<Omit<CheckResult, 'condition' | 'since' | 'flapping' | 'held' | 'acknowledged'>> {
	const target = targetsOfChecks([check]).find(({ key }) => key === check.name);
	if (!target) throw new RangeError('A check is always its own target.');
	const { signal } = options;
	const look = await lookOnce(target, { context: options, signal, lookAt });
	signal?.throwIfAborted();
	const {
		condition: _,
		since: _since,
		flapping: _flapping,
		held: _held,
		acknowledged: _word,
		...result
	} = resultWithoutMemory(target, look);
	return result;
}
