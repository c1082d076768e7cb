import { createRequire } from 'node:module';

/** What is used of moment with moment-business-time, which has no types of its own. */
interface Moment {
	addWorkingTime(amount: number, unit: 'milliseconds' | 'hours'): Moment;
	valueOf(): number;
}

interface MomentLibrary {
	utc(ms: number): Moment;
	updateLocale(name: string, rules: object): void;
}

/**
 * A week of Mondays to Fridays, with moment-business-time: the deadline after some hours, in UTC.
 *
 * @param opens and closes on the hour, 0 to 23
 */
export function peerOf(
	opens: number,
	closes: number,
	holidays: readonly string[],
): (startMs: number, hours: number) => number {
	const load = createRequire(__filename);
	const moment = load('moment') as MomentLibrary;
	load('moment-business-time');
	const time = (hour: number): string => `${String(hour).padStart(2, '0')}:00:00`;
	const open = [time(opens), time(closes)];
	moment.updateLocale('en', {
		workinghours: { 0: null, 1: open, 2: open, 3: open, 4: open, 5: open, 6: null },
		holidays,
	});
	return (startMs, hours) => moment.utc(startMs).addWorkingTime(hours, 'hours').valueOf();
}
