import { measureStore, usualMessages } from '../bench/store';
import { Scope } from '../support/scope';

test('CS-33: beside three times as many messages everything is still read by indexes, stored, exported and erased', async () => {
	const found = [];
	for (const times of [1, 3]) {
		const scope = await Scope.open('large-store');
		try {
			found.push(await measureStore(scope, times * usualMessages(), (text) => console.error(text)));
		} finally {
			await scope.close();
		}
	}
	for (const { sequentialScans } of found) expect(sequentialScans).toMatchObject({ value: 0 });
	const [small, large] = found.map(numbers);
	for (const [name, value] of large ?? []) {
		const before = small?.get(name);
		if (before !== undefined && before > 0) console.error(`${name}: ${(value / before).toFixed(2)} times`);
	}
}, 3_600_000);

/** All numbers by their path. */
function numbers(value: unknown): Map<string, number> {
	const found = new Map<string, number>();
	const look = (part: unknown, path: string): void => {
		if (typeof part === 'number') found.set(path, part);
		else if (typeof part === 'object' && part !== null)
			for (const [name, inner] of Object.entries(part)) look(inner, path === '' ? name : `${path}.${name}`);
	};
	look(value, '');
	return found;
}
