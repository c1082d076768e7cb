import { expectNothingLeaked, useManyRuns } from './many-runs';

const runs = useManyRuns('many-runs');

// A hundred, and whether their memory stays flat, are for the large tests: it takes a while until it would show.
test('BK-42: from run to run in one process no files, sockets, timers, threads, programs or listeners are left', async () => {
	expectNothingLeaked(await runs([3, 6, 10]));
});
