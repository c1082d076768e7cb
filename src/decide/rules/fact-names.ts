import { factTypes, type FactType } from '../facts/fields';

const known = new Map<string, FactType>(Object.entries(factTypes));
/** What n8n's editor writes when a field is dragged there. */
const expression = /^=?\{\{\s*\$json\.([\w.]+)\s*\}\}$/;

/** The name of the fact on the left of a condition: `message.text`, or `{{ $json.message.text }}`. */
export function factNameOf(leftValue: unknown): string | undefined {
	if (typeof leftValue !== 'string') return undefined;
	const trimmed = leftValue.trim();
	return expression.exec(trimmed)?.[1] ?? trimmed;
}

/** The type of a fact, or undefined for one that there is not. */
export function factTypeOf(name: string, own: Readonly<Record<string, FactType>>): FactType | undefined {
	return known.get(name) ?? (Object.hasOwn(own, name) ? own[name] : undefined);
}
