import { Readable } from 'node:stream';

import type { ContainerPrograms } from '../../docker';
import { BackupError } from '../errors';
import type { DumpFile } from '../postgres/programs';
import { tarOfFile } from '../tar/single-file';
import { endStaging, isAbandoned, newStagingToken } from './staging';

const prefix = 'opsdesk-restore-';

/**
 * A dump as a file in the container whose pg_restore is to read it: there is no way to its input that every proxy
 * passes on, and restoring with several jobs needs a file.
 */
export class DumpUpload implements DumpFile {
	/** Path in the container. */
	readonly path: string;
	private readonly token = newStagingToken();
	private readonly folder: string;

	/** @param plainBytes size of the dump */
	constructor(
		private readonly programs: ContainerPrograms,
		private readonly plainBytes: number,
	) {
		this.folder = `/tmp/${prefix}${this.token}`;
		this.path = `${this.folder}/dump`;
	}

	/** @throws BackupError `target_full`, `target_refused` */
	async put(content: AsyncIterable<Buffer>, signal: AbortSignal | undefined): Promise<void> {
		const { programs, plainBytes, path } = this;
		await this.sweep();
		const made = await programs.run(
			[
				...['sh', '-c', 'umask 077; mkdir -- "$1" && df -Pk "$1" | tail -n 1 && id -u && id -g', 'sh'],
				this.folder,
			],
			{ signal },
		);
		const [space = '', uid, gid] = made.stdout.toString('utf8').trim().split('\n');
		if (made.exitCode !== 0) throw this.noRoom(made.stderr);
		const freeBytes = Number(space.trim().split(/\s+/)[3]) * 1024;
		if (freeBytes < plainBytes) {
			throw new BackupError(
				'target_full',
				`The container ${programs.name} has ${freeBytes} bytes free in /tmp, and the dump needs ${plainBytes}.`,
				'Free space where the container engine keeps its data, then run the restore again.',
			);
		}
		const file = { name: 'dump', sizeBytes: plainBytes, uid: Number(uid), gid: Number(gid) };
		const archive = Readable.from(tarOfFile(file, content), { objectMode: false });
		await programs.upload(this.folder, archive, signal);
		const arrived = await programs.run(['sh', '-c', 'wc -c < "$1"', 'sh', path], { signal });
		if (Number(arrived.stdout.toString('utf8').trim()) !== plainBytes) {
			throw this.noRoom('it is not seen there; probably /tmp is a file system of its own (tmpfs)');
		}
	}

	/** Never cancelled: it is what a cancelled restore does last. */
	async remove(): Promise<void> {
		await this.programs.run(['rm', '-rf', '--', this.folder]);
		endStaging(this.token);
	}

	/** Removes what restores have left in this container when they were killed. */
	private async sweep(): Promise<void> {
		const script = `for f in /tmp/${prefix}*; do if [ -d "$f" ]; then echo "$f"; fi; done`;
		const { stdout } = await this.programs.run(['sh', '-c', script]);
		const left = stdout
			.toString('utf8')
			.split('\n')
			.filter((path) => isAbandoned(path));
		if (left.length > 0) await this.programs.run(['rm', '-rf', '--', ...left]);
	}

	private noRoom(reason: string): BackupError {
		return new BackupError(
			'target_refused',
			`The dump cannot be put into /tmp of the container ${this.programs.name}: ${reason}.`,
			'Restore by hand with the commands in the manifest, or give the container a writable /tmp of its own.',
		);
	}
}
