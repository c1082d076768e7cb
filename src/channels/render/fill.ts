import { renderTemplate } from '../../store';
import { escapeFor, type Format } from './escape';

export type Values = Record<string, string | number | boolean | null | undefined>;

/**
 * Puts values in the place of `{{name}}`, each escaped for the format: whatever a value says, it stays text, and it is not
 * looked through for further places.
 *
 * @returns `missing`: the names without a value, in whose place nothing stands
 */
export function fillTemplate(
	content: string,
	values: Values,
	format: Format = 'plain',
): { text: string; missing: string[] } {
	const escaped = Object.entries(values).map(([name, value]) => [
		name,
		value === null || value === undefined ? undefined : escapeFor(format, String(value)),
	]);
	return renderTemplate(content, Object.fromEntries(escaped));
}
