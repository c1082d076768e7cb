import { useKilledRuns } from '../src/backup/killed-runs';

const runs = useKilledRuns('fifty-killed-runs');

test('BK-2: fifty runs killed at random moments leave nothing that lists as good and is not, and nothing behind', async () => {
	const seed = Number(process.env['OPSDESK_TEST_SEED'] ?? Date.now() % 1_000_000);
	await runs.kill(50, seed);
}, 1_800_000);
