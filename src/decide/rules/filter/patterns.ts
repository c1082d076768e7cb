/** Whether a pattern is found in a text, in time that grows with the text alone. */
export type PatternTest = (text: string) => boolean;

/** Makes a test of a pattern, or says what is wrong with it. */
export type PatternCompiler = (pattern: string) => { test: PatternTest } | { problem: string };

const mostCharacters = 2000;
const withFlags = /^\/(.*?)\/([gimusy]*)$/;

/** The same pattern, for which capitals are as good as small letters. */
export function ignoringCase(pattern: string): string {
	const [, body = pattern, flags = ''] = withFlags.exec(pattern) ?? [];
	return `/${body}/${flags.replace('i', '')}i`;
}

/**
 * Loads the engine of regular expressions (re2js, 10 ms on first use). It is RE2's: no pattern takes more than linear
 * time, and back-references, which cannot be had so, are refused.
 *
 * @returns a compiler of patterns as n8n's filter has them: `abc` or `/abc/i`
 */
export async function loadPatterns(): Promise<PatternCompiler> {
	const { RE2JS } = await import('re2js');
	return (pattern) => {
		if (pattern.length > mostCharacters) return { problem: `has more than ${mostCharacters} characters` };
		const [, body, flags = ''] = withFlags.exec(pattern) ?? [];
		if (flags.includes('y')) return { problem: 'has the flag "y", which means nothing here' };
		const flag = (letter: string, value: number): number => (flags.includes(letter) ? value : 0);
		try {
			const compiled = RE2JS.compile(
				RE2JS.translateRegExp(body ?? pattern),
				flag('i', RE2JS.CASE_INSENSITIVE) | flag('s', RE2JS.DOTALL) | flag('m', RE2JS.MULTILINE),
			);
			return { test: (text) => compiled.matcher(text).find() };
		} catch (thrown) {
			return { problem: `is no regular expression of RE2: ${thrown instanceof Error ? thrown.message : ''}` };
		}
	};
}
