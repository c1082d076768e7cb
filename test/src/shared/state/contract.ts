import type { StateStore } from '../../../../src/shared';

/**
 * What every adapter for state has to keep to.
 * @param open opens the same, at first empty, state anew each time, as another process would
 */
export function keepsTheContractOfState(open: () => StateStore): void {
	test('there is nothing until something is stored, and then it is there for everybody', async () => {
		expect(await open().get('journal')).toBeUndefined();
		const version = await open().compareAndSet('journal', undefined, { a: [1, null, 'ü'] });
		expect(await open().get('journal')).toEqual({ value: { a: [1, null, 'ü'] }, version });
	});

	test('who has not seen the newest version changes nothing', async () => {
		const store = open();
		const first = await store.compareAndSet('journal', undefined, 1);
		expect(await store.compareAndSet('journal', undefined, 2)).toBeUndefined();
		const second = await store.compareAndSet('journal', first, 3);
		expect(second).not.toBe(first);
		expect(await open().compareAndSet('journal', first, 4)).toBeUndefined();
		expect(await open().delete('journal', String(first))).toBe(false);
		expect(await open().get('journal')).toEqual({ value: 3, version: second });
	});

	test('what is deleted is gone, can be made anew, and is not revived by who has seen the former one', async () => {
		const store = open();
		const first = String(await store.compareAndSet('journal', undefined, 1));
		expect(await store.delete('journal', first)).toBe(true);
		expect(await store.get('journal')).toBeUndefined();
		expect(await store.keys('')).toEqual([]);
		expect(await store.delete('journal', first)).toBe(false);
		expect(await store.compareAndSet('journal', first, 2)).toBeUndefined();
		expect(await store.compareAndSet('journal', undefined, 3)).toBeDefined();
		expect(await store.compareAndSet('journal', first, 4)).toBeUndefined();
		expect(await store.get('journal')).toMatchObject({ value: 3 });
	});

	test('of many who change one document at the same time, each change is made once', async () => {
		const count = async (): Promise<void> => {
			const store = open();
			for (;;) {
				const before = await store.get('counter');
				const value = (before?.value as number | undefined) ?? 0;
				if ((await store.compareAndSet('counter', before?.version, value + 1)) !== undefined) return;
			}
		};
		await Promise.all(Array.from({ length: 25 }, count));
		expect(await open().get('counter')).toMatchObject({ value: 25 });
	});

	test('keys are listed by their beginning, in order, without those of what is deleted', async () => {
		const store = open();
		expect(await store.keys('')).toEqual([]);
		for (const key of ['b/2', 'b/1', 'a', 'b.x', 'c/1.2', 'b/deep/1', 'b/3'])
			await store.compareAndSet(key, undefined, key);
		await store.compareAndSet('b/1', (await store.get('b/1'))?.version, 'again');
		await store.delete('b/3', String((await store.get('b/3'))?.version));
		expect(await open().keys('b/')).toEqual(['b/1', 'b/2', 'b/deep/1']);
		expect(await store.keys('b/d')).toEqual(['b/deep/1']);
		expect(await store.keys('b')).toEqual(['b.x', 'b/1', 'b/2', 'b/deep/1']);
		expect(await store.keys('')).toEqual(['a', 'b.x', 'b/1', 'b/2', 'b/deep/1', 'c/1.2']);
		expect(await store.keys('../')).toEqual([]);
	});

	test.each([
		'',
		'/a',
		'a/',
		'../a',
		'a/../b',
		'A',
		'a b',
		'.a',
		'a//b',
		'a/b/c/d/e/f/g',
		'a\n',
		'x'.repeat(201),
	])('the key %j is refused', async (key) => {
		await expect(open().compareAndSet(key, undefined, 1)).rejects.toThrow(RangeError);
		await expect(open().get(key)).rejects.toThrow(RangeError);
	});
}
