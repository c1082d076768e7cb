/** A word of a statement. */
export interface Token {
	/** `word`: a bare identifier, keyword or number; `name`: an identifier in quotes; `text`: a string; `mark`: the rest. */
	type: 'word' | 'name' | 'text' | 'mark';
	/** Words in lower case, names without their quotes; strings as they are written. */
	value: string;
	/** Where it stands in the statement. */
	begin: number;
	end: number;
}

/** One statement of a script of SQL, as it is written, without its semicolon. */
export interface Statement {
	sql: string;
	tokens: Token[];
}

/** Strings are written as standard_conforming_strings has them, or with an E before them. */
const tokenPattern =
	/(?<space>\s+|--[^\n]*(?:\n|$))|(?<escaped>[eE]'(?:[^'\\]|''|\\[^])*')|(?<text>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")+")|(?<word>[\p{L}_0-9][\p{L}\p{N}_$.]*)|(?<mark>[;(),=+*.-])/uy;
/** What stands in expressions as well: operators, types of arrays. */
const operator = /(?<mark>[^\s\p{L}\p{N}_'"])/uy;
const metaCommand = /\\(?:un)?restrict [A-Za-z0-9]+(?=\n|$)/y;

/**
 * The statements of a script. Of psql's own commands only those are known that keep others out (`\restrict`), so
 * that a statement can be given to psql and is nothing but a statement.
 *
 * @param options with `toReadOnly` operators are let by as well, among which are psql's own marks: what comes of that is to
 * be looked at and never to be given to psql
 * @throws SyntaxError naming the line, never what stands there
 */
export function statementsOf(script: string, options: { toReadOnly?: boolean } = {}): Statement[] {
	const statements: Statement[] = [];
	let tokens: Token[] = [];
	let begin = 0;
	let at = 0;
	while (at < script.length) {
		metaCommand.lastIndex = at;
		const command = tokens.length === 0 ? metaCommand.exec(script) : null;
		if (command) {
			at += command[0].length;
			continue;
		}
		const found = tokenAt(tokenPattern, script, at) ?? (options.toReadOnly && tokenAt(operator, script, at));
		if (!found)
			throw new SyntaxError(`line ${script.slice(0, at).split('\n').length} is no SQL that is known`);
		const next = at + found[0].length;
		const token = tokenOf(found.groups ?? {});
		if (token && tokens.length === 0) begin = at;
		if (token?.type === 'mark' && token.value === ';') {
			statements.push({ sql: script.slice(begin, at), tokens });
			tokens = [];
		} else if (token) {
			tokens.push({ ...token, begin: at - begin, end: next - begin });
		}
		at = next;
	}
	if (tokens.length > 0) throw new SyntaxError('its last statement has no end');
	return statements;
}

function tokenAt(pattern: RegExp, script: string, at: number): RegExpExecArray | null {
	pattern.lastIndex = at;
	return pattern.exec(script);
}

function tokenOf({
	escaped,
	text,
	name,
	word,
	mark,
}: Record<string, string | undefined>): Pick<Token, 'type' | 'value'> | undefined {
	if (word !== undefined) return { type: 'word', value: word.toLowerCase() };
	if (name !== undefined) return { type: 'name', value: name.slice(1, -1).replaceAll('""', '"') };
	const string = escaped ?? text;
	if (string !== undefined) return { type: 'text', value: string };
	return mark === undefined ? undefined : { type: 'mark', value: mark };
}

/** Whether a statement begins with these keywords. */
export function beginsWith(statement: Statement, ...keywords: string[]): boolean {
	return keywords.every((keyword, index) => isWord(statement, index, keyword));
}

/** Whether a keyword is at a place of a statement. */
export function isWord({ tokens }: Statement, index: number, keyword: string): boolean {
	const token = tokens[index];
	return token?.type === 'word' && token.value === keyword;
}

/** Where a keyword first is in a statement; -1 when it is nowhere. */
export function placeOf({ tokens }: Statement, keyword: string): number {
	return tokens.findIndex(({ type, value }) => type === 'word' && value === keyword);
}

/** The identifier at a place of a statement, or undefined when there is none. */
export function identifierAt({ tokens }: Statement, index: number): string | undefined {
	const token = tokens[index];
	return token?.type === 'word' || token?.type === 'name' ? token.value : undefined;
}
