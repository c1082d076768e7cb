import { oneLine } from '../../probes/finding';
import type { Certificate } from '../x509/certificate';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `12 days`, `1 day 3 h`, `5 h 12 min`, `40 s`. */
export function period(durationMs: number): string {
	const whole = Math.abs(durationMs);
	if (whole >= 2 * day) return `${Math.floor(whole / day)} days`;
	if (whole >= day) return `1 day ${Math.floor((whole - day) / hour)} h`;
	if (whole >= hour) return `${Math.floor(whole / hour)} h ${Math.floor((whole % hour) / minute)} min`;
	return whole >= minute ? `${Math.floor(whole / minute)} min` : `${Math.floor(whole / 1000)} s`;
}

/** `2026-12-24 18:00 UTC` */
export function instant(at: number): string {
	return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A certificate in a sentence. */
export const quoted = ({ subject, serial }: Certificate): string =>
	`"${subject === '' ? `serial ${serial.slice(0, 40)}` : oneLine(subject, 120)}"`;

/** `a, b and 3 more` */
export function some(values: readonly string[], most = 5): string {
	const shown = values.slice(0, most).map((value) => oneLine(value, 100));
	return shown.join(', ') + (values.length > shown.length ? ` and ${values.length - shown.length} more` : '');
}

/** @param aheadMs so much the clocks of servers are ahead of the one here */
export function clockIsWrong(aheadMs: number): string {
	const direction = aheadMs > 0 ? 'slow' : 'fast';
	return `The clock of this machine is ${period(aheadMs)} ${direction}; certificates were judged by the clocks of the servers.`;
}
