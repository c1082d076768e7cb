import { createReadStream, createWriteStream } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import {
	DockerError,
	Helper,
	usersOfHostPath,
	Volumes,
	type ExecResult,
	type VolumeUser,
} from '../../docker';
import { BackupError, type BackupErrorCode } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { freeSpace, neededSpace, refuseSpace } from '../space';
import { proveDatabase } from '../sqlite/prove';
import { Workspace } from '../sqlite/workspace';
import { tarOfFile } from '../tar/single-file';
import { mountOfDatabase, statesAtRest, type ContainerMount } from './container-path';
import { stillThere } from './left-behind';
import { databaseBackScript, databaseInUseScript, swapDatabaseScript } from './sqlite-scripts';
import { endStaging, isAbandoned, newStagingToken } from './staging';
import { mixedExitCode } from './swap-script';
import type { RestoreTarget, TargetFacts } from './target';
import type { EngineTargetOptions } from './tree';
import { explainUpload, unknownChange } from './tree-failures';
import { namesOf } from './volume-facts';

const prefix = '.opsdesk-restore-';
/** Forcing a large file to disk may take long. */
const silenceMs = 10 * 60_000;

/**
 * A SQLite database in a volume or folder of a container that does not run, or is stopped for the change. It is proved
 * here first, then put beside the one that is there, which then changes names with what SQLite keeps beside it.
 */
export class ContainerSqliteTarget implements RestoreTarget {
	readonly label: string;
	readonly container: string;
	readonly path: string;
	private readonly name: string;
	private readonly token = newStagingToken();
	private readonly staging: string;
	private helper: Helper | undefined;
	/** In the helper. */
	private folder = '';
	/** The name of what was there before the change; empty when nothing was. */
	private keptAs: string | undefined;

	constructor(
		private readonly artefact: ManifestArtefact,
		private readonly options: EngineTargetOptions & { stateFolder?: string | undefined },
	) {
		const { container = '', path = '' } = artefact.source;
		this.container = container;
		this.path = path;
		this.name = basename(path);
		this.staging = `${prefix}${options.id}-${this.token}`;
		this.label = `database ${path} in the container ${container}`;
	}

	async check(): Promise<void> {
		const { connection, signal, site } = this.options;
		const { mount, below } = await this.mountOf({ mayRun: this.options.stopContainers });
		const options = { purpose: 'restore', site, mount, signal };
		this.helper = await Helper.open(connection, options).catch((thrown: unknown) => {
			if (!(thrown instanceof DockerError) || thrown.code !== 'path_missing') throw thrown;
			throw this.error('target_missing', 'lies in a folder that does not exist', 'Make that folder first.');
		});
		this.folder = posix.join(this.helper.root, below);
		await this.refuseContent(this.helper);
		refuseSpace(this.label, neededSpace(this.artefact), await freeSpace(this.helper));
	}

	async facts(): Promise<TargetFacts> {
		const helper = this.ready();
		const { sizeBytes } = await freeSpace(helper);
		return {
			replaces: (await this.present(helper)) !== '',
			neededBytes: this.artefact.plainBytes,
			...(sizeBytes !== undefined && { freeBytes: sizeBytes }),
			stops: await this.users(),
		};
	}

	/** The container itself, and those that have mounted the same volume or folder. */
	async users(): Promise<string[]> {
		const { connection, signal, site } = this.options;
		const { mount, state } = await this.mountOf({ mayRun: true });
		const own = statesAtRest.includes(state) ? [] : [this.container];
		if (mount.type === 'hostPath') {
			return [...new Set([...own, ...(await usersOfHostPath(connection, mount.path, signal))])].sort();
		}
		const users = await new Volumes(connection).usedBy(mount.volume, signal);
		return [
			...new Set([
				...own,
				...namesOf(
					mount.volume,
					// Other targets of this restore may lie in the same volume; their helpers open no database.
					users.filter(({ id, work }) => id !== this.helper?.id && !isOfRestore(work, site)),
				),
			]),
		].sort();
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const helper = this.ready();
		const { artefact, options } = this;
		const { plainBytes } = artefact;
		await this.sweep(helper);
		const workspace = await Workspace.open(plainBytes, options.stateFolder);
		try {
			const file = join(workspace.folder, 'database');
			await pipeline(content, createWriteStream(file, { mode: 0o600 }));
			await proveDatabase(file, artefact, `restored ${this.label}`, options.signal);
			const entry = { name: this.staging, sizeBytes: plainBytes, uid: 0, gid: 0 };
			const archive = Readable.from(tarOfFile(entry, createReadStream(file)), { objectMode: false });
			await helper.upload(this.folder, archive, options.signal).catch((thrown: unknown) => {
				throw explainUpload(this.label, thrown);
			});
		} finally {
			await workspace.remove();
		}
		const arrived = await this.run(helper, 'wc -c < "$1"', [`${this.folder}/${this.staging}`]);
		if (Number(arrived) === plainBytes) return {};
		throw this.error(
			'restore_failed',
			`got ${arrived} of ${plainBytes} bytes`,
			'See the log of the container engine.',
		);
	}

	async swap(): Promise<{ previous?: string }> {
		const helper = this.ready();
		await this.mountOf();
		await this.refuseContent(helper);
		const { mode = '', owner = '' } = this.artefact.source;
		const wanted = `${this.name}.before-${this.options.id}`;
		const args = [this.folder, this.name, this.staging, wanted, owner, mode];
		const { stdout } = await this.change(helper, swapDatabaseScript, args, wanted);
		const keptAs = stdout.toString('utf8').trim();
		this.keptAs = keptAs;
		endStaging(this.token);
		await helper.close().catch(() => {
			// The restore is complete; without us the helper ends by itself.
		});
		return keptAs === '' ? {} : { previous: posix.join(dirname(this.path), keptAs) };
	}

	async takeBack(): Promise<string | undefined> {
		const { keptAs, staging } = this;
		if (keptAs === undefined) throw new Error('Only what was swapped can be taken back.');
		const { connection, site } = this.options;
		const { mount, below } = await this.mountOf();
		// Without the signal: what was cancelled is taken back as well.
		const helper = await Helper.open(connection, { purpose: 'restore', site, mount });
		try {
			const folder = posix.join(helper.root, below);
			const args = [folder, this.name, staging, keptAs];
			const { stdout, stderr } = await this.change(helper, databaseBackScript, args, keptAs);
			if (stdout.length === 0) return undefined;
			return stillThere(posix.join(dirname(this.path), staging), stderr);
		} finally {
			await helper.close().catch(() => {
				// Without us the helper ends by itself.
			});
		}
	}

	/** Runs a script that changes names. */
	private async change(helper: Helper, script: string, args: string[], kept: string): Promise<ExecResult> {
		const result = await helper.runSteady(script, args, { silenceMs }).catch((thrown: unknown) => {
			this.helper = undefined;
			throw unknownChange(this.label, kept, thrown, 'the file');
		});
		if (result.exitCode !== mixedExitCode) return this.successful(result);
		throw this.error(
			'target_swap_failed',
			`could neither be changed nor put back (${result.stderr}); look for ${kept} beside it`,
			'Check the disk on the host, then give the files their names by hand.',
		);
	}

	async discard(): Promise<void> {
		const { helper } = this;
		try {
			if (helper) await this.run(helper, 'rm -f -- "$1"', [`${this.folder}/${this.staging}`]);
		} finally {
			endStaging(this.token);
			await helper?.close();
		}
	}

	/** The mount of the container that holds the path. @throws BackupError `target_in_use`, `target_refused` */
	private async mountOf({ mayRun = false } = {}): Promise<ContainerMount> {
		const { connection, signal } = this.options;
		const found = await mountOfDatabase(this, connection, signal);
		if (mayRun) return found;
		const isAtRest = statesAtRest.includes(found.state);
		const users = isAtRest ? await this.users() : [];
		if (isAtRest && users.length === 0) return found;
		throw this.error(
			'target_in_use',
			isAtRest
				? `may be open: its volume or folder is in use by ${users.join(' and ')}`
				: `may be open: the container is ${found.state}`,
			'Stop what uses it first and start it again when the restore has ended, or let the restore do that; or give a path that n8n sees as the target.',
		);
	}

	/** Names of the database and of what SQLite keeps beside it, a line each. */
	private async present(helper: Helper): Promise<string> {
		return await this.run(helper, databaseInUseScript, [this.folder, this.name]);
	}

	private async refuseContent(helper: Helper): Promise<void> {
		const found = await this.present(helper);
		if (found.split('\n').some((line) => line.startsWith('link '))) {
			throw this.error('target_refused', 'is a symbolic link, which is not followed', 'Remove the link.');
		}
		if (found === '' || this.options.overwrite) return;
		throw this.error(
			'target_not_empty',
			'is there already',
			'Allow it to be overwritten (the database that is there is kept beside it), or restore to a path.',
		);
	}

	/** Removes what restores have left here when they were killed. */
	private async sweep(helper: Helper): Promise<void> {
		const script = `cd "$1" && for f in ${prefix}*; do if [ -f "$f" ]; then echo "$f"; fi; done`;
		for (const name of (await this.run(helper, script, [this.folder])).split('\n')) {
			if (isAbandoned(name)) await this.run(helper, 'rm -f -- "$1"', [`${this.folder}/${name}`]);
		}
	}

	private async run(helper: Helper, script: string, args: string[]): Promise<string> {
		const { stdout } = this.successful(await helper.run(script, args, { silenceMs }));
		return stdout.toString('utf8').trim();
	}

	private successful(result: ExecResult): ExecResult {
		const { exitCode, stderr } = result;
		if (exitCode === 0) return result;
		const full = /no space left|disk quota/i.test(stderr);
		throw this.error(
			full ? 'target_full' : 'restore_failed',
			`cannot be written: ${stderr || `exit code ${exitCode}`}`,
			full
				? 'Free some space there, then run the restore again.'
				: 'Check the folder and the disk on the host.',
		);
	}

	private ready(): Helper {
		if (!this.helper) throw new Error('check() comes first.');
		return this.helper;
	}

	private error(code: BackupErrorCode, fault: string, remedy: string): BackupError {
		return new BackupError(code, `The ${this.label} ${fault}.`, remedy);
	}
}

function isOfRestore(work: VolumeUser['work'], site: string): boolean {
	return work?.purpose === 'restore' && work.site === site;
}
