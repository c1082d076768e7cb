import { posix } from 'node:path';

import { DockerError, Helper, type EngineConnection } from '../../docker';
import { maxFileBytes, tooLarge, type FoundPath, type PathReader } from './reader';

const lookScript = `cd "$1" || exit 1; f=./$2
if [ -L "$f" ]; then kind=link; elif [ -d "$f" ]; then kind=directory; elif [ -f "$f" ]; then kind=file; elif [ -e "$f" ]; then kind=other; else echo none; exit 0; fi
stat -c "$kind %f %u %g %Y %s" "$f"`;
const namesScript = 'cd "$1/$2" && find . -mindepth 1 -maxdepth 1 -print0';
const linkScript = 'cd "$1" && readlink "./$2" && echo .';

/** Paths of the engine's host, each folder through a helper of its own that sees nothing but the allowed folder. */
export class EnginePathReader implements PathReader {
	private readonly helpers = new Map<string, Helper>();

	constructor(
		private readonly connection: EngineConnection,
		private readonly site: string,
		private readonly signal: AbortSignal | undefined,
	) {}

	async read(path: string): Promise<FoundPath | undefined> {
		const name = posix.basename(path);
		try {
			const helper = await this.helperFor(posix.dirname(path));
			const look = await helper.run(lookScript, [helper.root, name], { signal: this.signal });
			const [kind = '', mode = '0', ...numbers] = look.stdout.toString('utf8').trim().split(' ');
			if (kind === 'none') return undefined;
			const [uid = 0, gid = 0, seconds = 0, sizeBytes = 0] = numbers.map(Number);
			const rights = { mode: Number.parseInt(mode, 16), uid, gid, mtimeNs: BigInt(seconds) * 1_000_000_000n };
			if (look.exitCode !== 0) return { ...rights, type: 'unkept', reason: `cannot be read: ${look.stderr}` };
			switch (kind) {
				case 'link': {
					const found = await helper.run(linkScript, [helper.root, name], { signal: this.signal });
					return { ...rights, type: 'link', target: found.stdout.toString('utf8').replace(/\n\.\n$/, '') };
				}
				case 'directory': {
					const found = await helper.run(namesScript, [helper.root, name], { signal: this.signal });
					const names = found.stdout.toString('utf8').split('\0').filter(Boolean);
					return { ...rights, type: 'directory', names: names.map((each) => each.slice(2)).sort() };
				}
				case 'file': {
					if (sizeBytes > maxFileBytes) return { ...rights, type: 'unkept', reason: tooLarge };
					const file = await helper.run('cat -- "$1"', [`${helper.root}/${name}`], { signal: this.signal });
					if (file.exitCode === 0) return { ...rights, type: 'file', content: file.stdout };
					return { ...rights, type: 'unkept', reason: `cannot be read: ${file.stderr}` };
				}
				default:
					return { ...rights, type: 'unkept', reason: 'is no file, folder or link' };
			}
		} catch (thrown) {
			if (!(thrown instanceof DockerError)) throw thrown;
			if (thrown.code === 'path_missing') return undefined;
			if (thrown.code !== 'not_permitted' && thrown.code !== 'path_is_link') throw thrown;
			const reason = `is not read: ${thrown.message}`;
			return { mode: 0, uid: 0, gid: 0, mtimeNs: 0n, type: 'unkept', reason };
		}
	}

	async close(): Promise<void> {
		await Promise.all([...this.helpers.values()].map((helper) => helper.close()));
		this.helpers.clear();
	}

	private async helperFor(folder: string): Promise<Helper> {
		const known = this.helpers.get(folder);
		if (known) return known;
		const helper = await Helper.open(this.connection, {
			purpose: 'backup',
			site: this.site,
			mount: { type: 'hostPath', path: folder, readOnly: true },
			signal: this.signal,
		});
		this.helpers.set(folder, helper);
		return helper;
	}
}
