import { count } from '../../shared';

const maxTold = 20;

/**
 * The errors that pg_restore has gone on after, each a line; undefined when it did not come to its end.
 * @param said what it has written to stderr, or the end of it
 */
export function ignoredErrors(said: string): string[] | undefined {
	const number = /warning: errors ignored on restore: (\d+)\s*$/.exec(said)?.[1];
	if (number === undefined) return undefined;
	// Of a message only its first line is told: the others may hold rows.
	const lines = [...said.matchAll(/^pg_restore: error: (?:could not execute query: )?(.*)$/gm)].map(
		([, line = '']) => line.replace(/^ERROR: +/, ''),
	);
	const told = lines.slice(0, maxTold);
	const rest = Number(number) - told.length;
	return rest > 0 ? [...told, `and ${count(rest, 'more error')} of pg_restore`] : told;
}
