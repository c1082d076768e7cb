import type { Stats } from 'node:fs';
import { chmod, chown, mkdir, readdir, rename, rm } from 'node:fs/promises';

import { systemMessage } from '../../shared';
import type { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { neededSpace, refuseSpace } from '../space';
import { below, DirectoryPlace } from './directory-place';
import type { TargetOptions } from './open';
import { removeRestored } from './left-behind';
import { StagingFolder } from './staging-folder';
import type { RestoreTarget, TargetFacts } from './target';

/**
 * A directory that this process sees. The content is unpacked into a folder beside it, which then takes its name.
 *
 * Between the two renames of a swap there is nothing under the name; after a kill there the same restore can simply be
 * run again, and what was there before stands beside.
 */
export class DirectoryTarget implements RestoreTarget {
	readonly label: string;
	private readonly place: DirectoryPlace;
	private readonly staging: StagingFolder;
	/** What stood there before the change, and the name it is kept under. */
	private former: { entry: Stats | undefined; keptAs: string | undefined } | undefined;

	constructor(
		path: string,
		private readonly artefact: ManifestArtefact,
		private readonly options: TargetOptions,
	) {
		this.place = new DirectoryPlace(path);
		this.label = this.place.label;
		this.staging = new StagingFolder(this.place, options.id);
	}

	async check(): Promise<void> {
		await this.place.check(this.options.keepOut ?? []);
		await this.refuseContent();
		refuseSpace(this.label, neededSpace(this.artefact), await this.place.free());
	}

	async facts(): Promise<TargetFacts> {
		const { sizeBytes } = await this.place.free();
		return {
			replaces: await this.hasContent(),
			neededBytes: neededSpace(this.artefact).sizeBytes,
			...(sizeBytes !== undefined && { freeBytes: sizeBytes }),
		};
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		return await this.staging.fill(content, this.artefact);
	}

	async swap(): Promise<{ previous?: string }> {
		const { place, staging } = this;
		const parent = await place.open();
		const at = below(parent, place.name);
		try {
			await staging.confirm();
			const entry = await place.entry();
			const previousName = (await this.refuseContent()) ? await place.freeName(this.options.id) : undefined;
			if (previousName !== undefined) await rename(at, below(parent, previousName));
			try {
				// Over an empty folder this is one step.
				await rename(below(parent, staging.name), at);
			} catch (thrown) {
				if (previousName !== undefined) await this.putBack(below(parent, previousName), at, previousName);
				throw thrown;
			}
			await parent.sync().catch((thrown: unknown) => {
				throw this.halfWay('was replaced, but the disk did not confirm it', previousName, thrown);
			});
			this.former = { entry, keptAs: previousName };
			await staging.end();
			await place.close();
			return previousName === undefined ? {} : { previous: place.beside(previousName) };
		} catch (thrown) {
			throw place.explain(thrown);
		}
	}

	async takeBack(): Promise<string | undefined> {
		const { place, staging, former } = this;
		if (!former) throw new Error('Only what was swapped can be taken back.');
		try {
			const parent = await place.open();
			const at = below(parent, place.name);
			await rename(at, below(parent, staging.name));
			if (former.keptAs !== undefined) await rename(below(parent, former.keptAs), at);
			else if (former.entry) await remake(at, former.entry);
			await parent.sync();
			return await removeRestored(place.beside(staging.name), () =>
				rm(below(parent, staging.name), { recursive: true, force: true }),
			);
		} catch (thrown) {
			throw place.explain(thrown);
		} finally {
			await place.close();
		}
	}

	private async putBack(kept: string, at: string, previousName: string): Promise<void> {
		await rename(kept, at).catch((thrown: unknown) => {
			throw this.halfWay('could neither be replaced nor put back', previousName, thrown);
		});
	}

	/** Without a cause, which would make it a fault of rights or of space. */
	private halfWay(fault: string, previousName: string | undefined, thrown: unknown): BackupError {
		const before =
			previousName === undefined ? '' : `; what was there before is in ${this.place.beside(previousName)}`;
		return this.place.error(
			'target_swap_failed',
			`${fault} (${systemMessage(thrown)})${before}`,
			'Check the disk and what else works in that folder, then look at the target before anything else.',
		);
	}

	async discard(): Promise<void> {
		try {
			await this.staging.discard();
		} finally {
			await this.place.close();
		}
	}

	private async hasContent(): Promise<boolean> {
		if (!(await this.place.entry())) return false;
		return (await readdir(below(await this.place.open(), this.place.name))).length > 0;
	}

	/** Resolves with whether there is anything in the target, which then may be replaced. */
	private async refuseContent(): Promise<boolean> {
		if (!(await this.hasContent())) return false;
		if (this.options.overwrite) return true;
		throw this.place.error(
			'target_not_empty',
			'is not empty',
			'Allow it to be overwritten (what is there is kept beside it), or restore to another path.',
		);
	}
}

/** An empty folder as it was. */
async function remake(at: string, { mode, uid, gid }: Stats): Promise<void> {
	await mkdir(at, { mode: 0o700 });
	if (process.getuid?.() === 0) await chown(at, uid, gid);
	await chmod(at, mode & 0o7777);
}
