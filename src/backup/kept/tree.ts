import { DockerError, Helper, Volumes, type EngineConnection, type HelperMount } from '../../docker';
import { mountPointsIn } from '../restore/mounts';
import { endStaging, isAbandoned } from '../restore/staging';
import { isUsedScript } from '../restore/swap-script';
import { notWritten } from '../restore/tree-failures';
import { stagingIn } from '../restore/tree-leftovers';
import { keptPrefix, stagingPrefix } from '../sources/own-folders';
import { mostCounted } from './cheap-size';
import {
	obstacles,
	removedName,
	removedPart,
	restorePointOf,
	type FoundCopy,
	type KeptPlace,
} from './kept-place';

/** Removing a large tree says nothing for long. */
const silenceMs = 6 * 60 * 60_000;

/** Prints the host's time, then for each folder of what was kept its time, its size (`-` for many files) and its name. */
const listScript = `cd "$1" || exit 1; date +%s
for f in ${keptPrefix}*; do
 if [ -L "$f" ] || ! [ -d "$f" ]; then continue; fi
 size=-
 if [ "$(find "$f" | head -n ${mostCounted + 1} | wc -l)" -le ${mostCounted} ]; then
  size=0
  for bytes in $(find "$f" -type f -exec stat -c %s {} +); do size=$((size + bytes)); done
 fi
 echo "$(stat -c %Z "$f") $size $f"
done`;

const removeScript = 'mv -- "$1/$2" "$1/$3" && rm -rf -- "$1/$3"';

export interface KeptTreeOptions {
	connection: EngineConnection;
	site: string;
	signal: AbortSignal | undefined;
}

/** What restores have kept in a volume, or in a folder of the engine's host. */
export class KeptInTree implements KeptPlace {
	readonly label: string;
	private helper: Helper | undefined;

	constructor(
		private readonly mount:
			| Omit<Extract<HelperMount, { type: 'volume' }>, 'readOnly'>
			| Omit<Extract<HelperMount, { type: 'hostPath' }>, 'readOnly'>,
		private readonly options: KeptTreeOptions,
	) {
		this.label = mount.type === 'volume' ? `volume ${mount.volume}` : `host path ${mount.path}`;
	}

	async find(): Promise<FoundCopy[]> {
		const helper = await this.open();
		if (!helper) return [];
		const lines = (await this.run(helper, listScript, [helper.root])).split('\n');
		const hostNow = Number(lines.shift()) * 1000;
		const table = await this.run(helper, 'cat /proc/self/mountinfo', []);
		const obstacle = lines.some(Boolean) ? await this.obstacle(helper) : undefined;
		return lines.flatMap((line): FoundCopy[] => {
			const [, time = '', size = '', name = ''] = /^(\d+) (\d+|-) (.*)$/.exec(line) ?? [];
			const restorePoint = restorePointOf(name, keptPrefix);
			if (restorePoint === undefined) return [];
			const [mountPoint] = mountPointsIn(table, `${helper.root}/${name}`);
			const own =
				mountPoint === undefined ? undefined : obstacles.mountPoint(mountPoint.slice(helper.root.length + 1));
			const reason = own ?? obstacle;
			return [
				{
					name,
					restorePoint,
					// By the clock of the host; its difference to this one does not matter then.
					since: new Date(Date.now() - (hostNow - Number(time) * 1000)),
					...(size !== '-' && { sizeBytes: Number(size) }),
					...(reason !== undefined && { obstacle: reason }),
				},
			];
		});
	}

	async remove({ name }: FoundCopy): Promise<void> {
		const helper = await this.open();
		if (!helper) return;
		for (const left of await stagingIn(helper)) {
			if (!left.startsWith(`${stagingPrefix}${removedPart}`) || !isAbandoned(left)) continue;
			await this.run(helper, 'rm -rf -- "$1"', [`${helper.root}/${left}`]);
		}
		const away = removedName(stagingPrefix);
		try {
			await this.run(helper, removeScript, [helper.root, name, away]);
		} finally {
			endStaging(away);
		}
	}

	async close(): Promise<void> {
		await this.helper?.close();
		this.helper = undefined;
	}

	/** Undefined where there is no such volume or folder. */
	private async open(): Promise<Helper | undefined> {
		if (this.helper) return this.helper;
		const { connection, site, signal } = this.options;
		const { mount } = this;
		if (mount.type === 'volume' && !(await new Volumes(connection).find(mount.volume, signal)))
			return undefined;
		const options = { purpose: 'restore', site, mount: { ...mount, readOnly: false }, signal };
		this.helper = await Helper.open(connection, options).catch((thrown: unknown) => {
			if (thrown instanceof DockerError && thrown.code === 'path_missing') return undefined;
			throw thrown;
		});
		return this.helper;
	}

	private async obstacle(helper: Helper): Promise<string | undefined> {
		if ((await this.run(helper, isUsedScript, [helper.root])) === '')
			return obstacles.nothingThere(this.label);
		const staging = (await stagingIn(helper)).find(
			(name) => !name.startsWith(`${stagingPrefix}${removedPart}`),
		);
		return staging === undefined ? undefined : obstacles.interrupted(staging);
	}

	private async run(helper: Helper, script: string, args: string[]): Promise<string> {
		const { exitCode, stdout, stderr } = await helper.run(script, args, { silenceMs });
		if (exitCode !== 0) throw notWritten(this.label, exitCode, stderr);
		return stdout.toString('utf8').trim();
	}
}
