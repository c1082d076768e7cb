import { z } from 'zod';

/** A time zone of the IANA database. */
export const timeZoneField = z.string().min(1).max(100).refine(isTimeZone, {
	error: 'must be a time zone of the IANA database, such as "Europe/Moscow" or "UTC"',
});

function isTimeZone(name: string): boolean {
	// Offsets such as "+03:00" are known too, but are no zone: they have no summer time.
	if (!/^[A-Za-z]/.test(name)) return false;
	try {
		new Intl.DateTimeFormat('en', { timeZone: name }).format();
		return true;
	} catch {
		return false;
	}
}
