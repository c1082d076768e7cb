import { z } from 'zod';
import { count } from '../text';
import { nearest } from './nearest';

/** What kind of value stands there, in the words of someone who writes YAML. */
function kindOf(value: unknown): string {
	if (value === undefined) return 'nothing';
	if (value === null) return 'an empty value';
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'string') return 'text';
	if (typeof value === 'boolean') return `${value}`;
	if (typeof value === 'object') return 'an object with fields';
	return `a ${typeof value}`;
}

const EXPECTED: Record<string, string> = {
	string: 'text',
	array: 'a list',
	object: 'an object with fields',
	number: 'a number',
	int: 'a whole number',
	boolean: 'true or false',
};

const QUOTABLE = ['number', 'boolean'];

const LOOKS_SECRET = /pass|secret|token|credential|api.?key|access.?key|private.?key/i;

/** What is wrong with a field that no schema knows. The value is never shown: it may be a secret. */
function unknownField(name: string, known: readonly string[]): string {
	if (LOOKS_SECRET.test(name)) {
		return 'is not a known field, and secrets do not belong in a site definition; keep them in a credential of n8n';
	}
	const similar = nearest(name, known);
	const hint = similar === undefined ? `known here: ${known.join(', ')}` : `probably "${similar}" is meant`;
	return `is not a known field; ${hint}`;
}

function wrongType(expected: string, input: unknown): string {
	if (input === undefined) return 'is missing';
	const wanted = EXPECTED[expected] ?? expected;
	if (expected === 'int' && typeof input === 'number') return `must be ${wanted}`;
	if (input === null) return `must be ${wanted}, but is empty; write a value or remove the line`;
	const quotes = expected === 'string' && QUOTABLE.includes(typeof input) ? '; put it in quotes' : '';
	return `must be ${wanted}, not ${kindOf(input)}${quotes}`;
}

function oneOf(allowed: readonly unknown[], input: unknown): string {
	return input === undefined ? `is missing; it must be ${quoteAll(allowed)}` : `must be ${quoteAll(allowed)}`;
}

const quoteAll = (values: readonly unknown[]): string =>
	values.map((value) => JSON.stringify(value)).join(' or ');

const discriminatorOf = (input: unknown, field: string): unknown =>
	typeof input === 'object' && input !== null ? Reflect.get(input, field) : undefined;

/** The values by which a discriminated union tells its options apart. */
function kindsOf(union: unknown, field: string): unknown[] {
	if (!(union instanceof z.ZodDiscriminatedUnion)) return [];
	return union.options.flatMap((option) => {
		const kind = option instanceof z.ZodObject ? option.shape[field] : undefined;
		return kind instanceof z.ZodLiteral ? [...kind.values] : [];
	});
}

/**
 * What an issue means and how to fix it, without the value that stands there.
 * Of several unknown fields each has its own line, in the order of `issue.keys`.
 */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
	switch (issue.code) {
		case 'invalid_type':
			return wrongType(issue.expected, issue.input);
		case 'unrecognized_keys': {
			const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
			return issue.keys.map((key) => unknownField(key, known)).join('\n');
		}
		case 'invalid_value':
			return oneOf(issue.values, issue.input);
		case 'invalid_union':
			if (issue.discriminator === undefined) return 'must be a list of container names, or "project: <name>"';
			return oneOf(
				kindsOf(issue.inst, issue.discriminator),
				discriminatorOf(issue.input, issue.discriminator),
			);
		case 'too_small':
			if (isNumber(issue.origin)) return `must be at least ${issue.minimum}`;
			return issue.origin === 'string'
				? 'must not be empty'
				: `must have at least ${count(Number(issue.minimum), 'entry')}`;
		case 'too_big':
			if (isNumber(issue.origin)) return `must be at most ${issue.maximum}`;
			return issue.origin === 'string'
				? `must be at most ${issue.maximum} characters long`
				: `must have at most ${issue.maximum} entries`;
		default:
			return undefined;
	}
};

const isNumber = (origin: string): boolean => origin === 'number' || origin === 'int';

/** `backup.directories[0].path`; unusual field names stand in quotes. */
export function fieldName(path: readonly PropertyKey[]): string {
	const name = path
		.map((part) => {
			if (typeof part === 'number') return `[${part}]`;
			const text = String(part).slice(0, 60);
			return /^[\w$-]+$/.test(text) ? `.${text}` : `.${JSON.stringify(text)}`;
		})
		.join('');
	return name.replace(/^\./, '') || '(whole definition)';
}

export interface Problem {
	path: PropertyKey[];
	problem: string;
}

/** One problem per field, also where several are in one issue. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
	return issues.flatMap((issue): Problem[] => {
		if (issue.code === 'unrecognized_keys') {
			const problems = issue.message.split('\n');
			return issue.keys.map((key, index) => ({ path: [...issue.path, key], problem: problems[index] ?? '' }));
		}
		if (issue.code === 'invalid_union') {
			// The option that takes this kind of value knows more than the union.
			const closest =
				issue.errors.find((option) => !option.some(isOtherKind)) ??
				issue.errors.find((option) => option.some(({ code }) => code === 'invalid_value'));
			if (closest?.length) {
				return problemsOf(closest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
			}
		}
		return [{ path: issue.path, problem: issue.message }];
	});
}

const isOtherKind = (issue: z.core.$ZodIssue): boolean =>
	['invalid_type', 'invalid_value'].includes(issue.code) && issue.path.length === 0;
