import { z } from 'zod';

import type { CheckedSite } from '../../shared';
import type { DestinationStatus, StatusReport } from '../catalogue/summarise';

const amount = z.number().min(0);
/** In milliseconds since 1970. */
const instant = z.number().int();

const destinationFigures = z.object({
	name: z.string().max(100),
	/** Whether it could be read; where not, everything else is missing. */
	known: z.boolean(),
	newestGood: z.object({ at: instant, bytes: amount }).optional(),
	/** The newest good restore point that was proved, and when it was. */
	newestVerified: z.object({ at: instant, verifiedAt: instant }).optional(),
	lastDrill: z.object({ at: instant, proved: z.boolean(), durationMs: amount }).optional(),
	lastGoodDrillAt: instant.optional(),
	/** Of restore points, by their state. */
	counts: z.record(z.string().max(50), amount).optional(),
	storedBytes: amount.optional(),
	freeBytes: amount.optional(),
	/** Only where the site says when backups are expected. */
	expected: z.object({ missed: z.boolean(), nextDueAt: instant }).optional(),
});
export type DestinationFigures = z.infer<typeof destinationFigures>;

/** What a monitor wants to know of the backups of a site. Instants, so that it ages by itself. */
export const backupFigures = z.object({
	site: z.string().max(100),
	checkedAt: instant,
	destinations: z.array(destinationFigures).max(20),
});
export type BackupFigures = z.infer<typeof backupFigures>;

export function figuresOf({ site, checkedAt, destinations }: StatusReport): BackupFigures {
	return { site, checkedAt: Date.parse(checkedAt), destinations: destinations.map(figuresIn) };
}

/** Of a site that nobody has looked at. @param now in milliseconds since 1970 */
export function unknownFigures({ name, destinations = [] }: CheckedSite, now: number): BackupFigures {
	return {
		site: name,
		checkedAt: now,
		destinations: destinations.map((destination) => ({ name: destination.name, known: false })),
	};
}

function figuresIn(status: DestinationStatus): DestinationFigures {
	const { name, newestGood, newestVerified, lastDrill, lastGoodDrill, counts, expected } = status;
	if (status.status === 'unknown') return { name, known: false };
	return {
		...{ name, known: true, counts, storedBytes: status.storedBytes, freeBytes: status.freeBytes },
		...(newestGood && {
			newestGood: { at: Date.parse(newestGood.startedAt), bytes: newestGood.storedBytes },
		}),
		...(newestVerified && {
			newestVerified: {
				at: Date.parse(newestVerified.startedAt),
				verifiedAt: Date.parse(newestVerified.verifiedAt),
			},
		}),
		...(lastDrill && {
			lastDrill: {
				at: Date.parse(lastDrill.at),
				proved: lastDrill.outcome === 'proved',
				durationMs: lastDrill.durationMs,
			},
		}),
		...(lastGoodDrill && { lastGoodDrillAt: Date.parse(lastGoodDrill.at) }),
		...(expected && {
			expected: { missed: expected.missed, nextDueAt: Date.parse(expected.nextDueAt) },
		}),
	};
}
