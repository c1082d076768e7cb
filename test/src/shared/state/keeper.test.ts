import { FileStateStore, StateKeeper } from '../../../../src/shared';
import { Scope } from '../../../support/scope';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('keeper');
});
afterAll(() => scope.close());

test('of many values the newest is kept, whatever another process has written', async () => {
	const store = new FileStateStore(scope.emptyFolder());
	const keeper = new StateKeeper(store, 'events/one');
	expect(await keeper.read()).toBeUndefined();
	await Promise.all(Array.from({ length: 50 }, (_, value) => keeper.write({ value })));
	expect(await keeper.read()).toEqual({ value: 49 });
	const other = new StateKeeper(store, 'events/one');
	await other.write('other');
	await keeper.write('own');
	expect(await other.read()).toBe('own');
});

test('a value that cannot be written is an error, and the next one is tried again', async () => {
	const real = new FileStateStore(scope.emptyFolder());
	let broken = true;
	const store = Object.assign(Object.create(real) as FileStateStore, {
		get: (key: string) => (broken ? Promise.reject(new Error('full')) : real.get(key)),
	});
	const keeper = new StateKeeper(store, 'events/two');
	await expect(keeper.write(1)).rejects.toThrow('full');
	broken = false;
	await keeper.write(2);
	expect(await keeper.read()).toBe(2);
});
