import { Readable } from 'node:stream';

import {
	DockerError,
	Helper,
	helperFolder,
	Volumes,
	type EngineConnection,
	type VolumeDetails,
} from '../../docker';
import { BackupError } from '../errors';
import type { ManifestArtefact } from '../manifest';
import { keptPrefix, stagingPrefix } from '../sources/own-folders';
import { guardArchive } from '../tar/guard';
import { Afterwork } from './afterwork';
import type { TargetOptions } from './open';
import type { RestoreTarget } from './target';

export interface EngineTargetOptions extends TargetOptions {
	connection: EngineConnection;
	signal: AbortSignal | undefined;
}

type Place = { type: 'volume'; volume: string } | { type: 'hostPath'; path: string };

/** Moving a large tree within its file system is quick, forcing it to disk may not be. */
const silenceMs = 10 * 60_000;

/** Prints a line unless the folder $1 holds nothing but what a file system makes by itself and folders of ours. */
const isUsedScript = `cd "$1" || exit 1
for f in .* *; do
 case "$f" in .|..|lost+found|${stagingPrefix}*|${keptPrefix}*) continue;; esac
 if [ -e "$f" ] || [ -L "$f" ]; then echo used; break; fi
done`;

/** Moves what is in the folder $1 into its folder $3 (when given), then what is in its folder $2 up. */
const swapScript = `set -e
move() { # from, to, name to leave
 cd "$1"; to=$2; leave=$3; set --
 for f in .* *; do
  case "$f" in .|..|"$leave") continue;; esac
  if [ "$leave" ]; then case "$f" in ${stagingPrefix}*|${keptPrefix}*) continue;; esac; fi
  if [ -e "$f" ] || [ -L "$f" ]; then set -- "$@" "./$f"; fi
  if [ $# -ge 200 ]; then mv -- "$@" "$to/"; set --; fi
 done
 if [ $# -gt 0 ]; then mv -- "$@" "$to/"; fi
}
if [ "$3" ]; then mkdir -p -m 700 "$1/$3"; move "$1" "$1/$3" lost+found; fi
move "$1/$2" "$1" ''
cd "$1"; rmdir "$1/$2"
if [ "$4" ]; then chown "$4" "$1"; chmod "$5" "$1"; touch -d "@$6" "$1" 2>/dev/null || true; fi
sync`;

/**
 * A volume, or a folder of the engine's host. It cannot be renamed as a whole, so the staging folder lies in it and
 * its content moves up at the end; what was there moves into a folder beside it.
 */
export class TreeTarget implements RestoreTarget {
	readonly label: string;
	private helper: Helper | undefined;
	private used = false;
	private readonly afterwork = new Afterwork();
	private readonly staging: string;

	constructor(
		private readonly place: Place,
		private readonly artefact: ManifestArtefact,
		private readonly options: EngineTargetOptions,
	) {
		this.label = place.type === 'volume' ? `volume ${place.volume}` : `host path ${place.path}`;
		this.staging = `${stagingPrefix}${options.id}`;
	}

	async check(): Promise<void> {
		const { connection, signal, site } = this.options;
		if (this.place.type === 'volume') await this.checkVolume(this.place.volume);
		// A volume that is missing is made when there is something to put into it.
		const missing = this.place.type === 'volume' && !(await this.findVolume());
		if (missing) return;
		this.helper = await Helper.open(connection, {
			purpose: 'restore',
			site,
			mount: { ...this.place, readOnly: false },
			signal,
		}).catch((thrown: unknown) => {
			throw this.explain(thrown);
		});
		const { stdout } = await this.run(isUsedScript, [helperFolder]);
		this.used = stdout.length > 0;
		if (!this.used || this.options.overwrite) return;
		throw new BackupError(
			'target_not_empty',
			`The ${this.label} is not empty.`,
			'Allow to overwrite it (what is there is kept in a folder beside), or restore to another place.',
		);
	}

	async fill(content: AsyncIterable<Buffer>): Promise<{ entries?: number }> {
		const helper = (this.helper ??= await this.makeVolume());
		const staging = `${helperFolder}/${this.staging}`;
		// What an earlier restore has left when it was killed.
		await this.run('rm -rf -- "$1" && mkdir -m 700 -- "$1"', [staging]);
		const guarded = guardArchive(content, (entry) => this.afterwork.leavesToTheEngine(entry));
		await helper.upload(staging, Readable.from(guarded, { objectMode: false }), this.options.signal);
		for (const { script, args } of this.afterwork.steps(staging)) await this.run(script, args);
		const { stdout } = await this.run('find "$1" -print0 | tr -dc "\\\\000" | wc -c', [staging]);
		const entries = Number(stdout.toString('utf8').trim());
		const { entries: expected } = this.artefact;
		if (expected !== undefined && entries !== expected) {
			throw new BackupError(
				'restore_failed',
				`Only ${entries} of the ${expected} entries of ${this.artefact.name} arrived in the ${this.label}.`,
				'See the log of the container engine, then run the restore again.',
			);
		}
		return { entries };
	}

	async swap(): Promise<{ previous?: string }> {
		const kept = this.used ? `${keptPrefix}${this.options.id}` : '';
		const { owner = '', mode = '', mtimeSeconds = '' } = this.afterwork.root ?? {};
		await this.run(swapScript, [helperFolder, this.staging, kept, owner, mode, mtimeSeconds]);
		await this.helper?.close();
		return this.used ? { previous: `${this.label}, folder ${kept}` } : {};
	}

	async discard(): Promise<void> {
		if (!this.helper) return;
		try {
			await this.run('rm -rf -- "$1"', [`${helperFolder}/${this.staging}`]);
		} finally {
			await this.helper.close();
		}
	}

	private async checkVolume(volume: string): Promise<void> {
		const { connection, signal } = this.options;
		const users = await new Volumes(connection).usedBy(volume, signal);
		if (users.length > 0) {
			throw new BackupError(
				'target_in_use',
				`The volume ${volume} is in use by ${users.join(', ')}.`,
				`Stop ${users.length === 1 ? 'that container' : 'those containers'} first, and start again when the restore has ended.`,
			);
		}
		if (this.artefact.source['hasOptions'] !== 'true' || (await this.findVolume())) return;
		throw new BackupError(
			'target_missing',
			`The volume ${volume} does not exist and had options of its driver, which backups do not hold.`,
			'Make it as it was (docker compose up --no-start does), then restore into it.',
		);
	}

	private async findVolume(): Promise<VolumeDetails | undefined> {
		if (this.place.type !== 'volume') return undefined;
		return await new Volumes(this.options.connection).find(this.place.volume, this.options.signal);
	}

	private async makeVolume(): Promise<Helper> {
		const { connection, signal, site } = this.options;
		if (this.place.type !== 'volume') throw new Error('check() comes before fill().');
		const { volume } = this.place;
		const { driver = 'local', labels = '{}' } = this.artefact.source;
		// Compose takes a volume for its own only with the labels it once gave it.
		const own = volume === this.artefact.source['volume'] ? readLabels(labels) : {};
		await new Volumes(connection).create({ name: volume, driver, labels: own, options: {} }, signal);
		const mount = { type: 'volume', volume, readOnly: false } as const;
		return await Helper.open(connection, { purpose: 'restore', site, mount, signal });
	}

	private async run(script: string, args: string[]) {
		if (!this.helper) throw new Error('check() comes first.');
		const result = await this.helper.run(script, args, { silenceMs });
		if (result.exitCode === 0) return result;
		const full = /no space left|disk quota/i.test(result.stderr);
		throw new BackupError(
			full ? 'target_full' : 'restore_failed',
			`The ${this.label} cannot be written: ${result.stderr || `exit code ${result.exitCode}`}`,
			full ? 'Free some space there, then run the restore again.' : 'Check the disk on the host.',
		);
	}

	private explain(thrown: unknown): unknown {
		if (!(thrown instanceof DockerError) || !/source path does not exist/i.test(thrown.message))
			return thrown;
		return new BackupError(
			'target_missing',
			`The ${this.label} does not exist.`,
			'Make the directory on the host, or restore to another place.',
			{ cause: thrown },
		);
	}
}

function readLabels(text: string): Record<string, string> {
	const value: unknown = JSON.parse(text);
	const entries = Object.entries(value ?? {}).filter(
		(entry): entry is [string, string] => typeof entry[1] === 'string',
	);
	return Object.fromEntries(entries);
}
