import { DockerError, type Helper } from '../../docker';
import { count } from '../../shared';
import { PathTree } from '../tar/path-tree';
import { safeNames } from '../tar/safe-names';
import type { WarningList } from '../warnings';
import { keptPrefix, stagingPrefix } from './own-folders';

/** Of what is missing, so many are looked at and named. */
const maxNamed = 100;
/** A busy site may remove thousands of files while it is read. */
const maxVanished = 5;
/** Their names take about 500 MB of memory. */
const maxPaths = 10_000_000;

const listScript = `cd "$1" && exec find . \\( -path './${stagingPrefix}*' -o -path './${keptPrefix}*' \\) -prune -o -print0`;

/** For each path below the folder $1 a letter: folder, socket, vanished, or anything else that is there. */
const lookScript = `cd "$1" || exit 1; shift
for f; do
 if [ -L "./$f" ]; then printf p
 elif [ -S "./$f" ]; then printf s
 elif [ -d "./$f" ]; then printf d
 elif [ -e "./$f" ]; then printf p
 else case "$(stat "./$f" 2>&1)" in *"o such file"*) printf v;; *) printf p;; esac
 fi
done`;

/**
 * Finds out what is missing from the archive of a tree. The engine leaves out whatever it can neither look at nor open
 * and says so in its own log alone, so what was there before is compared with what has come.
 */
export class Presence {
	private readonly tree = new PathTree();
	private readonly arrived = new NodeSet();
	private incomparable: string | undefined;
	private complaints: string[] = [];

	constructor(private readonly helper: Helper) {}

	/** Lists the tree; to be called before its archive is asked for. @throws DockerError */
	async list(signal: AbortSignal | undefined): Promise<void> {
		let rest: Buffer = Buffer.alloc(0);
		const ended = (exitCode: number, stderr: string): void => {
			this.complaints = stderr.split('\n').filter((line) => line !== '' && !/no such file/i.test(line));
			if (exitCode === 0 || (exitCode === 1 && stderr !== '')) return;
			this.incomparable = `listing it ended with exit code ${exitCode}`;
		};
		try {
			const { root } = this.helper;
			for await (const piece of this.helper.output(listScript, [root], { signal, ended })) {
				const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
				let start = 0;
				for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
					this.expect(bytes.subarray(start, end));
					start = end + 1;
				}
				rest = bytes.subarray(start);
			}
		} catch (thrown) {
			if (!(thrown instanceof DockerError) || thrown.code !== 'proxy_refused') throw thrown;
			this.incomparable = thrown.message;
		}
	}

	/** Notes an entry of the archive. */
	saw(path: Buffer): void {
		const node = this.tree.nodeAt(safeNames(path, path));
		if (node !== undefined) this.arrived.add(node);
	}

	/**
	 * Tells what is missing; to be called after the archive.
	 * @param wanted whether a path is part of the backup, as for the archive
	 * @throws DockerError
	 */
	async report(
		wanted: (path: string, isDirectory: boolean) => boolean,
		warnings: WarningList,
		signal: AbortSignal | undefined,
	): Promise<void> {
		if (this.incomparable !== undefined) {
			warnings.lose('.', `it is not known whether everything is in the backup: ${this.incomparable}`);
			return;
		}
		for (const line of this.complaints) {
			const [path, message] = complaint(line);
			if (isReached(path, wanted) && (path === '.' || wanted(path, true))) warnings.lose(path, message);
		}
		const named: string[] = [];
		let more = 0;
		for (const path of this.missing()) {
			if (!isReached(path, wanted)) continue;
			if (named.length < maxNamed) named.push(path);
			else if (wanted(path, false)) more += 1;
		}
		if (named.length === 0) return;
		const { stdout } = await this.helper.run(lookScript, [this.helper.root, ...named], { signal });
		const kinds = stdout.toString('latin1');
		let vanished = 0;
		named.forEach((path, index) => {
			const kind = kinds[index];
			if (!wanted(path, kind === 'd')) return;
			if (kind === 's') return warnings.add(path, 'a socket is not backed up');
			if (kind !== 'v') {
				return warnings.lose(path, 'is not in the backup: the engine could not read it (its log says why)');
			}
			vanished += 1;
			if (vanished <= maxVanished) warnings.add(path, 'was removed meanwhile');
		});
		if (vanished > maxVanished) {
			warnings.add('.', `${count(vanished - maxVanished, 'more file')} were removed meanwhile`);
		}
		if (more > 0) {
			warnings.lose(
				'.',
				`${count(more, 'more file')} are not in the backup, unreadable or removed meanwhile`,
				more,
			);
		}
	}

	private expect(path: Buffer): void {
		if (this.tree.size > maxPaths) this.incomparable = `it holds more than ${maxPaths} entries`;
		else this.tree.addPath(safeNames(path, path), 'file');
	}

	/** The uppermost paths that have not come; what is below them is not told. */
	private *missing(): Generator<string, void, undefined> {
		for (let node = 1; node < this.tree.size; node += 1) {
			if (this.arrived.has(node)) continue;
			const folder = this.tree.folderOf(node);
			if (folder !== 0 && !this.arrived.has(folder)) continue;
			yield Buffer.concat(this.tree.pathOf(node).flatMap((name) => [slash, name])).toString('utf8', 1);
		}
	}
}

const slash = Buffer.from('/');

/** Whether none of the folders on the way is left out. */
function isReached(path: string, wanted: (path: string, isDirectory: boolean) => boolean): boolean {
	for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
		if (!wanted(path.slice(0, at), true)) return false;
	}
	return true;
}

/** `find: ./a: Permission denied`, with or without quotes, as path and message. */
function complaint(line: string): [path: string, message: string] {
	const [, path = '.', message = line] = /^find: ['‘]?(?:\.\/)?(.*?)['’]?: ([^:]+)$/.exec(line) ?? [];
	return [path, `what is there cannot be read (${message})`];
}

/** A set of small numbers, a bit for each. */
class NodeSet {
	private bits = new Uint8Array(1024);

	add(node: number): void {
		const index = node >>> 3;
		if (index >= this.bits.length) {
			const larger = new Uint8Array(Math.max(index + 1, this.bits.length * 2));
			larger.set(this.bits);
			this.bits = larger;
		}
		this.bits[index] = (this.bits[index] ?? 0) | (1 << (node & 7));
	}

	has(node: number): boolean {
		return ((this.bits[node >>> 3] ?? 0) & (1 << (node & 7))) !== 0;
	}
}
