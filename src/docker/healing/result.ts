import { troubleOf } from './words';
import type { AlertKind, Decision, HealAction, HealReason } from './decision';
import type { Condition, Observation } from './observation';

/** What healing has found of one container, and what it has done. */
export interface HealResult {
	name: string;
	condition: Condition | 'unknown';
	/** What was done in this run; where nothing was, what is decided. */
	decision: HealAction;
	reason: HealReason;
	message: string;
	/** Whether a person is to be called; true once for each trouble. */
	alert: boolean;
	alertKind: AlertKind | null;
	/** The trouble of an earlier alert has ended; true once. */
	resolved: boolean;
	/** Restarts and starts by healing that count against the limit. */
	attempt: number;
	nextAttemptAt: string | null;
	quarantined: boolean;
	/** Whether it was restarted or started in this run; in a dry run, whether it would have been. */
	changed: boolean;
	state: string;
	health: Observation['health'] | 'unknown';
	exitCode: number | null;
	/** What the engine said of an attempt that it did not carry out. */
	error: string | null;
	project: string | null;
	service: string | null;
	/** From the first look to the last, in milliseconds. */
	durationMs: number;
	id: string;
	dryRun?: true;
}

const isAttempt = (action: HealAction): boolean => action === 'start' || action === 'restart';

/** What becomes of one container over the looks of one run. */
export class Story {
	private lookedAt: Decision | undefined;
	private attempted: Decision | undefined;
	private quarantined: Decision | undefined;
	private alert: AlertKind | null = null;
	private resolved = false;
	private error: string | null = null;
	private seen: Observation | undefined;
	private lastLookAt: number;
	private readonly notes = new Set<string>();

	constructor(
		private readonly of: { id: string; name: string; project: string | null; service: string | null },
		private readonly startedAt: number,
	) {
		this.lastLookAt = startedAt;
	}

	/** @param now in milliseconds */
	add(decision: Decision, seen: Observation | undefined, now: number): void {
		this.lookedAt = decision;
		this.seen = seen ?? this.seen;
		this.lastLookAt = now;
		if (isAttempt(decision.action)) this.attempted = decision;
		if (decision.action === 'quarantine') this.quarantined = decision;
		if (decision.alert !== null && this.alert !== 'quarantine') this.alert = decision.alert;
		this.resolved ||= decision.resolved;
	}

	/** How an attempt has ended. @param error what the engine said when it did not carry it out */
	acted(error: string | null, after: Observation | undefined): void {
		this.error = error;
		this.seen = after ?? this.seen;
	}

	/** A sentence that is told besides. */
	note(sentence: string): void {
		this.notes.add(sentence);
	}

	/** What is told once is told by another run. */
	leaveToOthers(): void {
		this.alert = null;
		this.resolved = false;
	}

	/** What is waited for, in milliseconds; null when nothing is. */
	get waitsUntil(): number | null {
		const isWait = this.lookedAt?.reason === 'back_off' || this.lookedAt?.reason === 'engine_restarts';
		return isWait ? (this.lookedAt?.nextAttemptAt ?? null) : null;
	}

	get isWorthTelling(): boolean {
		const dull = ['well', 'starting', 'finished', 'never_started', 'paused', 'removing', 'ignored', 'gone'];
		const last = this.lookedAt;
		if (this.attempted || this.alert !== null || this.resolved) return true;
		return last !== undefined && (![...dull, 'stopped_by_person'].includes(last.reason) || last.quarantined);
	}

	result(dryRun: boolean): HealResult | undefined {
		const { lookedAt: last, attempted, quarantined, seen } = this;
		if (!last) return undefined;
		const told = quarantined ?? attempted ?? last;
		return {
			name: seen?.name ?? this.of.name,
			condition: last.condition,
			decision: told.action,
			reason: attempted && !quarantined && last.reason === 'well' ? attempted.reason : last.reason,
			message: [this.message(last), ...this.notes].join(' '),
			alert: this.alert !== null && !dryRun,
			alertKind: this.alert,
			resolved: this.resolved && !dryRun,
			attempt: last.attempt,
			nextAttemptAt: last.nextAttemptAt === null ? null : new Date(last.nextAttemptAt).toISOString(),
			quarantined: last.quarantined,
			changed: attempted !== undefined,
			state: seen?.state ?? 'unknown',
			health: seen?.health ?? 'unknown',
			exitCode: seen?.exitCode ?? null,
			error: this.error,
			...{ project: this.of.project, service: this.of.service },
			durationMs: Math.round(this.lastLookAt - this.startedAt),
			id: this.of.id,
			...(dryRun && { dryRun }),
		};
	}

	private message(last: Decision): string {
		const { attempted, error } = this;
		if (!attempted || last === attempted) return error === null ? last.message : `${last.message} ${error}`;
		if (last.reason === 'well' || last.reason === 'starting')
			return [
				`${attempted.message} It keeps running: ${healthInWords(last.condition)}.`,
				troubleOf(last.downMs),
			]
				.join(' ')
				.trim();
		return error === null ? last.message : `${last.message} The engine said: ${error}`;
	}
}

function healthInWords(condition: Decision['condition']): string {
	if (condition === 'healthy') return 'it is healthy';
	return condition === 'unverified' ? 'nothing checks its health' : 'its health is not known yet';
}
