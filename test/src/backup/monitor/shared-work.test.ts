import { SharedWork } from '../../../../src/backup/monitor/shared-work';

/** Work that ends when it is told to, or when nobody waits any more and then only if it listens. */
function begun() {
	const calls: { end: (result: string) => void; fail: (thrown: Error) => void; signal: AbortSignal }[] = [];
	const begin = (signal: AbortSignal) =>
		new Promise<string>((end, fail) => void calls.push({ end, fail, signal }));
	return { calls, begin };
}

test('what several want at the same time is done once, and again for who comes later', async () => {
	const shared = new SharedWork<string>();
	const { calls, begin } = begun();
	const both = [shared.join('a', begin), shared.join('a', begin)];
	const other = shared.join('b', begin);
	expect(calls).toHaveLength(2);
	calls[0]?.end('first');
	calls[1]?.end('other');
	expect(await Promise.all([...both, other])).toEqual(['first', 'first', 'other']);
	const later = shared.join('a', begin);
	calls[2]?.end('second');
	expect(await later).toBe('second');
});

test('it goes on while anybody waits, and is ended when nobody does', async () => {
	const shared = new SharedWork<string>();
	const { calls, begin } = begun();
	const [one, two] = [new AbortController(), new AbortController()];
	const both = [shared.join('a', begin, one.signal), shared.join('a', begin, two.signal)];
	one.abort();
	expect(calls[0]?.signal.aborted).toBe(false);
	two.abort();
	expect(calls[0]?.signal.aborted).toBe(true);
	calls[0]?.fail(new Error('cancelled'));
	expect(await Promise.allSettled(both)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
});

test('who comes while ended work still hangs starts no second one, and has it done anew when it is over', async () => {
	const shared = new SharedWork<string>();
	const { calls, begin } = begun();
	const gone = AbortSignal.abort();
	const first = shared.join('a', begin, gone);
	const second = shared.join('a', begin);
	expect(calls).toHaveLength(1);
	calls[0]?.fail(new Error('cancelled'));
	await expect(first).rejects.toThrow('cancelled');
	// Beginning anew takes a turn.
	await new Promise(setImmediate);
	expect(calls).toHaveLength(2);
	calls[1]?.end('anew');
	expect(await second).toBe('anew');
});

test('a failure is that of all who wait', async () => {
	const shared = new SharedWork<string>();
	const { calls, begin } = begun();
	const both = [shared.join('a', begin), shared.join('a', begin)];
	calls[0]?.fail(new Error('broken'));
	for (const one of both) await expect(one).rejects.toThrow('broken');
	expect(calls).toHaveLength(1);
});
