export type TemplateValues = Record<string, string | number | boolean | null | undefined>;

const placeholder = /\{\{([^{}]+)\}\}/g;
/** The same signs as the function of the store takes away. */
const trimmed = (name: string): string => name.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
const isGiven = (values: TemplateValues, name: string): boolean =>
	Object.hasOwn(values, name) && values[name] !== null && values[name] !== undefined;

/** The names for which there is a value. */
export function variablesOf(values: TemplateValues): string[] {
	return Object.keys(values).filter((name) => isGiven(values, name));
}

/**
 * Puts values in the place of `{{name}}`. Nothing in a template is run, and what a value says is not looked through
 * again, so neither who writes templates nor who writes messages gets more than text.
 *
 * @returns `missing`: the variables without a value, in whose place nothing stands
 */
export function renderTemplate(content: string, values: TemplateValues): { text: string; missing: string[] } {
	const missing = new Set<string>();
	const text = content.replace(placeholder, (_whole, inner: string) => {
		const name = trimmed(inner);
		if (isGiven(values, name)) return String(values[name]);
		missing.add(name);
		return '';
	});
	return { text, missing: [...missing] };
}
