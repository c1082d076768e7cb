import { defaultPolicy } from '../../../../src/docker/healing';
import { ended, look, minute, second, Watched } from './machine';

const unhealthy = look({ health: 'unhealthy', healthOutput: 'connection refused' });

describe('HC-26 what people are told of a heal', () => {
	const started = look({ startedAt: 5, ageMs: 20 * second });

	test('for how long it was not well, from its end as the engine knows it', () => {
		const watched = new Watched();
		// It was started 60 s ago and has ended 15 s after that.
		const first = watched.look(ended({ startedAt: 0, ageMs: minute, finishedAt: 15 * second }));
		expect(first).toMatchObject({ action: 'start', downMs: null });
		watched.acted(started);
		const well = watched.after(25 * second).look(started);
		expect(well).toMatchObject({ reason: 'well', downMs: 50 * second });
		// Once it has run for long enough, the next trouble is another one.
		expect(watched.after(minute).look({ ...started, ageMs: 2 * minute }).downMs).toBeNull();
	});

	test('a heal that has to wait says until when, and how many attempts were made', () => {
		const watched = new Watched();
		watched.look(ended());
		watched.acted(ended());
		const again = watched.after(second).look(ended());
		expect(again).toMatchObject({ action: 'wait', reason: 'back_off' });
		expect(again.message).toMatch(
			/has failed \(exit code \d+\)\. The next attempt comes in [\d.]+ m?s \(1 of 3 made\)\.$/,
		);
	});

	test('the end of a trouble that people were called for says how long it was', () => {
		const watched = new Watched({ ...defaultPolicy, maxRestarts: 0 });
		watched.look(unhealthy);
		const healthy = look({ health: 'healthy' });
		watched.after(5 * minute).look(healthy);
		const over = watched.after(10 * minute).look(healthy);
		expect(over).toMatchObject({ resolved: true, downMs: 5 * minute });
		expect(over.message).toMatch(/ It was not well for 5 min 0 s\.$/);
	});
});
