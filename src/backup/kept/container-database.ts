import { basename, posix } from 'node:path';

import { DockerError, Helper } from '../../docker';
import { mountOfDatabase, type ContainerPath } from '../restore/container-path';
import { endStaging, isAbandoned } from '../restore/staging';
import { notWritten } from '../restore/tree-failures';
import { stagingPrefix } from '../sources/own-folders';
import {
	obstacles,
	removedName,
	removedPart,
	restorePointOf,
	type FoundCopy,
	type KeptPlace,
} from './kept-place';
import type { KeptTreeOptions } from './tree';

const silenceMs = 10 * 60_000;
const endings = "'' -wal -shm -journal";

/** Prints the host's time, whether the database $2 has content, and each copy of it with time and size, and staging files. */
const listScript = `cd "$1" || exit 1; name=$2; date +%s
if [ -f "./$name" ] && ! [ -L "./$name" ] && [ -s "./$name" ]; then echo there; else echo none; fi
for f in "$name".before-* ${stagingPrefix}*; do
 if [ -L "./$f" ] || ! [ -f "./$f" ]; then continue; fi
 size=0
 for ending in ${endings}; do
  if [ -f "./$f$ending" ]; then size=$((size + $(stat -c %s "./$f$ending"))); fi
 done
 echo "$(stat -c %Z "./$f") $size $f"
done`;

/** Names it like nothing that could be taken for a copy first. */
const removeScript = `cd "$1" || exit 1
for ending in ${endings}; do if [ -f "./$2$ending" ]; then mv -- "./$2$ending" "./$3$ending" || exit 1; fi; done
for ending in ${endings}; do rm -f -- "./$3$ending"; done`;

/** What restores have kept of a SQLite database in a volume or folder of a container. */
export class KeptInContainer implements KeptPlace {
	readonly label: string;
	private readonly name: string;
	private opened: { helper: Helper; folder: string } | undefined;

	constructor(
		private readonly at: ContainerPath,
		private readonly options: KeptTreeOptions,
	) {
		this.label = `database ${at.path} in the container ${at.container}`;
		this.name = basename(at.path);
	}

	async find(): Promise<FoundCopy[]> {
		const opened = await this.open();
		if (!opened) return [];
		const [time = '', there = '', ...lines] = (await this.run(listScript, [this.name])).split('\n');
		const files = lines.map((line) => {
			const [, changed = '', size = '', name = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
			return { name, ageMs: (Number(time) - Number(changed)) * 1000, sizeBytes: Number(size) };
		});
		const staging = files.find(
			({ name }) => name.startsWith(stagingPrefix) && !name.startsWith(`${stagingPrefix}${removedPart}`),
		);
		const obstacle =
			there !== 'there' ? obstacles.nothingThere(this.label) : staging && obstacles.interrupted(staging.name);
		return files.flatMap(({ name, ageMs, sizeBytes }): FoundCopy[] => {
			const restorePoint = restorePointOf(name, `${this.name}.before-`);
			if (restorePoint === undefined) return [];
			const since = new Date(Date.now() - ageMs);
			return [{ name, restorePoint, since, sizeBytes, ...(obstacle !== undefined && { obstacle }) }];
		});
	}

	async remove({ name }: FoundCopy): Promise<void> {
		const away = removedName(stagingPrefix);
		try {
			await this.sweep();
			await this.run(removeScript, [name, away]);
		} finally {
			endStaging(away);
		}
	}

	async close(): Promise<void> {
		await this.opened?.helper.close();
		this.opened = undefined;
	}

	/** Removes what removals that were killed have left. */
	private async sweep(): Promise<void> {
		const beginning = `${stagingPrefix}${removedPart}`;
		const listed = await this.run(`cd "$1" && for f in ${beginning}*; do echo "$f"; done`, []);
		for (const name of listed.split('\n')) {
			if (!isAbandoned(name.replace(/-(?:wal|shm|journal)$/, ''))) continue;
			await this.run('rm -f -- "$1/$2"', [name]);
		}
	}

	/** Undefined where there is no such folder. */
	private async open(): Promise<typeof this.opened> {
		if (this.opened) return this.opened;
		const { connection, site, signal } = this.options;
		const { mount, below } = await mountOfDatabase(this.at, connection, signal);
		const helper = await Helper.open(connection, { purpose: 'restore', site, mount, signal }).catch(
			(thrown: unknown) => {
				if (thrown instanceof DockerError && thrown.code === 'path_missing') return undefined;
				throw thrown;
			},
		);
		if (helper) this.opened = { helper, folder: posix.join(helper.root, below) };
		return this.opened;
	}

	/** @param args those after the folder of the database */
	private async run(script: string, args: string[]): Promise<string> {
		if (!this.opened) throw new Error('find() comes first.');
		const { helper, folder } = this.opened;
		const { exitCode, stdout, stderr } = await helper.run(script, [folder, ...args], { silenceMs });
		if (exitCode !== 0) throw notWritten(this.label, exitCode, stderr);
		return stdout.toString('utf8').trim();
	}
}
