import { constants } from 'node:fs';
import { chmod, chown, link, lstat, open, readdir, rename, rm } from 'node:fs/promises';

import { systemMessage } from '../../shared';
import type { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { neededSpace, refuseSpace } from '../space';
import { SqliteChecker } from '../sqlite/header';
import { proveDatabase } from '../sqlite/prove';
import { programsUsing } from '../sqlite/users';
import { below, DirectoryPlace } from './directory-place';
import type { TargetOptions } from './open';
import { removeRestored } from './left-behind';
import { endStaging, isAbandoned, newStagingToken } from './staging';
import type { RestoreTarget, TargetFacts } from './target';

/** What SQLite keeps beside a database; beside another one it would be worked into that. */
const companions = ['-wal', '-shm', '-journal'];
const endings = ['', ...companions];
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** From one name to another. */
type Rename = [from: string, to: string];

/**
 * A SQLite database that this process sees. The content is put into a file beside it and proved there; then the
 * database that was there is given another name, with what SQLite keeps beside it, and the new one takes its name. That
 * is one step where nothing is beside it and the file system knows hard links. Else there is nothing under the name
 * between the renames; after a kill there the same restore can simply be run again.
 */
export class SqliteTarget implements RestoreTarget {
	readonly label: string;
	private readonly place: DirectoryPlace;
	private readonly token = newStagingToken();
	private readonly stagingName: string;
	private hasStaging = false;
	/** What was there before the change, by the endings of its names, and the name it is kept under. */
	private former: { endings: string[]; keptAs: string } | undefined;

	constructor(
		path: string,
		private readonly artefact: ManifestArtefact,
		private readonly options: TargetOptions,
		private readonly signal?: AbortSignal,
	) {
		this.place = new DirectoryPlace(path, 'database');
		this.label = this.place.label;
		this.stagingName = `${this.place.stagingPrefix}${options.id}-${this.token}`;
	}

	async check(): Promise<void> {
		await this.place.check(this.options.keepOut ?? []);
		// What has it open may be in a container that is stopped before the change.
		await this.refuseContent(this.options.stopContainers ? 'mayBeOpen' : undefined);
		refuseSpace(this.label, neededSpace(this.artefact), await this.place.free());
	}

	async facts(): Promise<TargetFacts> {
		const { sizeBytes } = await this.place.free();
		const logs = await this.logs();
		return {
			replaces: logs.length > 0 || (await this.place.entry()) !== undefined,
			neededBytes: neededSpace(this.artefact).sizeBytes,
			...(sizeBytes !== undefined && { freeBytes: sizeBytes }),
			...(logs.length > 0 && {
				notes: [`There is ${logs[0]} beside it: see that nothing has the database open.`],
			}),
		};
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const at = below(await this.place.open(), this.stagingName);
		try {
			await this.sweep();
			await this.write(content, at);
			await proveDatabase(at, this.artefact, `restored ${this.label}`, this.signal);
			await this.takeOver(at);
			return {};
		} catch (thrown) {
			throw this.place.explain(thrown);
		}
	}

	async swap(): Promise<{ previous?: string }> {
		const { place, stagingName } = this;
		const parent = await place.open();
		try {
			await this.refuseContent();
			const present = await this.present();
			const previous = await this.previousName(present);
			const former = endings.filter((ending) => present.includes(`${place.name}${ending}`));
			if (former.join() === '' && former.length === 1 && (await this.hasSecondName(previous))) {
				// Over a file that has both names this is one step.
				await this.rename([[stagingName, place.name]]).catch(async (thrown: unknown) => {
					await rm(below(parent, previous), { force: true });
					throw thrown;
				});
			} else {
				await this.rename([
					...former.map((ending): Rename => [`${place.name}${ending}`, `${previous}${ending}`]),
					[stagingName, place.name],
				]);
			}
			this.former = { endings: former, keptAs: previous };
			this.hasStaging = false;
			await parent.sync().catch((thrown: unknown) => {
				const kept = former.length > 0 ? `; what was there before is ${place.beside(previous)}` : '';
				throw this.halfWay(`was replaced, but the disk did not confirm it${kept}`, thrown);
			});
			endStaging(this.token);
			await place.close();
			return former.length === 0 ? {} : { previous: place.beside(previous) };
		} catch (thrown) {
			throw place.explain(thrown);
		}
	}

	async takeBack(): Promise<string | undefined> {
		const { place, stagingName, former } = this;
		if (!former) throw new Error('Only what was swapped can be taken back.');
		try {
			await this.refuseUsers([place.name, ...(await this.logs())]);
			const present = await this.present();
			const restored = endings.filter((ending) => present.includes(`${place.name}${ending}`));
			await this.rename([
				...restored.map((ending): Rename => [`${place.name}${ending}`, `${stagingName}${ending}`]),
				...former.endings.map((ending): Rename => [`${former.keptAs}${ending}`, `${place.name}${ending}`]),
			]);
			await (await place.open()).sync();
			this.hasStaging = true;
		} catch (thrown) {
			await this.discard();
			throw place.explain(thrown);
		}
		return await removeRestored(place.beside(stagingName), () => this.discard());
	}

	async discard(): Promise<void> {
		try {
			if (!this.hasStaging) return;
			const parent = await this.place.open();
			for (const ending of endings) await rm(below(parent, `${this.stagingName}${ending}`), { force: true });
		} finally {
			endStaging(this.token);
			await this.place.close();
		}
	}

	private async write(content: AsyncIterable<Buffer>, at: string): Promise<void> {
		const checker = new SqliteChecker();
		const file = await open(at, newFile, 0o600);
		this.hasStaging = true;
		try {
			for await (const chunk of content) {
				checker.push(chunk);
				await file.writeFile(chunk);
			}
			checker.end();
			await file.sync();
		} finally {
			await file.close();
		}
	}

	/** Owner and mode of what is replaced, else those it had when it was backed up. */
	private async takeOver(at: string): Promise<void> {
		const former = await this.place.entry();
		const { mode = '', owner = '' } = this.artefact.source;
		const [uid = NaN, gid = NaN] = former ? [former.uid, former.gid] : owner.split(':').map(Number);
		const bits = former ? former.mode & 0o777 : Number.parseInt(mode, 8) & 0o777;
		if (Number.isInteger(uid) && Number.isInteger(gid)) {
			await chown(at, uid, gid).catch((thrown: NodeJS.ErrnoException) => {
				// Only root gives files away; then it belongs to whoever restores.
				if (thrown.code !== 'EPERM') throw thrown;
			});
		}
		if (bits > 0) await chmod(at, bits);
	}

	/** All of them or none. */
	private async rename(renames: Rename[]): Promise<void> {
		const parent = await this.place.open();
		const done: Rename[] = [];
		for (const [from, to] of renames) {
			try {
				await rename(below(parent, from), below(parent, to));
				done.unshift([from, to]);
			} catch (thrown) {
				for (const [was, is] of done) {
					await rename(below(parent, is), below(parent, was)).catch(() => {
						throw this.halfWay(
							`could neither be replaced nor put back; it is ${this.place.beside(is)}`,
							thrown,
						);
					});
				}
				throw thrown;
			}
		}
	}

	/** Whether the database has got a second name, so that the first can be replaced in one step. */
	private async hasSecondName(name: string): Promise<boolean> {
		const parent = await this.place.open();
		if (await this.isSameFile(name)) return true;
		return await link(below(parent, this.place.name), below(parent, name)).then(
			() => true,
			// Not every file system knows hard links.
			() => false,
		);
	}

	private async isSameFile(name: string): Promise<boolean> {
		const parent = await this.place.open();
		const found = await Promise.all(
			[this.place.name, name].map((entry) => lstat(below(parent, entry)).catch(() => undefined)),
		);
		const [one, other] = found;
		return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
	}

	/**
	 * A name for what is there; that of an earlier restore of the same restore point is not reused, unless that was
	 * killed in its change and the rest belongs to it.
	 */
	private async previousName(present: string[]): Promise<string> {
		const { name: database } = this.place;
		const name = `${database}.before-${this.options.id}`;
		const isTaken = (of: string): boolean => endings.some((ending) => present.includes(`${of}${ending}`));
		let previous = name;
		let former = name;
		for (let number = 2; isTaken(previous); number += 1) {
			former = previous;
			previous = `${name}-${number}`;
		}
		const isRest = !present.includes(database) && present.includes(former);
		const lacksLogs = companions.every((ending) => !present.includes(`${former}${ending}`));
		const isBegun = isRest || (former !== previous && (await this.isSameFile(former)));
		return isBegun && lacksLogs ? former : previous;
	}

	/** @throws BackupError `target_not_empty` without consent, `target_in_use`, `target_refused` */
	private async refuseContent(users?: 'mayBeOpen'): Promise<void> {
		const { place } = this;
		const found = await place.entry();
		const logs = await this.logs();
		if (!this.options.overwrite && (logs.length > 0 || (found && found.size > 0))) {
			const open = logs.length > 0 ? `, and probably in use (there is ${logs[0]})` : '';
			throw place.error(
				'target_not_empty',
				`is there already${open}`,
				'Stop what uses it and allow it to be overwritten (the database that is there is kept beside it), or restore to another path.',
			);
		}
		if (users !== 'mayBeOpen') await this.refuseUsers([place.name, ...logs]);
	}

	/** A program that has it open would go on writing to the old one, and all of that would be lost. */
	private async refuseUsers(names: string[]): Promise<void> {
		const parent = await this.place.open();
		const users = new Set<string>();
		for (const name of names) {
			for (const user of await programsUsing(below(parent, name))) users.add(user);
		}
		if (users.size === 0) return;
		throw this.place.error(
			'target_in_use',
			`is open in ${[...users].join(', ')}`,
			'Stop it, then run the restore again; or restore to another path.',
		);
	}

	/** Names of what SQLite keeps beside the database that is there. */
	private async logs(): Promise<string[]> {
		const present = await this.present();
		return companions.map((ending) => `${this.place.name}${ending}`).filter((name) => present.includes(name));
	}

	private present = async (): Promise<string[]> => await readdir(below(await this.place.open(), '.'));

	/** Removes what restores to the same target have left when they were killed. */
	private async sweep(): Promise<void> {
		const parent = await this.place.open();
		for (const name of await this.present()) {
			const file = name.replace(/-(?:wal|shm|journal)$/, '');
			if (!name.startsWith(this.place.stagingPrefix) || !isAbandoned(file)) continue;
			await rm(below(parent, name), { force: true });
		}
	}

	/** Without a cause, which would make it a fault of rights or of space. */
	private halfWay(fault: string, thrown: unknown): BackupError {
		return this.place.error(
			'target_swap_failed',
			`${fault} (${systemMessage(thrown)})`,
			'Check the disk and what else works in that folder, then look at the target before anything else.',
		);
	}
}
