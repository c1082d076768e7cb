import { judgeFollower, noteOutcome } from '../../../../src/docker/healing';
import { ended, look, minute, second, Watched } from './machine';

const sick = look({ health: 'unhealthy' });
const yearMs = 365 * 24 * 60 * minute;

test('restarts of which nobody has seen the outcome count as our own, so they come to an end', () => {
	const watched = new Watched();
	const actions = [1, 2, 3, 4].map((at) => {
		const { action, alert } = watched.look({ ...sick, startedAt: at });
		// The engine answers neither the restart nor the look after it, and restarts the container all the same.
		if (action === 'restart' && watched.record) watched.record = noteOutcome(watched.record, undefined);
		watched.after(3 * minute);
		return [action, alert];
	});
	expect(actions).toEqual([
		['restart', null],
		['restart', null],
		['restart', null],
		['quarantine', 'quarantine'],
	]);
});

test('a restart that has not begun when it is looked at is not taken for one of somebody else later', () => {
	const watched = new Watched();
	watched.heal(sick, sick);
	const again = watched.after(minute).look({ ...sick, startedAt: 77 });
	expect(again).toMatchObject({ action: 'restart', attempt: 2, released: null });
});

test('DK-15 a person who stops a container after a restart that n8n did not survive is respected', () => {
	const watched = new Watched();
	watched.look(sick);
	const stopped = ended({ startedAt: 50, finishedAt: 90, stoppedBy: 'person', exitCode: 143 });
	expect(watched.after(60 * minute).look(stopped)).toMatchObject({
		action: 'leave',
		reason: 'stopped_by_person',
	});
});

test('DK-21 an attempt that a wrong clock has put a year ahead holds up nobody', () => {
	const watched = new Watched();
	watched.after(yearMs).look(sick, { run: 'other' });
	watched.after(-yearMs);
	expect(watched.look({ ...sick, startedAt: 5 }, { run: 'own' }).reason).not.toBe('another_run');
});

test('DK-17 nobody is called for a container that a backup holds, whoever may have ended it', () => {
	const watched = new Watched();
	const hold = { by: 'backup', reason: 'a backup of "shop" has stopped it' } as const;
	const gone = ended({ stoppedBy: 'unknown', exitCode: 137, restartPolicy: 'unless-stopped' });
	expect(watched.look(gone, { hold })).toMatchObject({ reason: 'held_by_backup', alert: null });
	expect(watched.look(look({ state: 'dead' }), { hold }).alert).toBeNull();
	expect(watched.after(second).look(gone).alert).toBe('stop_unknown');
});

test('a container that healing shall leave alone is not restarted after another one either', () => {
	const { policy, now } = new Watched();
	const situation = { now, run: 'run', policy, random: () => 0, attemptMs: minute, tellMs: minute };
	const follow = (ignored: boolean) =>
		judgeFollower(undefined, look({ ignored }), 'namespace_of_restarted', situation).decision;
	expect(follow(true)).toMatchObject({ action: 'leave', reason: 'ignored' });
	expect(follow(false).action).toBe('restart');
});

test('DK-21 after a start of the other container what shares its network is restarted once, whatever the clock of the engine says', () => {
	const { policy, now } = new Watched();
	const situation = { now, run: 'run', policy, random: () => 0, attemptMs: minute, tellMs: minute };
	const follow = (record: Parameters<typeof judgeFollower>[0], startedAt: number, leaderStartedAt: number) =>
		judgeFollower(record, look({ startedAt }), 'namespace_of_restarted', situation, leaderStartedAt);
	const first = follow(undefined, 5, 100);
	expect(first.decision).toMatchObject({ action: 'restart', condition: 'cut_off' });
	// The restart did not come about, so it is still due.
	const failed = noteOutcome(first.record, ended({ startedAt: 5 }));
	expect(follow({ ...failed, nextAttemptAt: null }, 5, 100).decision.action).toBe('restart');
	// The clock was set back, so that its start seems to be before that of the other one again.
	const restarted = noteOutcome(first.record, look({ startedAt: 7 }));
	expect(follow({ ...restarted, nextAttemptAt: null }, 7, 100).decision).toMatchObject({ reason: 'well' });
	expect(follow({ ...restarted, nextAttemptAt: null }, 7, 200).decision.action).toBe('restart');
});
