import { expectFlatMemory, expectNothingLeaked, useManyRuns } from '../src/backup/many-runs';

const runs = useManyRuns('hundred-runs');

test('BK-42: after a hundred runs in one process it holds what it held after twenty, and no more memory', async () => {
	const found = await runs([20, 40, 60, 80, 100]);
	expectNothingLeaked(found);
	expectFlatMemory(found);
}, 600_000);
