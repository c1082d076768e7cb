import { DateTime, IANAZone } from 'luxon';

const dayMs = 86_400_000;

/**
 * The instant of a text in ISO 8601, the same at every time of the year it is read: of a local time that comes twice the
 * first, of one that is left out the one an hour later.
 * @param timeZone of texts that do not say their own
 */
export function instantOf(text: string, timeZone: string): DateTime {
	const inUtc = DateTime.fromISO(text, { zone: 'UTC' });
	const wallMs = inUtc.toMillis();
	// A text that says its zone is the same instant, whichever is assumed.
	if (!inUtc.isValid || DateTime.fromISO(text, { zone: 'UTC+1' }).toMillis() === wallMs) return inUtc;
	const zone = IANAZone.create(timeZone);
	const [before, after] = [wallMs - dayMs, wallMs + dayMs].map(
		(nearMs) => wallMs - zone.offset(nearMs) * 60_000,
	) as [number, number];
	const fitting = [before, after].filter((atMs) => atMs + zone.offset(atMs) * 60_000 === wallMs);
	return DateTime.fromMillis(fitting.length > 0 ? Math.min(...fitting) : before, { zone: 'UTC' });
}
