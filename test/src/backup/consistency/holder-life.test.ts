import { holderLife } from '../../../../src/backup/consistency/holder-life';
import { newHolder } from '../../../../src/backup/lock-holder';

const now = new Date('2026-11-20T08:00:00.000Z');
const times = { heartbeatMs: 20_000, deadAfterMs: 180_000, maxAgeMs: 6 * 3_600_000 };
const ago = (ms: number): string => new Date(now.getTime() - ms).toISOString();

const minute = 60_000;
const hour = 60 * minute;

test.each<[string, { left?: boolean; since?: string; aliveAt?: string; gone?: boolean }, string]>([
	['that showed life just now', {}, 'alive'],
	['whose process is gone', { gone: true }, 'gone'],
	['that has ended and left something', { left: true }, 'left'],
	['that showed life two minutes ago', { aliveAt: ago(2 * minute) }, 'alive'],
	['that showed no life for four minutes', { aliveAt: ago(4 * minute) }, 'gone'],
	[
		'whose last sign of life lies an hour ahead, as after a jump of the clock',
		{ aliveAt: ago(-hour) },
		'gone',
	],
	['at work for five hours', { since: ago(5 * hour) }, 'alive'],
	['at work for seven hours', { since: ago(7 * hour) }, 'overdue'],
])('BK-5: a run %s', (_, { left = false, since = ago(minute), aliveAt = ago(1000), gone = false }, life) => {
	const run = { left, since, aliveAt, holder: newHolder('run', now) };
	expect(holderLife(run, now, times, () => gone)).toBe(life);
});
