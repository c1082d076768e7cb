/**
 * The program and arguments that the text of a label stands for. A JSON array of texts is taken as it is. Anything else
 * is split at blanks; quotes keep blanks together, a backslash takes the next character as it is, except between single
 * quotes. No shell takes part: variables, patterns, pipes and redirections are ordinary text.
 *
 * @returns undefined for what cannot be read: an array of other things, a quote that does not end, no program at all
 */
export function commandOf(text: string): string[] | undefined {
	const trimmed = text.trim();
	const command = trimmed.startsWith('[') ? fromJson(trimmed) : split(trimmed);
	return command && command.length > 0 && command[0] !== '' ? command : undefined;
}

function fromJson(text: string): string[] | undefined {
	try {
		const value: unknown = JSON.parse(text);
		const isCommand = Array.isArray(value) && value.every((part): part is string => typeof part === 'string');
		return isCommand ? value : undefined;
	} catch {
		return undefined;
	}
}

function split(text: string): string[] | undefined {
	const parts: string[] = [];
	let part: string | undefined;
	let quote: '"' | "'" | undefined;
	for (let at = 0; at < text.length; at += 1) {
		const letter = text[at] ?? '';
		if (letter === '\\' && quote !== "'") {
			at += 1;
			if (at === text.length) return undefined;
			part = (part ?? '') + (text[at] ?? '');
		} else if (quote !== undefined) {
			if (letter === quote) quote = undefined;
			else part = (part ?? '') + letter;
		} else if (letter === '"' || letter === "'") {
			quote = letter;
			part ??= '';
		} else if (/\s/.test(letter)) {
			if (part !== undefined) parts.push(part);
			part = undefined;
		} else part = (part ?? '') + letter;
	}
	if (quote !== undefined) return undefined;
	if (part !== undefined) parts.push(part);
	return parts;
}
