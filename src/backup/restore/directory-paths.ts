import { systemMessage } from '../../shared';
import type { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { neededSpace, refuseSpace } from '../space';
import { below, DirectoryPlace } from './directory-place';
import type { TargetOptions } from './open';
import { PathMerge } from './path-merge';
import { shownNames, type PathSelection } from './selection';
import { StagingFolder } from './staging-folder';
import type { RestoreTarget, TargetFacts } from './target';

/**
 * Some files and folders of a directory that this process sees. They are unpacked into a folder beside it, and then
 * take their places in it one by one; what was there moves to the same paths in a folder beside, and everything else in
 * the directory stays as it is. When one cannot take its place, those before it are taken back. After a kill half way
 * each path is either the old or the new one; the same restore can simply be run again.
 */
export class DirectoryPathsTarget implements RestoreTarget {
	readonly label: string;
	private readonly place: DirectoryPlace;
	private readonly staging: StagingFolder;
	private readonly selection: PathSelection;
	/** While it may be taken back. */
	private merge: PathMerge | undefined;
	private keptName: string | undefined;

	constructor(
		path: string,
		private readonly artefact: ManifestArtefact,
		private readonly options: TargetOptions & { selection: PathSelection },
	) {
		this.place = new DirectoryPlace(path);
		this.label = this.place.label;
		this.staging = new StagingFolder(this.place, options.id);
		this.selection = options.selection;
	}

	async check(): Promise<void> {
		await this.place.check(this.options.keepOut ?? []);
		await this.refuseContent();
		refuseSpace(this.label, this.needed(), await this.place.free());
	}

	async facts(): Promise<TargetFacts> {
		const { sizeBytes } = await this.place.free();
		return {
			replaces: (await this.found()).length > 0,
			neededBytes: this.needed().sizeBytes,
			...(sizeBytes !== undefined && { freeBytes: sizeBytes }),
		};
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		return await this.staging.fill(content, this.artefact, this.selection);
	}

	async swap(): Promise<{ previous?: string }> {
		const { place, staging, selection, options } = this;
		const parent = await place.open();
		try {
			const from = await staging.confirm();
			const keptName = (await this.refuseContent()) ? await place.freeName(options.id) : undefined;
			this.keptName = keptName;
			await place.entry();
			this.merge = new PathMerge(parent.fd, from.fd, { target: place.name, kept: keptName });
			try {
				this.merge.run(selection.paths);
			} catch (thrown) {
				if (this.merge.takeBack()) throw thrown;
				throw this.stuck('could neither be changed nor put back as a whole');
			}
			await parent.sync().catch((thrown: unknown) => {
				throw this.stuck(`was changed, but the disk did not confirm it (${systemMessage(thrown)})`);
			});
			if (!options.stopContainers) await this.finish();
			return keptName === undefined ? {} : { previous: place.beside(keptName) };
		} catch (thrown) {
			this.merge?.close();
			this.merge = undefined;
			throw place.explain(thrown);
		}
	}

	async takeBack(): Promise<undefined> {
		const { merge, place } = this;
		if (!merge) throw new Error('Only what was swapped can be taken back.');
		try {
			const done = merge.takeBack();
			await (await place.open()).sync();
			if (!done) throw this.stuck('could not be taken back as a whole');
			return undefined;
		} catch (thrown) {
			throw place.explain(thrown);
		} finally {
			await this.finish();
		}
	}

	async finish(): Promise<void> {
		this.merge?.close();
		this.merge = undefined;
		await this.discard().catch(() => {
			// What is left of it is removed by the next restore; the target is complete.
		});
	}

	async discard(): Promise<void> {
		try {
			await this.staging.discard();
		} finally {
			await this.place.close();
		}
	}

	/** Without a cause, which would make it a fault of rights or of space. */
	private stuck(fault: string): BackupError {
		const { place, keptName } = this;
		const before =
			keptName === undefined
				? ''
				: `; what is missing of what was there before is in ${place.beside(keptName)}`;
		return place.error(
			'target_swap_failed',
			`${fault}${before}`,
			'Check the disk and what else works in that folder, then move the entries back by hand.',
		);
	}

	private needed() {
		return neededSpace(this.artefact, this.selection);
	}

	/** The chosen paths that are there. */
	private async found(): Promise<Buffer[][]> {
		if (!(await this.place.entry())) return [];
		return PathMerge.existing(below(await this.place.open(), this.place.name), this.selection.paths);
	}

	/** Resolves with whether any of the paths is there, which then may be replaced. */
	private async refuseContent(): Promise<boolean> {
		const [first] = await this.found().catch((thrown: unknown) => {
			throw this.place.explain(thrown);
		});
		if (!first) return false;
		if (this.options.overwrite) return true;
		throw this.place.error(
			'target_not_empty',
			`holds "${shownNames(first)}" already`,
			'Allow it to be overwritten (what is there is kept beside it), or restore to another path.',
		);
	}
}
