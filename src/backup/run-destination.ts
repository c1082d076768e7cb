import { count, type Destination as DestinationDefinition, type RetentionPolicy, type Site } from '../shared';
import { describeAnomaly } from './catalogue/sizes';
import { SizeMemory } from './catalogue/size-memory';
import { orderOf, placeOf } from './choose-destinations';
import { removePartials, removeUnfinished, type Leftovers } from './clean-up';
import type { BackupContext } from './context';
import { partialSuffix, type Destination } from './destinations/destination';
import { openDestination } from './destinations/open';
import { takeLock, type LockRequest, type SiteLock } from './lock';
import { LockedWriter, type RunWriter } from './locked-writer';
import { encodeManifest, manifestName, type ManifestArtefact } from './manifest';
import { problemOf } from './problem';
import type { BackupStatus, DestinationReport, Problem } from './reports';
import { pruneDestination } from './retention/prune-destination';
import type { PruneOutcome } from './retention/reports';
import { refuseTooLittleRoom } from './room/check-room';
import type { ContentSizes } from './room/content-sizes';
import { RunContents, type ManifestFrame } from './run-contents';

/**
 * One destination during one run. It fails alone: whatever goes wrong here is a problem of this destination, and the
 * others go on.
 */
export class RunDestination {
	/** What a run that holds several of these tells them apart by. */
	readonly name: string;
	/** Notes for the message of the run: locks that were taken over, what was cleaned up. */
	readonly notes: string[] = [];
	private readonly problems: Problem[] = [];
	private readonly contents = new RunContents();
	private pruned: PruneOutcome | undefined;
	private memory: SizeMemory | undefined;
	private destination: Destination | undefined;
	private lock: SiteLock | undefined;
	private leftovers: Leftovers = { unfinished: [], removedFiles: 0, notes: [] };
	private status: BackupStatus | undefined;

	constructor(
		private readonly definition: DestinationDefinition,
		private readonly site: Site,
		private readonly id: string,
	) {
		this.name = definition.name;
	}

	/** Whether artefacts can still be written here. */
	get living(): boolean {
		return this.destination !== undefined && this.status === undefined;
	}

	/** In which locks are taken. */
	get order(): string {
		return orderOf(this.definition);
	}

	async open(context: BackupContext): Promise<void> {
		await this.guarded(async () => {
			this.destination = await openDestination(this.definition, this.site.name, context);
		});
	}

	/** @returns who has the lock, when it is somebody else */
	async takeLock(request: Omit<LockRequest, 'folder' | 'run' | 'work'>): Promise<string | undefined> {
		const { destination } = this;
		if (!destination || !this.living) return undefined;
		let heldBy: string | undefined;
		await this.guarded(async () => {
			const result = await takeLock(destination, {
				...request,
				folder: this.site.name,
				run: this.id,
				work: 'backup',
			});
			if ('heldBy' in result) heldBy = result.heldBy;
			else {
				this.lock = result.lock;
				if (result.tookOverFrom !== undefined) {
					this.notes.push(
						`Took over the lock of ${result.tookOverFrom} in "${this.name}", which is no longer running.`,
					);
				}
			}
		});
		return heldBy;
	}

	/** Removes what killed runs were writing. Only the holder of the lock may. */
	async cleanUp(): Promise<void> {
		const { destination } = this;
		if (!destination || !this.living || !this.lock) return;
		await this.guarded(async () => {
			this.leftovers = await removePartials(destination, this.site.name);
			this.notes.push(...this.leftovers.notes);
		});
	}

	/** Fails where the restore point will not fit; to be asked before anything is stopped. */
	async checkRoom(content: ContentSizes, startedAt: Date): Promise<void> {
		const { destination, site } = this;
		if (!destination || !this.living) return;
		const memory = (this.memory = new SizeMemory(destination, site, startedAt));
		const { unfinished } = this.leftovers;
		await this.guarded(() => refuseTooLittleRoom(destination, site, { memory, content, unfinished }));
	}

	/** Begins a file of the restore point. @throws BackupError */
	async create(file: string): Promise<RunWriter> {
		const { destination, lock } = this;
		if (!destination || !lock) throw new Error('The destination is not open.');
		lock.assertHeld();
		return new LockedWriter(await destination.create(`${this.folder}/${file}`), lock);
	}

	store(artefact: ManifestArtefact): void {
		this.contents.artefacts.push(artefact);
	}

	/** An artefact did not arrive here; `own` when that was the fault of this destination. */
	miss(artefact: string, problem: Problem, own: boolean): void {
		this.contents.miss(artefact, problem);
		if (own) this.problems.push(problem);
	}

	/** An artefact could not be had that the restore point is good without. */
	leaveOut(artefact: string, problem: Problem): void {
		this.contents.leaveOut(artefact, problem);
	}

	/** Writes the manifest, which makes the folder a restore point, when there is anything to restore. */
	async finish(frame: ManifestFrame): Promise<void> {
		if (!this.living) return;
		if (this.contents.artefacts.length === 0) {
			if (this.problems.length === 0) {
				this.problems.push({
					code: 'nothing_stored',
					message: 'Nothing was stored, because no source could be read.',
					remedy: 'See what the artefacts say.',
				});
			}
			await this.undo();
			return;
		}
		try {
			await this.compareSizes();
			// Another run may have taken this over since the last write; then this restore point must not appear.
			await this.lock?.confirm();
			const writer = await this.create(manifestName);
			try {
				await writer.write(encodeManifest(this.contents.manifest(frame)));
				await writer.commit();
			} catch (thrown) {
				await writer.abort().catch(() => {
					// The first error says more; the next run removes what is left.
				});
				throw thrown;
			}
			this.status = this.contents.status();
		} catch (thrown) {
			this.problems.push(problemOf(thrown));
			await this.undo();
			return;
		}
		if (this.status !== 'partial') await this.removeUnfinished();
	}

	/**
	 * Removes older restore points that no rule keeps, after a good run. A fault here does not spoil the one that was just
	 * stored.
	 */
	async prune(policy: RetentionPolicy, now: Date, signal: AbortSignal | undefined): Promise<void> {
		const { destination, lock } = this;
		if (!destination || !lock) return;
		if (this.status !== 'ok' && this.status !== 'warning') return;
		try {
			await lock.confirm();
			this.pruned = await pruneDestination(destination, this.site.name, {
				policy,
				now,
				dryRun: false,
				assertHeld: () => lock.assertHeld(),
				signal,
			});
			this.notes.push(...this.pruned.notes);
			this.contents.warnings.push(...this.pruned.problems.map(({ message }) => message));
		} catch (thrown) {
			this.contents.warnings.push(`Older restore points could not be removed: ${problemOf(thrown).message}`);
		}
	}

	/** Removes what this run has stored here, when it is not to become a restore point. */
	async undo(): Promise<void> {
		const { destination } = this;
		this.status ??= 'failed';
		if (!destination) return;
		try {
			const found = await destination.list(this.folder);
			const known = new Set([manifestName, ...this.contents.artefacts.map(({ file }) => file)]);
			// The manifest first: nothing may list as good that has lost a part.
			const ours = [...known].filter((file) => found.some(({ name }) => name === file));
			const partials = found.filter(({ name }) => name.endsWith(partialSuffix)).map(({ name }) => name);
			for (const file of [...ours, ...partials]) await destination.remove(`${this.folder}/${file}`);
			if (found.length === ours.length + partials.length) await destination.remove(this.folder);
		} catch (thrown) {
			this.problems.push(problemOf(thrown));
		}
	}

	/** Gives back lock and connection; to be called in any case. */
	async release(): Promise<void> {
		await this.lock?.release().catch((thrown: unknown) => this.problems.push(problemOf(thrown)));
		await this.destination?.close().catch((thrown: unknown) => this.problems.push(problemOf(thrown)));
		this.lock = undefined;
	}

	skip(): void {
		if (this.living) this.status = 'skipped';
	}

	report(): DestinationReport {
		const status = this.status ?? 'failed';
		const stored = status !== 'failed' && status !== 'skipped';
		return {
			name: this.name,
			place: this.destination?.label ?? placeOf(this.definition),
			status,
			...(stored && { folder: this.folder }),
			problems: this.problems,
			warnings: this.contents.warnings,
			...(this.contents.suspicious.length > 0 && { suspicious: this.contents.suspicious }),
			...(this.pruned && { pruned: this.pruned }),
		};
	}

	private get folder(): string {
		return `${this.site.name}/${this.id}`;
	}

	/** Holds the sizes of the artefacts against those that this destination has from before. */
	private async compareSizes(): Promise<void> {
		const { contents } = this;
		try {
			contents.suspicious = (await this.memory?.anomalies(contents.artefacts)) ?? [];
		} catch (thrown) {
			contents.warnings.push(
				`the sizes could not be compared with earlier ones: ${problemOf(thrown).message}`,
			);
		}
		contents.warnings.push(
			...contents.suspicious.map((anomaly) => `suspicious: ${describeAnomaly(anomaly)}`),
		);
	}

	/** A fault here does not spoil the restore point that was just stored. */
	private async removeUnfinished(): Promise<void> {
		const { destination, leftovers } = this;
		if (!destination) return;
		try {
			const removed = leftovers.removedFiles + (await removeUnfinished(destination, leftovers.unfinished));
			if (removed > 0) {
				this.notes.push(`Removed ${count(removed, 'file')} of a run that was killed from "${this.name}".`);
			}
		} catch (thrown) {
			this.problems.push(problemOf(thrown));
		}
	}

	private async guarded(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (thrown) {
			const problem = problemOf(thrown);
			if (problem.code === 'cancelled') throw thrown;
			this.problems.push(problem);
			this.status = 'failed';
		}
	}
}
