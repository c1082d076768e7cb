/** A test of one path; see {@link compilePatterns}. */
export interface PathFilter {
	/**
	 * Whether the entry belongs to the backup. A directory that this refuses need not be entered.
	 *
	 * @param relativePath path below the root of the source, names separated by `/`, without a leading or
	 *   trailing one; the empty string is the root itself
	 */
	(relativePath: string, isDirectory: boolean): boolean;
	/** Include patterns that no path has matched so far: after a whole walk, patterns that were mistyped. */
	unusedIncludes(): string[];
}

export interface PatternLists {
	include?: readonly string[] | undefined;
	exclude?: readonly string[] | undefined;
}

/** Matches one name of a path. */
type NameTest = (name: string) => boolean;

/** A pattern as the tests of the names on the way from the root; `ANY_DEPTH` is any number of names. */
interface Pattern {
	text: string;
	names: Array<NameTest | typeof ANY_DEPTH>;
	directoriesOnly: boolean;
}

const ANY_DEPTH = Symbol('**');

/** Half of a character, which cannot be written as UTF-8 and so is in no path. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

/** How far a pattern is satisfied by a path: the indices of `names` that may come next. */
type Progress = readonly number[];

/**
 * What is wrong with a pattern, or undefined.
 *
 * The syntax is a part of gitignore's: `*`, `?`, `[a-z]`, `[!a-z]` within a name, `**` as a whole name, `\` before
 * a character that is meant literally, `/` at the start or in the middle ties a pattern to the root, `/` at the end
 * limits it to directories. Case and Unicode form count.
 */
export function patternProblem(text: string): string | undefined {
	if (text === '') return 'must not be empty';
	if (text.includes('\0') || LONE_SURROGATE.test(text)) return 'must not hold NUL or half a character';
	if (text.startsWith('!')) {
		return 'must not start with "!": what is to be kept is listed in "include"; for a name that starts with it write "\\!"';
	}
	const names = splitNames(text);
	if (names.length === 0) return 'must name something: "/" alone is the whole source';
	for (const name of names) {
		if (name === '') return 'must not hold "//"';
		if (name === '.' || name === '..') return `must not hold "${name}": patterns are relative to the source`;
		if (name !== '**' && /(?<!\\)\*\*/.test(name))
			return '"**" must stand alone between slashes, as in "a/**/b"';
		if (/(?<!\\)(\\\\)*[{}]/.test(name)) {
			return 'braces are not alternatives here: write one pattern for each; for a literal brace write "\\{"';
		}
		if (/(?<!\\)(\\\\)*\\$/.test(name)) return 'must not end a name with a lone "\\"';
		if (tokensOf(name) === undefined) return 'has a "[" without its "]"; for a literal bracket write "\\["';
	}
	return undefined;
}

/**
 * Turns include and exclude patterns into one test. Without include patterns everything is included; exclude wins
 * over include; a directory that matches stands for everything in it. Directories in which an include pattern can
 * still match pass the test as well, so that they are entered and restored with their owner and mode.
 *
 * Patterns are expected to have passed {@link patternProblem}; a broken one throws a RangeError.
 */
export function compilePatterns({ include = [], exclude = [] }: PatternLists): PathFilter {
	const included = new PatternSet(include);
	const excluded = new PatternSet(exclude);
	const test = (relativePath: string, isDirectory: boolean): boolean => {
		if (relativePath === '') return true;
		if (exclude.length > 0 && excluded.match(relativePath, isDirectory) === 'yes') return false;
		if (include.length === 0) return true;
		const answer = included.match(relativePath, isDirectory);
		return answer === 'yes' || (answer === 'below' && isDirectory);
	};
	return Object.assign(test, { unusedIncludes: () => included.unused() });
}

/** The state of a directory: for each pattern its progress, or `whole` when everything below matches. */
type DirectoryState = Progress[] | 'whole';

class PatternSet {
	private readonly patterns: Pattern[];
	private readonly used = new Set<number>();
	private readonly start: Progress[];
	/** The directory that was asked for last: a walk asks for its entries one after the other. */
	private lastDirectory = { path: '', state: [] as DirectoryState };

	constructor(texts: readonly string[]) {
		this.patterns = texts.map(parsePattern);
		this.start = this.patterns.map((pattern) => closure(pattern, [0]));
		this.lastDirectory.state = this.start;
	}

	/** `yes`: matched, itself or by a directory above; `below`: something in it may match; else `no`. */
	match(path: string, isDirectory: boolean): 'yes' | 'below' | 'no' {
		const slash = path.lastIndexOf('/');
		const parent = this.stateOf(slash < 0 ? '' : path.slice(0, slash));
		if (parent === 'whole') return 'yes';
		const next = this.enter(parent, path.slice(slash + 1), isDirectory);
		if (next === 'whole') return 'yes';
		return next.some((progress) => progress.length > 0) ? 'below' : 'no';
	}

	unused(): string[] {
		return this.patterns.filter((_, index) => !this.used.has(index)).map(({ text }) => text);
	}

	private stateOf(directory: string): DirectoryState {
		if (directory === '') return this.start;
		if (this.lastDirectory.path === directory) return this.lastDirectory.state;
		let state: DirectoryState = this.start;
		for (const name of directory.split('/')) {
			if (state === 'whole') break;
			state = this.enter(state, name, true);
		}
		this.lastDirectory = { path: directory, state };
		return state;
	}

	private enter(state: Progress[], name: string, isDirectory: boolean): DirectoryState {
		let whole = false;
		const next = this.patterns.map((pattern, index) => {
			const progress = advance(pattern, state[index] ?? [], name);
			const matched = progress.includes(pattern.names.length) && (isDirectory || !pattern.directoriesOnly);
			if (matched) this.used.add(index);
			whole ||= matched;
			return progress.filter((position) => position < pattern.names.length);
		});
		return whole ? 'whole' : next;
	}
}

/** `**` may stand for no name at all, so the position behind it is reached together with its own. */
function closure(pattern: Pattern, positions: number[]): Progress {
	const reached = new Set<number>();
	for (let position of positions) {
		reached.add(position);
		while (pattern.names[position] === ANY_DEPTH) reached.add(++position);
	}
	return [...reached];
}

function advance(pattern: Pattern, progress: Progress, name: string): Progress {
	const next: number[] = [];
	for (const position of progress) {
		const test = pattern.names[position];
		if (test === ANY_DEPTH) next.push(position);
		else if (test?.(name)) next.push(position + 1);
	}
	return next.length === 0 ? next : closure(pattern, next);
}

function splitNames(text: string): string[] {
	const bare = text.replace(/^\//, '').replace(/\/$/, '');
	return bare === '' ? [] : bare.split('/');
}

function parsePattern(text: string): Pattern {
	const problem = patternProblem(text);
	if (problem !== undefined) throw new RangeError(`The pattern ${JSON.stringify(text)} ${problem}.`);
	const texts = splitNames(text);
	const tied = text.startsWith('/') || texts.length > 1;
	if (!tied) texts.unshift('**');
	// "a/**" is everything in a, but not a itself.
	if (texts.at(-1) === '**') texts.push('*');
	return {
		text,
		names: texts.map((name) => (name === '**' ? ANY_DEPTH : nameTest(name))),
		directoriesOnly: text.endsWith('/'),
	};
}

type Token = { kind: 'run' } | { kind: 'one'; accepts: (character: string) => boolean };

/** Compares by the shortest run of each `*`, going back to the last one only: never more than name × pattern steps. */
function nameTest(text: string): NameTest {
	if (!/[*?[\\]/.test(text)) return (name) => name === text;
	const tokens = tokensOf(text) ?? [];
	return (name) => {
		const characters = [...name];
		let token = 0;
		let position = 0;
		let retry: { token: number; position: number } | undefined;
		while (position < characters.length) {
			const current = tokens[token];
			if (current?.kind === 'run') {
				retry = { token: ++token, position };
			} else if (current?.accepts(characters[position] ?? '')) {
				token++;
				position++;
			} else if (retry) {
				token = retry.token;
				position = ++retry.position;
			} else {
				return false;
			}
		}
		return tokens.slice(token).every(({ kind }) => kind === 'run');
	};
}

/** The parts of a name pattern, or undefined when a bracket is not closed. */
function tokensOf(text: string): Token[] | undefined {
	const tokens: Token[] = [];
	const characters = [...text];
	for (let index = 0; index < characters.length; index++) {
		const character = characters[index] ?? '';
		if (character === '*') {
			tokens.push({ kind: 'run' });
		} else if (character === '?') {
			tokens.push({ kind: 'one', accepts: () => true });
		} else if (character === '[') {
			const end = characters.indexOf(']', index + (characters[index + 1] === '!' ? 3 : 2));
			if (end < 0) return undefined;
			tokens.push({ kind: 'one', accepts: bracketTest(characters.slice(index + 1, end)) });
			index = end;
		} else {
			const literal = character === '\\' ? (characters[++index] ?? '') : character;
			tokens.push({ kind: 'one', accepts: (other) => other === literal });
		}
	}
	return tokens;
}

function bracketTest(content: string[]): (character: string) => boolean {
	const negated = content[0] === '!';
	const members = negated ? content.slice(1) : content;
	const ranges: Array<[number, number]> = [];
	for (let index = 0; index < members.length; index++) {
		const from = members[index]?.codePointAt(0) ?? 0;
		const isRange = members[index + 1] === '-' && index + 2 < members.length;
		const to = isRange ? (members[index + 2]?.codePointAt(0) ?? 0) : from;
		ranges.push([from, to]);
		if (isRange) index += 2;
	}
	return (character) => {
		const point = character.codePointAt(0) ?? 0;
		return ranges.some(([from, to]) => from <= point && point <= to) !== negated;
	};
}
