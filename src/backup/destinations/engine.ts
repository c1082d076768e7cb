import { DockerError, Helper, HelperProgram, type EngineConnection } from '../../docker';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import { BackupError } from '../errors';
import { describeFree, freeSpace, unknownSpace, type Space } from '../space';
import { partialSuffix, type ArtefactWriter, type Destination } from './destination';

/**
 * A folder on the host of the container engine.
 * @throws BackupError `engine_missing`, `destination_missing`; DockerError
 */
export async function openEngineDestination(
	path: string,
	site: string,
	context: BackupContext,
): Promise<Destination> {
	const connection = engineFor(`the destination ${path} on its host`, context);
	const { signal } = context;
	try {
		const mount = { type: 'hostPath', path, readOnly: false } as const;
		const helper = await Helper.open(connection, { purpose: 'destination', site, mount, signal });
		return new EngineDestination(helper, connection, { path, site, signal });
	} catch (thrown) {
		if (!(thrown instanceof DockerError) || thrown.code !== 'path_missing') throw thrown;
		throw new BackupError(
			'destination_missing',
			`The host of the container engine has no folder ${path}.`,
			'Mount the disk or create the directory on the host. It is not created by itself, because an unmounted disk would go unnoticed.',
			{ cause: thrown },
		);
	}
}

interface Place {
	path: string;
	site: string;
	signal: AbortSignal | undefined;
}

/** Names of entries as `d<name>` or `f<name>`, each followed by NUL. Links are told as files: nobody follows them. */
const listScript = `[ -d "$1" ] || exit 0; cd "$1" || exit 1
for f in .* *; do
 case "$f" in .|..) continue;; esac
 if [ -d "$f" ] && [ ! -L "$f" ]; then printf 'd%s\\0' "$f"; elif [ -e "$f" ] || [ -L "$f" ]; then printf 'f%s\\0' "$f"; fi
done`;
/** Busybox and older coreutils know no file for sync and force everything to disk, which does as well. */
const syncFunction = 'force() { sync "$@" 2>/dev/null || sync; }';
/** `<site>/<restore point>`, with the names of both forced to disk. */
const makeFolders = `umask 077; mkdir -p "$1" && force "$1" "$1/.." "$1/../.."`;

/**
 * Only what is large ends with the signal: the small steps are also those by which a run that was cancelled cleans up
 * behind itself.
 */
class EngineDestination implements Destination {
	readonly label: string;

	constructor(
		private readonly helper: Helper,
		private readonly connection: EngineConnection,
		private readonly place: Place,
	) {
		this.label = `host path ${place.path}`;
	}

	async create(path: string): Promise<ArtefactWriter> {
		const { final, folder } = this.inHelper(path);
		const partial = `${final}${partialSuffix}`;
		// An older partial belongs to a run that was killed; whoever holds the lock may replace it.
		await this.command(`${syncFunction}; ${makeFolders} && rm -f "$2"`, [folder, partial], path);
		const program = await HelperProgram.start(
			this.connection,
			'umask 077; dd of="$1" bs=1048576 conv=fsync',
			[partial],
			{
				purpose: 'destination',
				site: this.place.site,
				mount: { type: 'hostPath', path: this.place.path, readOnly: false },
				signal: this.place.signal,
			},
		);
		return new EngineWriter(program, this, { path, final, partial, folder });
	}

	async *read(path: string): AsyncGenerator<Buffer, void, undefined> {
		const { final } = this.inHelper(path);
		yield* this.helper.output('exec cat -- "$1"', [final], { signal: this.place.signal });
	}

	async readSmall(path: string, maxBytes: number): Promise<Buffer | undefined> {
		const { final } = this.inHelper(path);
		const sizeBytes = await this.sizeBytes(path);
		if (sizeBytes === undefined) return undefined;
		if (sizeBytes > maxBytes) throw tooLarge(`${this.label}/${path}`, sizeBytes);
		const parts: Buffer[] = [];
		// Removed since: as if it had never been there.
		const script = '[ ! -f "$1" ] || exec cat -- "$1"';
		for await (const part of this.helper.output(script, [final])) parts.push(part);
		return Buffer.concat(parts);
	}

	async createNew(path: string, content: Buffer): Promise<boolean> {
		const { final, folder } = this.inHelper(path);
		// noclobber opens the file so that the kernel refuses one that exists. The inner commands run only when that
		// went well: a file that we made and could not fill, because the disk is full, must not pass for a lock.
		const script = `${syncFunction}; ${makeFolders} || exit 1; set -C; made=
			{ made=1; printf %s "$3" && [ "$(wc -c < "$2")" -eq "$4" ]; } > "$2" && exit 0
			if [ "$made" ]; then set +C; dd if=/dev/zero of="$2" bs=4096 count=1 >/dev/null; rm -f -- "$2"; exit 1; fi
			[ -e "$2" ] || [ -L "$2" ] || exit 1; exit 9`;
		const args = [folder, final, content.toString('utf8'), String(content.length)];
		const { exitCode } = await this.command(script, args, path, [9]);
		return exitCode === 0;
	}

	async touch(path: string): Promise<void> {
		await this.command('touch -c -- "$1"', [this.inHelper(path).final], path);
	}

	async stamp(path: string): Promise<string | undefined> {
		// Inode, size and times; both kinds of stat know this format.
		const script =
			'[ -f "$1" ] || exit 0; stat -c "%i %s %y %z" -- "$1" 2>/dev/null || stat -c "%i %s %Y %Z" -- "$1"';
		const { stdout } = await this.command(script, [this.inHelper(path).final], path);
		return stdout.toString('utf8').trim() || undefined;
	}

	async rename(path: string, name: string): Promise<boolean> {
		const { final, folder } = this.inHelper(path);
		const script = `${syncFunction}; [ -e "$1" ] || exit 9; mv -f -- "$1" "$2/$3" 2>/dev/null || { [ -e "$1" ] && exit 1; exit 9; }; force "$2"`;
		const { exitCode } = await this.command(script, [final, folder, name], path, [9]);
		return exitCode === 0;
	}

	async list(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
		const { stdout } = await this.command(listScript, [this.inHelper(folder).final], folder);
		return stdout
			.toString('utf8')
			.split('\0')
			.filter(Boolean)
			.map((entry) => ({ name: entry.slice(1), isFolder: entry.startsWith('d') }))
			.sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	async sizeBytes(path: string): Promise<number | undefined> {
		const script = '[ ! -f "$1" ] || stat -c %s -- "$1"';
		const { stdout } = await this.command(script, [this.inHelper(path).final], path);
		const text = stdout.toString('utf8').trim();
		return text === '' ? undefined : Number(text);
	}

	async remove(path: string): Promise<void> {
		const { final, folder } = this.inHelper(path);
		const script = `${syncFunction}; if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir -- "$1"; else rm -f -- "$1"; fi && { [ ! -d "$2" ] || force "$2"; }`;
		await this.command(script, [final, folder], path);
	}

	async space(): Promise<Space> {
		return await freeSpace(this.helper);
	}

	async close(): Promise<void> {
		await this.helper.close();
	}

	/** Paths as the helper sees them. */
	private inHelper(path: string): { final: string; folder: string } {
		const names = path.split('/').filter((name) => name !== '');
		if (names.includes('..')) throw new Error(`A path of a destination must not climb: ${path}`);
		const { root } = this.helper;
		return { final: [root, ...names].join('/'), folder: [root, ...names.slice(0, -1)].join('/') };
	}

	/** Gives a complete file its final name. */
	async publish({ final, partial, folder }: Paths, writtenBytes: number): Promise<void> {
		const script = `${syncFunction}; [ "$(stat -c %s -- "$1")" = "$4" ] || { echo "the file has another size than was written" >&2; exit 1; }
			mv -f -- "$1" "$2" && force "$3"`;
		await this.command(script, [partial, final, folder, String(writtenBytes)], final);
	}

	/** @param path for messages; `accepted` are exit codes beside 0 that are no failure */
	private async command(script: string, args: string[], path: string, accepted: number[] = []) {
		const result = await this.helper.run(script, args);
		if (result.exitCode === 0 || accepted.includes(result.exitCode)) return result;
		throw await this.explain(result.stderr, path);
	}

	/** Turns what a program in the helper has said into an error that says how to get unstuck. */
	async explain(stderr: string, path: string, writtenBytes = 0): Promise<BackupError> {
		const said = stderr.trim().split('\n').slice(-2).join(' ');
		if (/no space left|disk quota exceeded/i.test(stderr)) {
			const free = await this.space().catch(() => unknownSpace);
			return new BackupError(
				'destination_full',
				`The ${this.label} is full: ${path} needs more than the ${writtenBytes} bytes that were sent, ${describeFree(free)}.`,
				'Free some space or choose a larger destination; older backups were not touched.',
			);
		}
		return new BackupError(
			'destination_refused',
			`${path || 'The folder'} cannot be written to the ${this.label}: ${said || 'no reason was given'}.`,
			/read-only file system/i.test(stderr)
				? 'Mount the file system writable.'
				: 'Check the disk and the mount of the destination on the host, then run the backup again.',
		);
	}
}

interface Paths {
	/** For messages. */
	path: string;
	final: string;
	partial: string;
	folder: string;
}

class EngineWriter implements ArtefactWriter {
	private writtenBytes = 0;

	constructor(
		private readonly program: HelperProgram,
		private readonly destination: EngineDestination,
		private readonly paths: Paths,
	) {}

	async write(bytes: Buffer): Promise<void> {
		try {
			await this.program.write(bytes);
		} catch (thrown) {
			if (!(thrown instanceof DockerError) || thrown.code !== 'helper_lost') throw thrown;
			// The program has ended before its time; it says why.
			const { exitCode, stderr } = await this.program.end().catch(() => {
				throw thrown;
			});
			if (exitCode === 0) throw thrown;
			throw await this.destination.explain(stderr, this.paths.path, this.writtenBytes);
		}
		this.writtenBytes += bytes.length;
	}

	async commit(): Promise<void> {
		const { exitCode, stderr } = await this.program.end();
		await this.program.close();
		if (exitCode !== 0) throw await this.destination.explain(stderr, this.paths.path, this.writtenBytes);
		await this.destination.publish(this.paths, this.writtenBytes);
	}

	async abort(): Promise<void> {
		await this.program.close().catch(() => {
			// Its life hangs on our connection, which is closed by now.
		});
		await this.destination.remove(`${this.paths.path}${partialSuffix}`);
	}
}

function tooLarge(where: string, sizeBytes: number): BackupError {
	return new BackupError(
		'manifest_invalid',
		`${where} has ${sizeBytes} bytes, far more than such a file can have.`,
		'It was not written by this package. Look at it on the host.',
	);
}
