import { z } from 'zod';

import { parseInput } from '../../shared';
import type { DockerEvent } from './event';
import { parsePosition, type EventPosition } from './position';
import type { HistoryGap } from './read';

export type ToldEvent = DockerEvent | HistoryGap;

/** An event that was handed over, and of which nobody has said yet that it has arrived. */
interface OpenEvent {
	eventId: string;
	[field: string]: unknown;
}

/** What has been handed over; plain JSON. */
export interface HandOverRecord {
	position: EventPosition | null;
	/** When all up to the position was known to be seen; milliseconds since 1970, by the clock of n8n. */
	keptAtMs: number;
	open: OpenEvent[];
	/** Grows with each change. */
	revision: number;
}

const record = z.object({
	position: z.unknown().transform((value) => parsePosition(value) ?? null),
	keptAtMs: z.number(),
	open: z.array(z.looseObject({ eventId: z.string() })),
	revision: z.number(),
});

/** Beyond this the oldest ones count as arrived: whoever takes them is far behind, and has them all the same. */
const mostOpen = 200;
const mostOpenBytes = 256 * 1024;

/**
 * Remembers what was handed over to somebody who may be killed at any moment. The record is to be kept before an event is
 * handed over, and again when it has arrived: so a kill loses no event, and one of which it is not known whether it has
 * arrived is handed over again with the same id.
 */
export class HandOver {
	private position: EventPosition | undefined;
	private readonly open: Map<string, { event: OpenEvent; sizeBytes: number }>;
	private openBytes = 0;
	private keptAtMs: number;
	private revision: number;

	/** @param kept records of several places, of which the newest counts; what is no record is passed over */
	constructor(kept: unknown[]) {
		const newest = kept
			.flatMap((value) => {
				const parsed = parseInput(record, value);
				return parsed.ok ? [parsed.value] : [];
			})
			.sort((one, other) => compare(other, one))[0];
		this.position = newest?.position ?? undefined;
		this.revision = newest?.revision ?? 0;
		this.keptAtMs = newest?.keptAtMs ?? 0;
		this.open = new Map();
		for (const event of newest?.open ?? []) this.add(event);
	}

	/** Where to go on. */
	get from(): EventPosition | undefined {
		return this.position;
	}

	/** Until when it was listened, as far as is known. */
	get keptAt(): Date {
		return new Date(this.keptAtMs);
	}

	/** Events of which it is not known whether they have arrived, oldest first. */
	get uncertain(): OpenEvent[] {
		return [...this.open.values()].map(({ event }) => event);
	}

	/** Begins anew: what was before is of no interest. */
	forget(): void {
		for (const { eventId } of this.uncertain) this.done({ eventId });
		this.position = undefined;
		this.revision += 1;
	}

	/** To be called right before an event is handed over. @param position with this event counted */
	begin(event: ToldEvent, position: EventPosition | undefined): void {
		this.add({ ...event });
		this.moveTo(position);
	}

	/** Everything up to here has been seen. */
	moveTo(position: EventPosition | undefined): void {
		if (position === undefined) return;
		this.position = position;
		this.keptAtMs = Date.now();
		this.revision += 1;
	}

	/** An event has arrived. */
	done({ eventId }: { eventId: string }): void {
		this.openBytes -= this.open.get(eventId)?.sizeBytes ?? 0;
		this.open.delete(eventId);
		this.revision += 1;
	}

	record(): HandOverRecord {
		const { position = null, keptAtMs, uncertain: open, revision } = this;
		return { position, keptAtMs, open, revision };
	}

	private add(event: OpenEvent): void {
		this.done(event);
		const sizeBytes = Buffer.byteLength(JSON.stringify(event));
		this.open.set(event.eventId, { event, sizeBytes });
		this.openBytes += sizeBytes;
		for (const [eventId] of this.open) {
			if (this.open.size <= mostOpen && this.openBytes <= mostOpenBytes) return;
			if (eventId !== event.eventId) this.done({ eventId });
		}
	}
}

type Comparable = Pick<HandOverRecord, 'position' | 'revision'>;

/** By the engine's time, because a place that was not written to for long has an old one whatever its number says. */
function compare(one: Comparable, other: Comparable): number {
	const difference = BigInt(one.position?.at ?? 0) - BigInt(other.position?.at ?? 0);
	return difference === 0n ? one.revision - other.revision : difference > 0n ? 1 : -1;
}
