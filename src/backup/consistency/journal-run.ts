import { newHolder } from '../lock-holder';
import type { JournalTimes } from './holder-life';
import type { Journal } from './journal';
import type { ContainerRecord, HookRecord, RunRecord } from './journal-document';

/**
 * What one run has in the journal. It shows that the run lives for as long as it is open, and finds out when somebody
 * else has taken over.
 */
export class JournalRun {
	private readonly holder: RunRecord['holder'];
	private timer: NodeJS.Timeout | undefined;
	private taken = false;

	constructor(
		private readonly journal: Journal,
		private readonly of: { site: string; run: string; engine: string },
		private readonly times: JournalTimes,
		private readonly now: () => Date,
	) {
		this.holder = newHolder(of.run, now());
	}

	/** Whether another process has taken over what this run holds. */
	get isLost(): boolean {
		return this.taken;
	}

	/** @param after programs that are to run whatever happens */
	async open(after: HookRecord[]): Promise<void> {
		const since = this.now().toISOString();
		const { holder, of } = this;
		await this.journal.add({ ...of, holder, since, aliveAt: since, left: false, containers: [], after });
		this.beat();
	}

	/** Goes on with what another run has left. @returns what there is to do, undefined when somebody else was faster */
	async takeOver(mayTake: (record: RunRecord) => boolean): Promise<RunRecord | undefined> {
		let found: RunRecord | undefined;
		await this.journal.update(this.of.run, (record) => {
			found = undefined;
			if (!mayTake(record)) return record;
			found = { ...record, holder: this.holder, aliveAt: this.now().toISOString(), left: false };
			return found;
		});
		if (found) this.beat();
		return found;
	}

	/** @returns who has one of them */
	async claim(containers: ContainerRecord[]): Promise<RunRecord | undefined> {
		return await this.journal.claim(this.of.run, containers);
	}

	/** Notes a change of some containers; on disk when it resolves. */
	async note(ids: readonly string[], change: Partial<ContainerRecord>): Promise<void> {
		await this.change((record) => ({
			...record,
			containers: record.containers.map((container) =>
				ids.includes(container.id) ? { ...container, ...change } : container,
			),
		}));
	}

	async hookDone(hook: HookRecord): Promise<void> {
		const text = JSON.stringify(hook);
		await this.change((record) => ({
			...record,
			after: record.after.filter((other) => JSON.stringify(other) !== text),
		}));
	}

	/** Ends it: nothing is left, or others are to try again. */
	async end(everythingIsDone: boolean): Promise<void> {
		clearInterval(this.timer);
		await this.change((record) => (everythingIsDone ? undefined : { ...record, left: true }));
	}

	private async change(edit: (record: RunRecord) => RunRecord | undefined): Promise<void> {
		let isOurs = false;
		await this.journal.update(this.of.run, (record) => {
			isOurs = record.holder.run === this.holder.run && record.holder.since === this.holder.since;
			return isOurs ? edit(record) : record;
		});
		if (!isOurs) this.taken = true;
	}

	private beat(): void {
		this.timer = setInterval(() => {
			this.change((record) => ({ ...record, aliveAt: this.now().toISOString() })).catch(() => {
				// The next one may succeed; without any, others take over.
			});
		}, this.times.heartbeatMs);
		this.timer.unref();
	}
}
