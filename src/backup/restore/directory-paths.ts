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
			await place.entry();
			const merge = new PathMerge(parent.fd, from.fd, { target: place.name, kept: keptName });
			try {
				merge.run(selection.paths);
			} catch (thrown) {
				if (merge.takeBack()) throw thrown;
				throw place.error(
					'target_swap_failed',
					`could neither be changed nor put back: what is not in it any more is in ${place.beside(keptName ?? staging.name)} or ${place.beside(staging.name)}`,
					'Check the disk and what else works in that folder, then move the entries back by hand.',
				);
			} finally {
				merge.close();
			}
			await parent.sync();
			await staging.discard().catch(() => {
				// What is left of it is removed by the next restore; the target is complete.
			});
			await place.close();
			return keptName === undefined ? {} : { previous: place.beside(keptName) };
		} catch (thrown) {
			throw place.explain(thrown);
		}
	}

	async discard(): Promise<void> {
		try {
			await this.staging.discard();
		} finally {
			await this.place.close();
		}
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
