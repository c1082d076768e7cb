import { useKilledRuns } from './killed-runs';

const runs = useKilledRuns('killed-runs');

// The same with fifty moments is in test/large.
test('BK-2: whenever a run is killed, what lists as good is good, containers run again, and nothing is left behind', async () => {
	await runs.kill(4, 20_261_121);
});
