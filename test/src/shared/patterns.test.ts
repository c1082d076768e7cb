import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { compilePatterns, patternProblem } from '../../../src/shared';
import { Scope } from '../../support/scope';
import { randomFrom } from '../../support/random';

/** The paths of a tree; a slash at the end marks a directory. */
function kept(tree: string[], lists: Parameters<typeof compilePatterns>[0]): string[] {
	const filter = compilePatterns(lists);
	return tree.filter((path) => filter(path.replace(/\/$/, ''), path.endsWith('/')));
}

describe('exclude patterns', () => {
	it.each([
		['a name at any depth', '*.log', ['x.log', 'a/x.log', 'a/b/.log'], ['x.log.gz', 'a/log']],
		['a name tied to the top', '/cache', ['cache', 'cache/x'], ['a/cache', 'cached']],
		['a path tied to the top', 'var/log', ['var/log', 'var/log/x'], ['a/var/log', 'var/logs']],
		['directories only', 'tmp/', ['tmp/', 'tmp/x', 'a/tmp/x'], ['tmp', 'a/tmp']],
		['any number of directories between', 'a/**/b', ['a/b', 'a/x/b', 'a/x/y/b/z'], ['b', 'a/xb', 'x/a/b']],
		['everything inside, not the directory', 'a/**', ['a/x', 'a/x/y'], ['a/', 'b/a/x']],
		['any depth, tied to no place', '**/a/b', ['a/b', 'x/a/b', 'x/y/a/b/c'], ['a', 'a/x/b']],
		['one character', 'a?', ['ab', 'a.', 'aé', 'a😀'], ['a', 'abc']],
		['a set of characters', '[a-c]x', ['ax', 'cx'], ['dx', 'x', 'Ax']],
		['the complement of a set', '[!a-c]x', ['dx', '-x'], ['ax', 'x']],
		['a bracket and a hyphen in a set', '[]-]', [']', '-'], ['a']],
		['literal characters', '\\*\\[\\{\\?\\\\', ['*[{?\\'], ['x[{?\\']],
		['a literal exclamation mark', '\\!a', ['!a'], ['a']],
		['names with line breaks, quotes and leading hyphens', '-*', ['-a\nb', '-\'"', 'a/-'], ['a-']],
		['names that look like regular expressions', 'a.(b)+$', ['a.(b)+$'], ['aX(b)+$', 'a.bb']],
	])('match %s: %s', (_, pattern, excluded, others) => {
		expect(kept([...excluded, ...others], { exclude: [pattern] })).toEqual(others);
	});

	it('win over include patterns, and nothing below an excluded directory comes back', () => {
		const tree = ['www/', 'www/cache/', 'www/cache/a.php', 'www/index.php', 'www/x.log'];
		expect(kept(tree, { include: ['www/', '/www/cache/a.php'], exclude: ['cache/', '*.log'] })).toEqual([
			'www/',
			'www/index.php',
		]);
	});

	it('tell upper from lower case and composed from decomposed letters', () => {
		expect(kept(['A.LOG', 'cafe\u0301'], { exclude: ['*.log', 'caf\u00e9'] })).toEqual([
			'A.LOG',
			'cafe\u0301',
		]);
	});

	it('agree with git on thousands of random patterns and paths', async () => {
		const scope = await Scope.open('patterns');
		try {
			const git = (args: string[], input = ''): string => {
				const { status, stdout } = spawnSync('git', args, { cwd: scope.folder, input, encoding: 'utf8' });
				// 1: none of the paths is ignored.
				if (status !== 0 && status !== 1) throw new Error(`git ${args.join(' ')} ended with ${status}.`);
				return stdout;
			};
			git(['init', '--quiet']);
			const names = ['a', 'b', 'ab', '.a', 'a.b'];
			const tree = names.flatMap((one) => [
				`d${one}/`,
				...names.flatMap((two) => [`d${one}/${two}`, `d${one}/d${two}/`, `d${one}/d${two}/${one}`]),
				one,
			]);
			for (const path of tree) {
				if (path.endsWith('/')) mkdirSync(scope.path(path), { recursive: true });
				else writeFileSync(scope.path(path), '');
			}
			const random = randomFrom(20_260_101);
			const pick = (choices: string[]): string => choices[Math.floor(random() * choices.length)] ?? '';
			const part = (): string => pick(['a', 'b', 'd', '*', '?', '.', '[a-b]', '[!a]', 'da', 'd*']);
			const name = (): string => pick(['**', part(), part() + part(), part() + part()]);
			let compared = 0;
			for (let round = 0; round < 300; round++) {
				const patterns = Array.from({ length: 1 + Math.floor(random() * 2) }, () => {
					const depth = 1 + Math.floor(random() * 3);
					return pick(['', '', '/']) + Array.from({ length: depth }, name).join('/') + pick(['', '', '/']);
				}).filter((pattern) => patternProblem(pattern) === undefined);
				if (patterns.length === 0) continue;
				writeFileSync(scope.path('.git/info/exclude'), `${patterns.join('\n')}\n`);
				const paths = tree.map((path) => path.replace(/\/$/, ''));
				const ignored = new Set(git(['check-ignore', '--no-index', '--stdin'], paths.join('\n')).split('\n'));
				const expected = tree.filter((path) => !ignored.has(path.replace(/\/$/, '')));
				expect({ patterns, kept: kept(tree, { exclude: patterns }) }).toEqual({ patterns, kept: expected });
				compared += tree.length;
			}
			expect(compared).toBeGreaterThan(10_000);
		} finally {
			await scope.close();
		}
	});

	it('take a steady time for names made to keep a matcher busy', () => {
		const filter = compilePatterns({ exclude: [`${'*a'.repeat(100)}b`, `${'**/a/'.repeat(50)}b`] });
		const started = performance.now();
		for (let round = 0; round < 100; round++) {
			expect(filter('a'.repeat(255), false)).toBe(true);
			expect(filter(`${'a/'.repeat(300)}c${round}/x`, false)).toBe(true);
		}
		expect(performance.now() - started).toBeLessThan(10_000);
	});
});

describe('include patterns', () => {
	const tree = ['a/', 'a/x.jpg', 'a/x.txt', 'b/', 'b/c/', 'b/c/y.txt', 'b/d/', 'z.jpg'];

	it('keep everything when there is none', () => {
		expect(kept(['', ...tree], {})).toEqual(['', ...tree]);
	});

	it('keep what matches, wherever it is, and the directories in which it may be', () => {
		expect(kept(tree, { include: ['*.jpg'] })).toEqual(['a/', 'a/x.jpg', 'b/', 'b/c/', 'b/d/', 'z.jpg']);
	});

	it('keep a directory that matches with everything in it, and enter only what leads there', () => {
		expect(kept(tree, { include: ['/b/c'] })).toEqual(['b/', 'b/c/', 'b/c/y.txt']);
		expect(kept(tree, { include: ['b/**/*.txt'] })).toEqual(['b/', 'b/c/', 'b/c/y.txt', 'b/d/']);
	});

	it('do not keep a file that has the name of a directory on the way', () => {
		expect(kept(['b'], { include: ['/b/c', 'b/'] })).toEqual([]);
	});

	it('always keep the root of the source', () => {
		expect(kept([''], { include: ['/b'], exclude: ['*'] })).toEqual(['']);
	});

	it('can be asked after the walk which of them matched nothing', () => {
		const filter = compilePatterns({ include: ['*.jpg', '/uplaods/', 'b/c'] });
		for (const path of tree) filter(path.replace(/\/$/, ''), path.endsWith('/'));
		expect(filter.unusedIncludes()).toEqual(['/uplaods/']);
	});
});

describe('a pattern that would not mean what it seems to', () => {
	it.each([
		['', 'must not be empty'],
		['/', 'the whole source'],
		['!keep', 'listed in "include"'],
		['a//b', 'must not hold "//"'],
		['../x', 'must not hold ".."'],
		['./x', 'must not hold "."'],
		['a**', '"**" must stand alone'],
		['*.{log,tmp}', 'one pattern for each'],
		['a[b', 'without its "]"'],
		['a\\', 'lone "\\"'],
		['a\0', 'NUL'],
		['a\ud800', 'half a character'],
	])('is refused: %j', (pattern, reason) => {
		expect(patternProblem(pattern)).toContain(reason);
		expect(() => compilePatterns({ include: [pattern] })).toThrow(RangeError);
	});
});
