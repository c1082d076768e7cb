import { compareVersions, isRange, satisfies } from '../../../src/workflows';

test('versions are compared number by number', () => {
	const versions = ['1.10.0', '0.9.9', '1.2.0', '1.2.0'];
	expect(versions.sort(compareVersions)).toEqual(['0.9.9', '1.2.0', '1.2.0', '1.10.0']);
	expect(() => compareVersions('1.2', '1.2.3')).toThrow('1.2 is not a version');
});

test.each([
	['0.1.0', '>=0.1.0 <1.0.0', true],
	['0.0.9', '>=0.1.0 <1.0.0', false],
	['1.0.0', '>=0.1.0 <1.0.0', false],
	['2.41.1', '>=2.41.0', true],
])('%s in %s: %s', (version, range, expected) => {
	expect(satisfies(version, range)).toBe(expected);
});

test('only ranges of the two known kinds are ranges', () => {
	expect(['>=1.0.0', '>=0.1.0 <1.0.0', '^1.0.0', '1.0.0', ''].map(isRange)).toEqual([
		true,
		true,
		false,
		false,
		false,
	]);
});
