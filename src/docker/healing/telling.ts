import type { AlertKind } from './decision';
import type { HealRecord, Untold } from './record';

/** Of a run: whoever decides something that is told once has it to tell, and may be killed before. */
export interface Teller {
	/** In milliseconds by the clock of whoever looks. */
	now: number;
	/** No two are the same. */
	run: string;
	/** How long the run may take from now until it has told what it has decided, in milliseconds. */
	tellMs: number;
}

/** No run takes longer; a time further away was stored by a clock that was wrong. */
const longestTellMs = 2 * 60 * 60_000;
const most = 50;

/** Something new that this run has to tell. */
export function toTell(alert: AlertKind | null, { now, run, tellMs }: Teller): Untold {
	return { alert, run, until: now + Math.min(tellMs, longestTellMs) };
}

/** Takes over what runs that are no more have left untold: it is this run's to tell now. */
export function takeOver(
	untold: readonly Untold[],
	teller: Teller,
): { untold: Untold[]; alert: AlertKind | null; resolved: boolean } {
	const { now, run } = teller;
	const isLeft = ({ run: by, until }: Untold): boolean =>
		by !== run && (until <= now || until - now > longestTellMs);
	const left = untold.filter(isLeft).map(({ alert }) => alert);
	const alerts = left.filter((alert) => alert !== null);
	return {
		untold: untold.map((one) => (isLeft(one) ? toTell(one.alert, teller) : one)).slice(-most),
		alert: alerts.includes('quarantine') ? 'quarantine' : (alerts.at(-1) ?? null),
		resolved: left.includes(null),
	};
}

/** Once the trouble is over nobody needs an alert of it any more. */
export function withoutAlerts(untold: readonly Untold[]): Untold[] {
	return untold.filter(({ alert }) => alert === null);
}

/** What a run has told is told. */
export function toldBy(run: string, record: HealRecord): HealRecord {
	return { ...record, untold: record.untold.filter((one) => one.run !== run) };
}

/**
 * What becomes of the record of a container that is gone: it is kept until the end of its trouble is told.
 *
 * @returns `tell` when that is this run's to tell
 */
export function farewell(
	record: HealRecord,
	teller: Teller,
): { kept: HealRecord | undefined; tell: boolean } {
	const ends = withoutAlerts(record.untold);
	if (record.open) {
		const kept = { ...record, open: false, untold: [...ends, toTell(null, teller)].slice(-most) };
		return { kept, tell: true };
	}
	const { untold, resolved } = takeOver(ends, teller);
	return { kept: untold.length > 0 ? { ...record, untold } : undefined, tell: resolved };
}
