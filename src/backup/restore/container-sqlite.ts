import { createReadStream, createWriteStream } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { Containers, DockerError, Helper, type HelperMount } from '../../docker';
import { isWithin } from '../containment';
import { BackupError, type BackupErrorCode } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { freeSpace, neededSpace, refuseSpace } from '../space';
import { proveDatabase } from '../sqlite/prove';
import { Workspace } from '../sqlite/workspace';
import { tarOfFile } from '../tar/single-file';
import { endStaging, isAbandoned, newStagingToken } from './staging';
import type { RestoreTarget, TargetFacts } from './target';
import type { EngineTargetOptions } from './tree';

const prefix = '.opsdesk-restore-';
const endings = ['', '-wal', '-shm', '-journal'];
/** Forcing a large file to disk may take long. */
const silenceMs = 10 * 60_000;

const usedScript = `cd "$1" || exit 1; name=$2; shift 2
for ending; do if [ -L "./$name$ending" ]; then echo "link $name$ending"; elif [ -e "./$name$ending" ]; then echo "$name$ending"; fi; done`;

/** All names are changed, or none; prints the name of what was there. What is there keeps owner and mode. */
const swapScript = `set -e; cd "$1"; name=$2; staging=$3; wanted=$4; owner=$5; mode=$6
there() { [ -e "$1" ] || [ -L "$1" ]; }
if [ -f "./$name" ]; then owner=$(stat -c %u:%g "./$name"); mode=$(stat -c %a "./$name"); fi
if [ "$owner" ]; then chown "$owner" "./$staging"; fi
if [ "$mode" ]; then chmod "$mode" "./$staging"; fi
sync || true
kept=$wanted; number=2
while there "./$kept" || there "./$kept-wal" || there "./$kept-shm" || there "./$kept-journal"; do kept=$wanted-$number; number=$((number + 1)); done
done=
undo() { set +e; for ending in $done; do mv -- "./$kept\${ending#x}" "./$name\${ending#x}"; done; }
trap undo EXIT; trap '' HUP INT TERM PIPE
for ending in x x-wal x-shm x-journal; do
 if there "./$name\${ending#x}"; then mv -- "./$name\${ending#x}" "./$kept\${ending#x}"; done="$ending $done"; fi
done
mv -- "./$staging" "./$name"
trap - EXIT
if [ "$done" ]; then echo "$kept"; fi
sync || true`;

/**
 * A SQLite database in a volume or folder of a container that does not run. It is proved here first, then put beside
 * the one that is there, which then changes names with what SQLite keeps beside it.
 */
export class ContainerSqliteTarget implements RestoreTarget {
	readonly label: string;
	private readonly container: string;
	private readonly path: string;
	private readonly name: string;
	private readonly token = newStagingToken();
	private readonly staging: string;
	private helper: Helper | undefined;
	/** In the helper. */
	private folder = '';

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
		const mount = await this.mountOf();
		this.helper = await Helper.open(connection, {
			purpose: 'restore',
			site,
			mount: mount.mount,
			signal,
		}).catch((thrown: unknown) => {
			if (!(thrown instanceof DockerError) || thrown.code !== 'path_missing') throw thrown;
			throw this.error('target_missing', 'lies in a folder that does not exist', 'Make that folder first.');
		});
		this.folder = posix.join(this.helper.root, mount.below);
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
		};
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
			await helper.upload(this.folder, archive, options.signal);
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
		const kept = await this.run(helper, swapScript, [
			this.folder,
			this.name,
			this.staging,
			wanted,
			owner,
			mode,
		]);
		endStaging(this.token);
		await helper.close().catch(() => {
			// The restore is complete; without us the helper ends by itself.
		});
		return kept === '' ? {} : { previous: posix.join(dirname(this.path), kept) };
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
	private async mountOf(): Promise<{ mount: HelperMount; below: string }> {
		const { connection, signal } = this.options;
		const { state, mounts } = await new Containers(connection).get(this.container, signal);
		if (!['created', 'exited', 'dead'].includes(state)) {
			throw this.error(
				'target_in_use',
				`may be open: the container is ${state}`,
				'Stop the container first and start it again when the restore has ended; or give a path that n8n sees as the target.',
			);
		}
		const [mount] = mounts
			.filter(({ target }) => isWithin(dirname(this.path), target))
			.sort((a, b) => b.target.length - a.target.length);
		if (!mount || !['volume', 'bind'].includes(mount.type)) {
			throw this.error(
				'target_refused',
				'lies in the container itself, in no volume or folder of the host',
				'Give a path that n8n sees as the target, and bring the file into the container with "docker cp".',
			);
		}
		const below = dirname(this.path).slice(mount.target.length);
		if (mount.type === 'volume') {
			return { mount: { type: 'volume', volume: mount.source, readOnly: false }, below };
		}
		const path = posix.join(mount.source, below);
		return { mount: { type: 'hostPath', path, readOnly: false }, below: '' };
	}

	/** Names of the database and of what SQLite keeps beside it, a line each. */
	private async present(helper: Helper): Promise<string> {
		return await this.run(helper, usedScript, [this.folder, this.name, ...endings]);
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
		const { exitCode, stdout, stderr } = await helper.run(script, args, { silenceMs });
		if (exitCode === 0) return stdout.toString('utf8').trim();
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
