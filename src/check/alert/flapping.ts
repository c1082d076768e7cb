import type { AlertPolicy } from './policy';
import type { AlertRecord } from './record';

const minute = 60_000;

/** So many results are looked at, as far as they are not there yet as unchanged. */
const results = 31;
/** So many bad ones among them, about a third, with more changes than that, in percent, and it begins. */
const fewestBad = 10;
const high = 30;
/** So many troubles in so much time, and it begins as well. */
const troubles = 3;
const troublesMs = 240 * minute;
/** It is over after so many results, or so much time, with no more than this share of changes. */
const steadyMs = 60 * minute;
const fewestSteady = 11;
const low = 5;

/**
 * Since when a target goes up and down all the time; null while it does not. It takes several troubles, or failures that are
 * about a third of all, because a few single ones are nothing that a person is told of; and it is over after a time almost
 * without changes. By a share of failures (`outOf`) it is no news that some results are good and others bad.
 *
 * @param record with the last result, and with the trouble that has begun with it
 * @param at of the last result, in milliseconds since 1970
 */
export function flappingSince(
	{ flappingSince: since, recent, raised }: AlertRecord,
	at: number,
	{ flapping, outOf }: AlertPolicy,
): number | null {
	if (!flapping) return null;
	if (since !== null) {
		const lately = recent.filter((result) => result.at <= at && at - result.at <= steadyMs).length;
		const window = Math.min(results, Math.max(fewestSteady, lately));
		return shareOfChanges(recent, window) > low ? since : null;
	}
	const begun = raised.filter((instant) => instant <= at && at - instant <= troublesMs).length;
	if (raised.at(-1) === at && begun >= troubles) return at;
	const bad = recent.slice(-results).filter(({ level }) => level !== 'ok').length;
	return outOf === null && bad >= fewestBad && shareOfChanges(recent, results) > high ? at : null;
}

/** Of all the changes that there could have been, in percent. */
function shareOfChanges(recent: AlertRecord['recent'], window: number): number {
	const isOk = recent.slice(-window).map(({ level }) => level === 'ok');
	const changes = isOk.filter((ok, index) => index > 0 && ok !== isOk[index - 1]).length;
	return (100 * changes) / (window - 1);
}

/** With the beginning of one more trouble. */
export const withTrouble = (raised: AlertRecord['raised'], at: number): AlertRecord['raised'] =>
	[...raised, at].slice(-troubles);
