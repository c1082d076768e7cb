import { defaultPolicy } from '../../../../src/docker/healing';
import { ended, look, minute, second, Watched } from './machine';

const unhealthy = look({ health: 'unhealthy', healthOutput: 'connection refused' });

describe('what is done about one look', () => {
	test.each([
		['running with a good check', look({ health: 'healthy' }), 'healthy', 'leave', 'well'],
		['DK-11 running without a check', look(), 'unverified', 'leave', 'well'],
		['starting', look({ health: 'starting' }), 'starting', 'leave', 'starting'],
		['unhealthy', unhealthy, 'unhealthy', 'restart', 'unhealthy'],
		['exited non-zero by itself', ended(), 'failed', 'start', 'failed'],
		['exited 0, policy no: DK-13', ended({ exitCode: 0 }), 'finished', 'leave', 'finished'],
		[
			'exited 0, policy on-failure: DK-13',
			ended({ exitCode: 0, restartPolicy: 'on-failure' }),
			'finished',
			'leave',
			'finished',
		],
		[
			'exited 0 by itself, policy always',
			ended({ exitCode: 0, restartPolicy: 'always' }),
			'failed',
			'start',
			'failed',
		],
		['DK-15 stopped by a person', ended({ stoppedBy: 'person' }), 'stopped', 'leave', 'stopped_by_person'],
		[
			'DK-15 ended while nobody remembers',
			ended({ stoppedBy: 'unknown' }),
			'stop_unknown',
			'leave',
			'stop_unknown',
		],
		['DK-16 paused', look({ state: 'paused' }), 'paused', 'leave', 'paused'],
		['DK-16 created', look({ state: 'created' }), 'never_started', 'leave', 'never_started'],
		['DK-16 removing', look({ state: 'removing' }), 'removing', 'leave', 'removing'],
		['DK-16 dead', look({ state: 'dead' }), 'dead', 'leave', 'cannot_be_restarted'],
		['DK-16 restarting', look({ state: 'restarting' }), 'restarting', 'wait', 'engine_restarts'],
		['of a state unknown here', look({ state: 'hibernating' }), 'stop_unknown', 'leave', 'stop_unknown'],
		['labelled opsdesk.heal=false', ended({ ignored: true }), 'failed', 'leave', 'ignored'],
	])('%s', (_, seen, condition, action, reason) => {
		expect(new Watched().look(seen)).toMatchObject({ condition, action, reason });
	});

	test('DK-11 a container without a check is never called healthy', () => {
		const { message } = new Watched().look(look());
		expect(message).toBe('"shop-web" runs; nothing checks its health.');
	});

	test('DK-10 a slow starter with a start period of 3 minutes may take 4', () => {
		const watched = new Watched();
		const slow = { health: 'unhealthy', startPeriodMs: 3 * minute } as const;
		const early = watched.look(look({ ...slow, ageMs: 3.3 * minute }));
		expect(early).toMatchObject({ action: 'wait', reason: 'start_period' });
		expect(early.nextAttemptAt).toBe(watched.now + 1.2 * minute);
		const healthy = watched.after(0.7 * minute).look(look({ health: 'healthy', ageMs: 4 * minute }));
		expect(healthy.action).toBe('leave');
	});

	test('one that has been healthy since its start gets no second start period', () => {
		const seen = look({ health: 'unhealthy', startPeriodMs: 3 * minute, ageMs: minute, wasHealthy: true });
		expect(new Watched().look(seen).action).toBe('restart');
	});

	test('DK-17 in a backup or a maintenance window nothing is done, and why is told', () => {
		const watched = new Watched();
		const hold = { by: 'backup', reason: 'a backup of "shop" is running' } as const;
		expect(watched.look(ended(), { hold })).toMatchObject({
			action: 'leave',
			reason: 'held_by_backup',
			alert: null,
			message: '"shop-web" has failed (exit code 7). It is left alone: a backup of "shop" is running.',
		});
		expect(watched.look(ended(), { hold: { ...hold, by: 'maintenance' } }).reason).toBe('maintenance');
		expect(watched.look(ended()).action).toBe('start');
	});

	test('DK-7 a protected container is not touched; a person is called once', () => {
		const watched = new Watched();
		const protectedBecause = "it is n8n's own container";
		const first = watched.look(unhealthy, { protectedBecause });
		expect(first).toMatchObject({ action: 'leave', reason: 'protected', alert: 'protected' });
		expect(watched.look(unhealthy, { protectedBecause }).alert).toBeNull();
	});

	test('DK-15 an end nobody remembers is told once, the next one again', () => {
		const watched = new Watched();
		const seen = ended({ stoppedBy: 'unknown', exitCode: 137, restartPolicy: 'unless-stopped' });
		expect(watched.look(seen).alert).toBe('stop_unknown');
		expect(watched.after(5 * minute).look(seen).alert).toBeNull();
		expect(watched.look({ ...seen, finishedAt: 99, startedAt: 98 }).alert).toBe('stop_unknown');
	});
});

describe('back-off and quarantine', () => {
	test('restarts come at once, after 9 and after 18 seconds, then comes quarantine with one alert', () => {
		const watched = new Watched();
		const log: [number, string, string | null][] = [];
		const start = watched.now;
		for (let at = 0; at <= 60; at += 1) {
			const { action, alert } = watched.heal(ended(), ended({ finishedAt: at }));
			if (action !== 'wait' && action !== 'leave') log.push([(watched.now - start) / second, action, alert]);
			watched.after(second);
		}
		expect(log).toEqual([
			[0, 'start', null],
			[9, 'start', null],
			[27, 'start', null],
			[28, 'quarantine', 'quarantine'],
		]);
		expect(watched.look(ended())).toMatchObject({ reason: 'quarantined', quarantined: true, alert: null });
	});

	test('DK-14 out of memory is told as that, once, with longer waits', () => {
		const watched = new Watched();
		const seen = ended({ exitCode: 137, outOfMemory: true, memoryLimitBytes: 512_000_000 });
		const first = watched.heal(seen, seen);
		expect(first).toMatchObject({ action: 'start', condition: 'out_of_memory', alert: 'out_of_memory' });
		expect(first.message).toContain('its limit is 512 MB');
		expect(first.message).toContain('Give it more memory');
		const second_ = watched.after(20 * second).heal(seen, seen);
		expect(second_).toMatchObject({ action: 'wait', nextAttemptAt: watched.now + 34 * second });
		expect(watched.after(40 * second).heal(seen, seen)).toMatchObject({ action: 'start', alert: null });
	});

	test('after ten good minutes the next failure is the first again', () => {
		const watched = new Watched();
		watched.heal(ended(), look({ startedAt: 1 }));
		watched.after(11 * minute).look(look({ startedAt: 1, ageMs: 11 * minute }));
		expect(watched.look(ended({ startedAt: 1 }))).toMatchObject({ action: 'start', attempt: 1 });
	});

	test('a container that fails every nine minutes is quarantined too', () => {
		const watched = new Watched();
		const actions = [1, 2, 3, 4].map((at) => {
			const { action } = watched.heal(ended({ startedAt: at - 1 }), look({ startedAt: at, ageMs: 0 }));
			watched.after(9 * minute).look(look({ startedAt: at, ageMs: 9 * minute }));
			return action;
		});
		expect(actions).toEqual(['start', 'start', 'start', 'quarantine']);
	});

	test('DK-26 a restart that ends in an error counts, and is not taken for a stop by a person', () => {
		const watched = new Watched();
		const failed = ended({ exitCode: 137, finishedAt: 50, stoppedBy: 'person' });
		watched.heal(unhealthy, failed);
		const again = watched.after(minute).heal(failed, look({ startedAt: 55 }));
		expect(again).toMatchObject({ condition: 'failed', action: 'start' });
		const byPerson = ended({ finishedAt: 60, stoppedBy: 'person', startedAt: 55 });
		expect(watched.after(minute).look(byPerson).action).toBe('leave');
	});
});

describe('crash loops under a policy of the engine', () => {
	const loops = { restartPolicy: 'always', exitCode: 7 };

	test('DK-9 a loop is seen in two looks although both find the container running', () => {
		const watched = new Watched();
		const first = watched.look(look({ ...loops, restartCount: 9, startedAt: 10, ageMs: 200 }));
		expect(first).toMatchObject({ action: 'wait', reason: 'engine_restarts', alert: null });
		const next = watched
			.after(5 * minute)
			.look(look({ ...loops, restartCount: 14, startedAt: 20, ageMs: 200 }));
		expect(next).toMatchObject({ action: 'quarantine', condition: 'crash_loop', alert: 'quarantine' });
	});

	test('DK-9 a start by the engine after a look that found it waiting releases nothing', () => {
		const watched = new Watched();
		watched.look(look({ ...loops, state: 'restarting', restartCount: 1 }));
		watched.after(10 * second).look(look({ ...loops, state: 'restarting', restartCount: 6 }));
		expect(watched.record?.quarantinedAt).not.toBeNull();
		const running = look({ ...loops, restartCount: 6, startedAt: 99, ageMs: 100 });
		expect(watched.after(second).look(running)).toMatchObject({ reason: 'quarantined', alert: null });
	});

	test('a container that waited for its database and is through is left alone', () => {
		const watched = new Watched();
		watched.look(look({ ...loops, state: 'restarting', restartCount: 1 }));
		const up = look({ ...loops, restartCount: 5, startedAt: 20, ageMs: 6 * second });
		expect(watched.after(10 * second).look(up)).toMatchObject({ action: 'wait', quarantined: false });
		expect(watched.after(10 * second).look({ ...up, ageMs: 16 * second })).toMatchObject({ reason: 'well' });
	});

	test('restarts of last week make no loop', () => {
		const seen = look({ ...loops, restartCount: 57, ageMs: 3 * second });
		const watched = new Watched();
		watched.look(seen);
		expect(watched.after(second).look({ ...seen, ageMs: 4 * second })).toMatchObject({ action: 'wait' });
		expect(watched.after(minute).look({ ...seen, ageMs: minute })).toMatchObject({ reason: 'well' });
	});
});

describe('the way out of quarantine', () => {
	function quarantined(): Watched {
		const watched = new Watched({ ...defaultPolicy, maxRestarts: 0 });
		expect(watched.look(ended()).action).toBe('quarantine');
		return watched.after(minute);
	}

	test('DK-9 a start by a person', () => {
		const watched = quarantined();
		const started = look({ startedAt: 5, ageMs: second });
		expect(watched.look(started)).toMatchObject({
			action: 'release',
			reason: 'manual_start',
			resolved: false,
		});
		const well = watched.after(minute).look({ ...started, ageMs: minute });
		expect(well).toMatchObject({ reason: 'well', resolved: true });
		expect(watched.after(minute).look({ ...started, ageMs: 2 * minute }).resolved).toBe(false);
	});

	test('DK-9 a new image, and a new container of that name', () => {
		const anew = look({ id: 'b'.repeat(64) });
		expect(quarantined().look({ ...anew, imageId: 'sha256:2' }).reason).toBe('new_image');
		expect(quarantined().look(anew).reason).toBe('new_container');
	});

	test('by hand: what still fails gets its attempts again, and another alert when they are used up', () => {
		const watched = quarantined();
		const released = watched.look(ended(), { release: true, policy: defaultPolicy });
		expect(released).toMatchObject({ action: 'start', attempt: 1, released: 'by_hand' });
		watched.acted(ended());
		expect(watched.after(minute).look(ended())).toMatchObject({ action: 'quarantine', alert: 'quarantine' });
	});

	test('ten good minutes, however they came about', () => {
		const watched = new Watched({ ...defaultPolicy, maxRestarts: 0 });
		watched.look(unhealthy);
		const healthy = look({ health: 'healthy' });
		expect(watched.after(minute).look(healthy)).toMatchObject({ reason: 'quarantined' });
		expect(watched.after(10 * minute).look(healthy)).toMatchObject({ reason: 'recovered', resolved: true });
	});

	test('nothing else: neither a stop by a person nor time', () => {
		const watched = quarantined();
		expect(watched.look(ended({ stoppedBy: 'person' }))).toMatchObject({ quarantined: true });
		expect(watched.after(1e9).look(ended())).toMatchObject({ reason: 'quarantined', alert: null });
	});
});

describe('two at once, and what was killed', () => {
	test('DK-19 what another run heals is left to it, until that could no longer be alive', () => {
		const watched = new Watched();
		expect(watched.look(unhealthy, { run: 'first' }).action).toBe('restart');
		const other = watched.after(30 * second).look(ended({ stoppedBy: 'person' }), { run: 'second' });
		expect(other).toMatchObject({ action: 'wait', reason: 'another_run', alert: null });
		const later = watched.after(minute).look(ended({ stoppedBy: 'person' }), { run: 'second' });
		expect(later).toMatchObject({ action: 'start', condition: 'failed' });
	});

	test('DK-21 a clock that goes back or a year ahead leads to no long wait and no further attempt', () => {
		const watched = new Watched();
		watched.heal(ended(), ended());
		watched.now -= 365 * 24 * 60 * minute;
		const back = watched.look(ended());
		expect(back.action).toBe('wait');
		expect((back.nextAttemptAt ?? 0) - watched.now).toBeLessThanOrEqual(15 * minute);
		expect((back.nextAttemptAt ?? 0) - watched.now).toBeGreaterThan(0);
		watched.now += 2 * 365 * 24 * 60 * minute;
		expect(watched.heal(ended(), ended())).toMatchObject({ action: 'start', attempt: 2 });
	});
});
