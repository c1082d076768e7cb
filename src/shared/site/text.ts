import { errorMessage } from '../errors';
import { SiteError } from './errors';

export type SiteFormat = 'yaml' | 'json';

/** Largest definition that is read, in bytes: hundreds of sites fit. */
export const SITE_TEXT_MAX_BYTES = 1_048_576;

/** How often YAML aliases may repeat what they stand for, before it counts as an attack. */
const ALIAS_LIMIT = 100;

/** One slip can make everything after it unreadable; the first faults are those that help. */
const FAULTS_KEPT = 20;

/** A definition as plain values, and where each of them stands. */
export interface ParsedText {
	value: unknown;
	/** Line of the value at `path`, or of the closest one around it; counted from 1. */
	lineOf(path: readonly PropertyKey[]): number | undefined;
}

/**
 * Parses YAML 1.2 or JSON. Refuses what two readers could understand differently (fields that stand twice, several
 * documents, tags) and what is made to exhaust memory. Messages never quote the text.
 *
 * @param source what to call the text in messages, e.g. `sites.yaml`
 */
export async function parseText(
	text: string,
	format: SiteFormat | undefined,
	source: string,
): Promise<ParsedText> {
	assertSize(Buffer.byteLength(text), source);
	const bare = text.replace(/^\uFEFF/, '');
	// Takes 40 ms to load: only for definitions that come as text.
	const { LineCounter, isNode, parseDocument } = await import('yaml');
	const lines = new LineCounter();
	const document = parseDocument(bare, {
		lineCounter: lines,
		prettyErrors: false,
		stringKeys: true,
		version: '1.2',
	});
	const lineAt = (offset: number): number => lines.linePos(offset).line;
	const lineOf = (path: readonly PropertyKey[]): number | undefined => {
		for (let length = path.length; length > 0; length--) {
			const node = document.getIn(path.slice(0, length), true);
			if (isNode(node) && node.range) return lineAt(node.range[0]);
		}
		return undefined;
	};

	const json = format === 'yaml' ? undefined : readJson(bare, format, source);
	const faults = [...document.errors, ...document.warnings].filter(
		({ code }) => json === undefined || code === 'DUPLICATE_KEY',
	);
	if (faults.length > 0) {
		throw syntaxError(
			source,
			faults.map(({ code, pos }) => ({
				line: lineAt(pos[0]),
				problem: YAML_PROBLEMS[code] ?? 'this is not valid YAML',
			})),
		);
	}
	if (json !== undefined) return { value: json.value, lineOf };
	try {
		return { value: document.toJS({ maxAliasCount: ALIAS_LIMIT }), lineOf };
	} catch (error) {
		throw syntaxError(source, [{ problem: aliasProblem(errorMessage(error)) }]);
	}
}

/** Throws `site_too_large` when the text has more bytes than are read. */
export function assertSize(sizeBytes: number, source: string): void {
	if (sizeBytes <= SITE_TEXT_MAX_BYTES) return;
	throw new SiteError(
		'site_too_large',
		`${source} has ${sizeBytes} bytes; site definitions of at most ${SITE_TEXT_MAX_BYTES} bytes are read.`,
		'Check that this is the right file. Many sites can be split over several files.',
	);
}

/** The value of a JSON text; undefined when it is not JSON and need not be. */
function readJson(text: string, format: 'json' | undefined, source: string): { value: unknown } | undefined {
	if (format === undefined && !/^\s*[[{]/.test(text)) return undefined;
	try {
		const value: unknown = JSON.parse(text);
		return { value };
	} catch (error) {
		if (format === undefined) return undefined;
		// The message quotes the text around the fault, so only the place is taken from it.
		const position = /position (\d+)/.exec(errorMessage(error))?.[1];
		const line = position === undefined ? {} : { line: text.slice(0, Number(position)).split('\n').length };
		throw syntaxError(source, [{ ...line, problem: 'is not valid JSON' }]);
	}
}

/** The parser's own messages may quote the text, so each kind of fault has its sentence here. */
const YAML_PROBLEMS: Record<string, string> = {
	BAD_DQ_ESCAPE: 'a "\\" in double quotes is not followed by a known letter; use single quotes',
	BAD_INDENT: 'the indentation does not fit the lines before, or a bracket is not closed',
	BAD_SCALAR_START: 'a value begins with a character that needs quotes around it',
	BLOCK_AS_IMPLICIT_KEY: 'a value holds ": "; put it in quotes, or begin a new line',
	DUPLICATE_KEY: 'this field stands twice; keep one of them',
	MISSING_CHAR: 'a closing quote or bracket, a comma, a colon or a space is missing',
	MULTILINE_IMPLICIT_KEY: 'a line has no colon after the name of its field',
	MULTIPLE_DOCS: 'a second document begins; write several sites as a list under "sites:"',
	NON_STRING_KEY: 'the name of a field is not text; put it in quotes',
	RESOURCE_EXHAUSTION: 'it is nested too deeply',
	TAB_AS_INDENT: 'a tab is used to indent; use spaces',
	TAG_RESOLVE_FAILED: 'tags (!name) are not known here; remove it',
};

function aliasProblem(message: string): string {
	return /excessive alias/i.test(message)
		? `aliases (*name) repeat too much; at most ${ALIAS_LIMIT} repetitions are allowed`
		: 'an alias (*name) has no anchor (&name) before it';
}

function syntaxError(source: string, problems: ReadonlyArray<{ line?: number; problem: string }>): SiteError {
	const faults = problems.slice(0, FAULTS_KEPT).map((fault) => ({ field: '(text)', ...fault }));
	const [first] = faults;
	const place = first?.line === undefined ? '' : ` (line ${first.line})`;
	const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
	return new SiteError(
		'site_syntax',
		`${source} cannot be read as YAML or JSON${place}: ${first?.problem}${more}.`,
		'Correct the text; an editor that knows YAML shows the place. docs/site.md has examples.',
		faults,
	);
}
