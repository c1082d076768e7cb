import { randomUUID } from 'node:crypto';

import { answerNotice, type FoundLevel, type Reached } from '../../../../src/check/alert';
import { alertsOf, toldOf, type Alert } from '../../../../src/check/sweep/alerts';
import { judgeAll, type Look } from '../../../../src/check/sweep/judge';
import type { Memory } from '../../../../src/check/sweep/memory';
import type { Target } from '../../../../src/check/sweep/targets';
import { dropUnlisted } from '../../../../src/check/sweep/unlisted';

export const minute = 60_000;
export const start = Date.UTC(2026, 0, 1, 12);

/** Checks that are made each minute, and somebody who is told. */
export class Checks {
	memory: Memory = new Map();
	now = start;
	readonly told: Alert[] = [];

	constructor(
		public targets: readonly Target[],
		private readonly timeZone = 'UTC',
		private readonly countAsTold = false,
	) {}

	/** One run. @param found of targets; all others are well */
	run(
		found: Record<string, FoundLevel | [FoundLevel, string]> = {},
		reached: Reached = 'everybody',
	): Alert[] {
		this.now += minute;
		const { now, timeZone, countAsTold } = this;
		const looks = new Map(this.targets.map(({ key }) => [key, lookOf(found[key] ?? 'ok', now)]));
		const options = { now, timeZone, newId: randomUUID, set: 'shop', groupAbove: 3, countAsTold };
		const { memory, result } = judgeAll(this.memory, this.targets, looks, options);
		const dropped = dropUnlisted(memory, this.targets, options);
		const told = [...result.noticed.flatMap(toldOf), ...dropped.result];
		const alerts = alertsOf(told, dropped.memory, now, timeZone);
		const after = new Map(dropped.memory);
		for (const { target, id } of alerts.flatMap(({ notices }) => notices)) {
			const kept = after.get(target);
			if (kept) after.set(target, { ...kept, record: answerNotice(kept.record, id, reached, now) });
		}
		this.memory = after;
		if (reached === 'everybody') this.told.push(...alerts);
		return alerts;
	}

	/** So many runs alike. */
	runs(count: number, found: Record<string, FoundLevel | [FoundLevel, string]> = {}): void {
		for (let made = 0; made < count; made += 1) this.run(found);
	}

	get titles(): string[] {
		return this.told.map(({ title }) => title);
	}
}

function lookOf(found: FoundLevel | [FoundLevel, string], at: number): Look {
	const [level, reason] = Array.isArray(found) ? found : [found, found === 'ok' ? 'ok' : 'refused'];
	const message = level === 'ok' ? 'It answers.' : 'The connection was refused.';
	return { finding: { level, reason, message, latencyMs: null, details: {} }, at, attempts: 1 };
}
