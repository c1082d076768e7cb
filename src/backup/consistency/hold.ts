import { Containers, killedExitCode, mayStillComeAbout, type EngineConnection } from '../../docker';
import { count, errorMessage } from '../../shared';
import { BackupError } from '../errors';
import { refuseCancelled } from '../problem';
import type { QuietContainerReport } from '../reports';
import { bringBack } from './bring-back';
import { disturbancesOf, type QuietContainer } from './disturbances';
import type { ContainerRecord } from './journal-document';
import type { JournalRun } from './journal-run';
import { isTouched } from './plan';

export interface HoldOptions {
	/** After so long everything is started again, whatever is still read; in milliseconds. */
	maxDowntimeMs?: number | undefined;
	healthTimeoutMs: number;
	now: () => Date;
	signal?: AbortSignal | undefined;
}

/** The engine answers a little after its own limit. */
const killedAfterShare = 0.9;

/**
 * Containers that are paused or stopped for a while. What is done to each stands in the journal before the engine is
 * asked, so that a crash at any point leaves enough to bring everything back.
 */
export class ContainerHold {
	private readonly containers: Containers;
	/** By name. */
	private readonly warnings = new Map<string, string>();
	/** By id; what has to keep quiet from its turn on. */
	private readonly quiet = new Map<string, QuietContainer>();
	private timer: NodeJS.Timeout | undefined;
	private ending: Promise<QuietContainerReport[]> | undefined;
	private endedBy: string | undefined;

	constructor(
		connection: EngineConnection,
		/** In the order of starting. */
		private records: ContainerRecord[],
		private readonly journal: JournalRun,
		private readonly options: HoldOptions,
	) {
		this.containers = new Containers(connection);
	}

	/**
	 * Pauses or stops all of them, those others depend on last. When it throws, `end` is still to be called.
	 * @throws BackupError `container_not_quiet`, `cancelled`; StateError when the journal cannot be written
	 */
	async begin(): Promise<void> {
		const { maxDowntimeMs } = this.options;
		if (maxDowntimeMs !== undefined) {
			this.timer = setTimeout(() => {
				this.endedBy = `the containers were started again after ${count(maxDowntimeMs / 1000, 'second')} (maxDowntimeSeconds)`;
				void this.bringBack();
			}, maxDowntimeMs);
		}
		const levels = [...new Set(this.records.map(({ level }) => level))].sort((a, b) => b - a);
		for (const level of levels) {
			refuseCancelled(this.options.signal, 'backup');
			if (this.ending) return;
			const ids = await this.running(this.records.filter((record) => record.level === level));
			if (ids.length === 0) continue;
			await this.change(ids, { touchedAt: this.options.now().toISOString() });
			// The time was over while the journal was written: nothing of this level was to be brought back.
			if (this.ending) return;
			const results = await Promise.allSettled(ids.map((id) => this.quietenOrNot(id)));
			const failure = results.find((result) => result.status === 'rejected');
			if (failure) throw notQuiet(failure.reason);
			await this.change(ids, { settled: true });
		}
	}

	/** Why what was read until now may not be consistent; each a sentence without its point. */
	async disturbances(): Promise<string[]> {
		if (this.endedBy !== undefined) return [`${this.endedBy}, so it was not quiet to the end`];
		if (this.journal.isLost)
			return ['another process has started the containers again, so it was not quiet to the end'];
		return await disturbancesOf(this.containers, [...this.quiet.values()]);
	}

	/** Brings everything back that was touched. To be called in any case; never throws. */
	async end(): Promise<QuietContainerReport[]> {
		return await this.bringBack();
	}

	private bringBack(): Promise<QuietContainerReport[]> {
		clearTimeout(this.timer);
		this.ending ??= this.bringEachBack();
		return this.ending;
	}

	private async bringEachBack(): Promise<QuietContainerReport[]> {
		const { now, healthTimeoutMs } = this.options;
		const reports = await bringBack(this.containers, this.records, {
			now,
			healthTimeoutMs,
			closed: (id) => this.journal.note([id], { closed: true }),
		});
		return reports.map((report) => {
			const warning = this.warnings.get(report.name);
			return warning === undefined ? report : { ...report, warnings: [warning, ...report.warnings] };
		});
	}

	/**
	 * Ids of those that run now. Minutes may have gone since the plan was made, for programs and other runs: what somebody
	 * has stopped meanwhile stays as it is.
	 */
	private async running(records: readonly ContainerRecord[]): Promise<string[]> {
		const ids: string[] = [];
		try {
			for (const { id, name, action } of records) {
				const { state, startedAt } = await this.containers.manage(id);
				if (isTouched(state, action)) ids.push(id);
				else this.leave({ id, name, because: 'rest', startedAt });
			}
		} catch (thrown) {
			throw notQuiet(thrown);
		}
		return ids;
	}

	private leave(container: QuietContainer): void {
		this.quiet.set(container.id, container);
		this.warnings.set(
			container.name,
			'something else had stopped or paused it before its turn came, so it is left as it is',
		);
	}

	/** What the engine has refused will not come about later, and is not waited for when all is brought back. */
	private async quietenOrNot(id: string): Promise<void> {
		try {
			await this.quieten(id);
		} catch (thrown) {
			if (!mayStillComeAbout(thrown)) await this.change([id], { settled: true });
			throw thrown;
		}
	}

	private async quieten(id: string): Promise<void> {
		const record = this.records.find((other) => other.id === id);
		if (!record) return;
		const { action, graceSeconds, name } = record;
		// Not to be cancelled: the engine would go on, and nobody would know when it is done.
		const { changed, durationMs } = await this.containers[action](id, {
			...(action === 'stop' && { graceSeconds }),
			protectionChecked: true,
		});
		const { exitCode, state, startedAt } = await this.containers.manage(id);
		if (!changed) {
			this.leave({ id, name, because: 'rest', startedAt });
			await this.change([id], { touchedAt: undefined });
			return;
		}
		this.quiet.set(id, { id, name, because: action, startedAt });
		if (action === 'pause') return;
		if (state === 'running')
			throw new Error(`The container "${name}" runs again right after it was stopped.`);
		if (exitCode !== killedExitCode || durationMs < graceSeconds * 1000 * killedAfterShare) return;
		this.warnings.set(
			name,
			`it did not stop within ${count(graceSeconds, 'second')} and was killed (exit code ${killedExitCode}); its files may be as after a crash`,
		);
	}

	private async change(ids: string[], change: Partial<ContainerRecord>): Promise<void> {
		await this.journal.note(ids, change);
		if (this.journal.isLost) {
			throw new BackupError(
				'container_not_quiet',
				'Another process has taken over the containers of this run, because it took it for dead.',
				'See that the clocks of all machines are right, then run again.',
			);
		}
		this.records = this.records.map((record) =>
			ids.includes(record.id) ? { ...record, ...change } : record,
		);
	}
}

function notQuiet(thrown: unknown): BackupError {
	return new BackupError(
		'container_not_quiet',
		`The containers could not be paused or stopped: ${errorMessage(thrown)}`,
		'Remove the cause. Where a backup of running containers is better than none, set consistency.failure to "warn".',
		{ cause: thrown },
	);
}
