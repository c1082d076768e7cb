import { setTimeout as sleep } from 'node:timers/promises';

import { errorMessage, maskSecrets, type Check } from '../../shared';
import type { Finding, ProbeContext } from '../probes/probe';
import type { KnownCertificate } from '../tls';
import type { Look } from './judge';
import type { Target } from './targets';

/** Looks at one target once. */
export type LookAt = (check: Check, context: ProbeContext) => Promise<Finding>;

export interface LookOptions {
	context: Omit<ProbeContext, 'signal'>;
	signal?: AbortSignal | undefined;
	/** How many are looked at at the same time. */
	concurrency: number;
	lookAt: LookAt;
	/** What is known of certificates by earlier looks, by the keys of targets. */
	certificates?: ReadonlyMap<string, readonly KnownCertificate[]> | undefined;
}

/** What a look that ignores its end gets on top. */
const graceMs = 1000;

/** Looks at many targets that are under way. */
export interface Looking {
	/** What was found so far, by the keys of the targets; it grows. */
	looks: ReadonlyMap<string, Look>;
	/** Resolves when the last look is over. @throws the reason of the signal when the run is cancelled */
	done: Promise<void>;
	/** No further look is begun. @returns the keys of the targets that are not looked at */
	close(): Set<string>;
}

/** Looks at all targets, some at a time. One that hangs takes up its own place alone, and no longer than it may. */
export function lookAtAll(targets: readonly Target[], options: LookOptions): Looking {
	const looks = new Map<string, Look>();
	const waiting = [...targets];
	const worker = async (): Promise<void> => {
		for (let target = waiting.shift(); target; target = waiting.shift()) {
			options.signal?.throwIfAborted();
			looks.set(target.key, await lookOnce(target, options));
		}
	};
	const workers = Array.from({ length: Math.min(options.concurrency, targets.length) }, worker);
	const done = Promise.all(workers).then(() => options.signal?.throwIfAborted());
	// It is told to whoever waits for it.
	done.catch(() => undefined);
	return { looks, done, close: () => new Set(waiting.splice(0).map(({ key }) => key)) };
}

/** Looks at one target; ends when its time is over, whatever the target does. */
export async function lookOnce(
	{ check, key }: Pick<Target, 'check' | 'key'>,
	{ context, signal, lookAt, certificates }: Omit<LookOptions, 'concurrency'>,
): Promise<Look> {
	const timeoutMs = Math.round(check.timeoutSeconds * 1000);
	const deadline = new AbortController();
	const ended = AbortSignal.any([deadline.signal, ...(signal ? [signal] : [])]);
	// Named as the limits of the system are, by which probes tell them from a run that was cancelled.
	const timer = setTimeout(
		() => deadline.abort(new DOMException('The time is over.', 'TimeoutError')),
		timeoutMs,
	);
	const late = new AbortController();
	try {
		const finding = await Promise.race([
			lookAt(check, { ...context, signal: ended, certificates: certificates?.get(key) }).catch(unexpected),
			sleep(timeoutMs + graceMs, undefined, { signal: late.signal }).then(() => tooLate(timeoutMs)),
		]);
		const { attempts } = finding.details;
		return { finding, at: Date.now(), attempts: typeof attempts === 'number' ? attempts : 1 };
	} finally {
		clearTimeout(timer);
		late.abort();
	}
}

function tooLate(timeoutMs: number): Finding {
	return {
		level: 'critical',
		reason: 'timeout',
		message: `There was no answer within ${timeoutMs / 1000} seconds.`,
		latencyMs: null,
		details: {},
	};
}

/** A fault of this package: nothing is known of the target. */
function unexpected(thrown: unknown): Finding {
	return {
		level: 'unknown',
		reason: 'internal',
		message: `The check itself failed: ${maskSecrets(errorMessage(thrown))}`,
		latencyMs: null,
		details: {},
	};
}
