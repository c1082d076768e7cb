import type { JSONPathEnvironment, JSONValue } from 'json-p3';
import { runInNewContext } from 'node:vm';

import type { CheckOf } from '../../../shared';
import { oneLine } from '../finding';
import { NetworkFault } from '../network/faults';
import type { Problem } from './judge';

type Expected = CheckOf<'http'>['json'][number];

/** For all paths of a check: one may ask for more than an answer is worth (`$..[?count($..*) > 1]` is quadratic). */
const mostMs = 1000;

/** Deeper answers are no data. */
const deepest = 200;

/**
 * What a JSON answer holds otherwise than expected. A path that leads to several places means all of them.
 *
 * @param hide takes secrets out of a part of the answer
 * @param leftMs how long the search may take; a second at most
 * @throws NetworkFault `config` when a path is none
 */
export async function jsonProblems(
	text: string,
	expected: readonly Expected[],
	hide: (text: string) => string,
	leftMs: number,
): Promise<Problem[]> {
	const endsAt = performance.now() + Math.min(mostMs, leftMs);
	if (expected.length === 0) return [];
	let document: JSONValue;
	try {
		document = JSON.parse(text) as JSONValue;
	} catch {
		const begin = oneLine(hide(text.slice(0, 500)), 40);
		const message = `The answer is not JSON; it begins with ${JSON.stringify(begin)}.`;
		return [{ level: 'critical', reason: 'json_invalid', message }];
	}
	const { JSONPathEnvironment: Environment } = await import('json-p3');
	const paths = new Environment({ maxRecursionDepth: deepest });
	return expected.flatMap(
		(wanted) => problemOf(wanted, valuesAt(paths, wanted.path, document, endsAt), hide) ?? [],
	);
}

/** Undefined when they could not be found within the limits. */
function valuesAt(
	paths: JSONPathEnvironment,
	path: string,
	document: JSONValue,
	endsAt: number,
): unknown[] | undefined {
	let query: ReturnType<JSONPathEnvironment['compile']>;
	try {
		query = paths.compile(path);
	} catch (thrown) {
		const cause = oneLine(thrown instanceof Error ? thrown.message : '', 100);
		throw new NetworkFault(
			'config',
			`The JSONPath ${oneLine(path, 100)} cannot be read: ${cause}.`,
			'unknown',
		);
	}
	const timeout = Math.floor(endsAt - performance.now());
	if (timeout < 1) return undefined;
	try {
		const find = (): unknown[] => query.query(document).values();
		// Only that can be stopped from outside: neither the library nor a pattern in a path knows a time limit.
		return runInNewContext('find()', { find }, { timeout }) as unknown[];
	} catch {
		return undefined;
	}
}

function problemOf(
	{ path, equals }: Expected,
	values: readonly unknown[] | undefined,
	hide: (text: string) => string,
): Problem | undefined {
	const at = oneLine(path, 100);
	const mismatch = (message: string): Problem => ({ level: 'critical', reason: 'json_mismatch', message });
	if (values === undefined)
		return mismatch(
			`${at} cannot be found in time in so large or deep an answer; a check searches for a second at most.`,
		);
	if (values.length === 0) return mismatch(`The answer has no ${at}.`);
	if (equals === undefined) return undefined;
	const allowed = Array.isArray(equals) ? equals : [equals];
	const wrong = values.find((value) => !allowed.some((one) => one === value));
	if (wrong === undefined) return undefined;
	const wanted = allowed.slice(0, 5).map((one) => shown(one, hide));
	return mismatch(`${at} is ${shown(wrong, hide)}; expected was ${wanted.join(' or ')}.`);
}

function shown(value: unknown, hide: (text: string) => string): string {
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'object' && value !== null) return 'an object';
	return oneLine(hide(JSON.stringify(value)), 60);
}
