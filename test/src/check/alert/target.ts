import {
	answerNotice,
	defaultAlertPolicy,
	newAlertRecord,
	nextNotice,
	observe,
	type AlertPolicy,
	type AlertRecord,
	type FoundLevel,
	type Notice,
	type Reached,
} from '../../../../src/check/alert';

export const minute = 60_000;
export const start = Date.UTC(2026, 0, 1);

/** A target that is checked each minute, and somebody who is told. */
export class Target {
	record: AlertRecord = newAlertRecord(start);
	readonly policy: AlertPolicy;
	/** What has reached everybody. */
	readonly told: Notice[] = [];
	now = start;
	/** Of results that are not good. */
	reason = 'refused';
	private ids = 0;

	constructor(policy: Partial<AlertPolicy> = {}) {
		this.policy = { ...defaultAlertPolicy, ...policy };
	}

	/** One check. @returns what was handed out, whether it arrived or not */
	check(
		level: FoundLevel,
		reached: Reached | 'unknown' = 'everybody',
		isHeld = false,
		stage?: number,
	): Notice | null {
		this.now += minute;
		const seen = { at: this.now, level, reason: level === 'ok' ? 'ok' : this.reason, message: '', stage };
		const observed = observe(this.record, seen, this.policy);
		return this.tell(observed, reached, isHeld);
	}

	tell(record: AlertRecord, reached: Reached | 'unknown' = 'everybody', isHeld = false): Notice | null {
		this.ids += 1;
		const { now, policy } = this;
		const next = nextNotice(record, { now, policy, isHeld, newId: () => `notice-${this.ids}` });
		this.record = next.record;
		if (next.notice === null || reached === 'unknown') return next.notice;
		this.record = answerNotice(this.record, next.notice.id, reached, now);
		if (reached === 'everybody') this.told.push(next.notice);
		return next.notice;
	}

	/** So many checks alike. */
	checks(count: number, level: FoundLevel): void {
		for (let made = 0; made < count; made += 1) this.check(level);
	}

	/** E.g. `firing critical`. */
	get history(): string[] {
		return this.told.map(({ kind, condition }) => (kind === 'resolved' ? kind : `${kind} ${condition}`));
	}

	/** The instant of the check with this number, counted from 1. */
	at(check: number): number {
		return start + check * minute;
	}
}
