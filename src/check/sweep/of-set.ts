import type { Level } from '../alert';
import type { Finding } from '../probes/probe';
import type { ClaimOptions } from './claim';
import type { Look } from './judge';
import { remembered, type Memory } from './memory';
import type { JudgedTarget } from './targets';

/** What is said of all checks of a set together. */
export interface SaidOfSet {
	/** What it is known by among the targets. */
	key: string;
	severity: Exclude<Level, 'ok'>;
	/** Undefined where this run can say nothing of it. */
	finding: Finding | undefined;
}

/**
 * Takes what is said of the set in among what is judged: when there is a trouble, and until it was told that this is over.
 * So it is told once, and again when nobody was reached, as everything else.
 *
 * @param now in milliseconds since 1970
 */
export function withSet(
	memory: Memory,
	said: readonly SaidOfSet[],
	{ run, by, now }: Pick<ClaimOptions, 'run' | 'by'> & { now: number },
): { memory: Memory; targets: JudgedTarget[]; looks: Map<string, Look> } {
	const after = new Map(memory);
	const targets: JudgedTarget[] = [];
	const looks = new Map<string, Look>();
	for (const { key, severity, finding } of said) {
		if (finding?.level !== 'critical' && finding?.level !== 'warning' && !isTold(memory, key)) continue;
		const target = targetOf(key, severity);
		targets.push(target);
		// What was told holds on while nothing is known of it.
		if (finding === undefined) continue;
		const busy = { run, by, from: now, until: now + 1000 };
		after.set(key, { ...remembered(memory, target, now), busy });
		looks.set(key, { finding, at: now, attempts: 1 });
	}
	return { memory: after, targets, looks };
}

/** Whether people have been told of a trouble that they have not been told the end of, or are about to be. */
export function isTold(memory: Memory, key: string): boolean {
	const record = memory.get(key)?.record;
	if (record === undefined) return false;
	return record.told.condition !== 'ok' || record.offered !== null || record.condition !== 'ok';
}

const day = 24 * 60 * 60_000;

function targetOf(key: string, severity: SaidOfSet['severity']): JudgedTarget {
	return {
		...{ key, site: null, owner: null, maintenance: [], parents: [] },
		check: { name: key, type: 'set', severity },
		policy: { failures: 1, outOf: null, recoveries: 1, forMs: 0, reminderMs: day, flapping: false },
	};
}
