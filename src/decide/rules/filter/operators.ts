import type { DateTime } from 'luxon';

/** What an operator compares: converted values, the left one of which may be missing. */
export interface Operands {
	left: unknown;
	right: unknown;
	/** The left value is there and is a value. */
	exists: boolean;
	ignoreCase: boolean;
}

export type Operator = (operands: Operands) => boolean;

const lower = (text: string): string => text.toLocaleLowerCase();
const textOf = (value: unknown, ignoreCase: boolean): string => {
	const text = typeof value === 'string' ? value : '';
	return ignoreCase ? lower(text) : text;
};

const onText =
	(holds: (left: string, right: string) => boolean): Operator =>
	({ left, right, ignoreCase }) =>
		holds(textOf(left, ignoreCase), textOf(right, ignoreCase));

const text: Record<string, Operator> = {
	empty: onText((left) => left === ''),
	notEmpty: onText((left) => left !== ''),
	equals: onText((left, right) => left === right),
	notEquals: onText((left, right) => left !== right),
	contains: onText((left, right) => left.includes(right)),
	notContains: onText((left, right) => !left.includes(right)),
	startsWith: onText((left, right) => left.startsWith(right)),
	notStartsWith: onText((left, right) => !left.startsWith(right)),
	endsWith: onText((left, right) => left.endsWith(right)),
	notEndsWith: onText((left, right) => !left.endsWith(right)),
};

/** As JavaScript compares: a missing value is 0 beside a number. */
const onNumbers =
	(holds: (left: number, right: number) => boolean): Operator =>
	({ left, right }) =>
		holds(left as number, right as number);

const presence: Record<string, Operator> = {
	empty: ({ exists }) => !exists,
	notEmpty: ({ exists }) => exists,
};

const number: Record<string, Operator> = {
	...presence,
	equals: ({ left, right }) => left === right,
	notEquals: ({ left, right }) => left !== right,
	gt: onNumbers((left, right) => left > right),
	lt: onNumbers((left, right) => left < right),
	gte: onNumbers((left, right) => left >= right),
	lte: onNumbers((left, right) => left <= right),
};

const onTimes =
	(holds: (leftMs: number, rightMs: number) => boolean): Operator =>
	({ left, right }) => {
		if (!left || !right) return false;
		return holds((left as DateTime).toMillis(), (right as DateTime).toMillis());
	};

const dateTime: Record<string, Operator> = {
	...presence,
	equals: onTimes((left, right) => left === right),
	notEquals: onTimes((left, right) => left !== right),
	after: onTimes((left, right) => left > right),
	before: onTimes((left, right) => left < right),
	afterOrEquals: onTimes((left, right) => left >= right),
	beforeOrEquals: onTimes((left, right) => left <= right),
};

const boolean: Record<string, Operator> = {
	...presence,
	true: ({ left }) => Boolean(left),
	false: ({ left }) => !left,
	equals: ({ left, right }) => left === right,
	notEquals: ({ left, right }) => left !== right,
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const includes: Operator = ({ left, right, ignoreCase }) =>
	ignoreCase && typeof right === 'string'
		? listOf(left).some((item) => typeof item === 'string' && lower(item) === lower(right))
		: listOf(left).includes(right);

const onLength =
	(holds: (length: number, right: number) => boolean): Operator =>
	({ left, right }) =>
		holds(listOf(left).length, right as number);

const array: Record<string, Operator> = {
	contains: includes,
	notContains: (operands) => !includes(operands),
	lengthEquals: onLength((length, right) => length === right),
	lengthNotEquals: onLength((length, right) => length !== right),
	lengthGt: onLength((length, right) => length > right),
	lengthLt: onLength((length, right) => length < right),
	lengthGte: onLength((length, right) => length >= right),
	lengthLte: onLength((length, right) => length <= right),
	empty: ({ left }) => listOf(left).length === 0,
	notEmpty: ({ left }) => listOf(left).length !== 0,
};

const isEmptyObject: Operator = ({ left }) => !left || Object.keys(left).length === 0;

const object: Record<string, Operator> = {
	empty: isEmptyObject,
	notEmpty: (operands) => !isEmptyObject(operands),
};

const byType = new Map(
	Object.entries({ string: text, number, dateTime, boolean, array, object }).map(([type, operators]) => [
		type,
		new Map(Object.entries(operators)),
	]),
);

/** Operations on texts that take a regular expression. */
export const patternOperations = new Set(['regex', 'notRegex']);

/** Every type of operator with its operations, those for all types included. */
export const operations = new Map(
	[...byType].map(([type, operators]) => [
		type,
		new Set([
			...['exists', 'notExists'],
			...operators.keys(),
			...(type === 'string' ? patternOperations : []),
		]),
	]),
);

/** Operations that take no right value. */
export const withoutRight = new Set(['exists', 'notExists', 'empty', 'notEmpty', 'true', 'false']);

/** The operator of a type, but for those that take a regular expression and those for all types. */
export const operatorOf = (type: string, operation: string): Operator | undefined =>
	byType.get(type)?.get(operation);
