import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import type { ContainerPrograms } from '../../docker';
import { BackupError, type BackupErrorCode } from '../errors';
import { StoppableProgram } from '../postgres/program';
import { endStaging, isAbandoned, newStagingToken } from '../restore/staging';
import { snapshotPrograms, tooOldCode } from './container-scripts';

const prefix = 'opsdesk-snapshot-';
/** Copying a large database says nothing until it is done. */
const silenceMs = 60 * 60_000;
const patienceMs = 60_000;
const environment = ['LC_ALL=C', 'NODE_NO_WARNINGS=1'];

const lookScript = `[ -f "$1" ] || { echo missing; exit 0; }
[ -r "$1" ] || { echo unreadable; exit 0; }
set -- "$1" $(wc -c < "$1") "$(stat -Lc '%a %u:%g' "$1" 2>/dev/null)"
log=0; [ -f "$1-wal" ] && log=$(wc -c < "$1-wal")
echo "found $(($2 + log)) $3"`;
const findScript =
	'for program; do if command -v "$program" >/dev/null 2>&1; then echo "$program"; fi; done; exit 0';
const roomScript = 'umask 077; mkdir -- "$1" && df -Pk "$1" | tail -n 1';

/** A SQLite database in the file system of a running container, copied there by a program of its own. */
export class ContainerDatabase {
	/** In bytes, with its log. */
	sizeBytes = 0;
	mode = '';
	owner = '';
	private readonly what: string;

	private constructor(
		private readonly programs: ContainerPrograms,
		private readonly path: string,
		private readonly signal: AbortSignal | undefined,
	) {
		this.what = `database ${path} in the container ${programs.name}`;
	}

	/** @throws BackupError `source_missing`, `source_unreadable` */
	static async find(
		programs: ContainerPrograms,
		path: string,
		signal?: AbortSignal,
	): Promise<ContainerDatabase> {
		const database = new ContainerDatabase(programs, path, signal);
		const { what } = database;
		const looked = await programs.run(['sh', '-c', lookScript, 'sh', path], { signal });
		const [word, size = '', mode = '', owner = ''] = looked.stdout.toString('utf8').trim().split(/\s+/);
		if (looked.exitCode !== 0) {
			throw unreadable(
				`The ${what} cannot be looked at: ${looked.stderr || `exit code ${looked.exitCode}`}`,
				'A shell in the container is needed. Without one, back up the volume of the database, with what uses it stopped.',
			);
		}
		if (word === 'missing') {
			throw new BackupError(
				'source_missing',
				`The ${what} does not exist.`,
				'Correct the path; it is meant as the container sees it.',
			);
		}
		if (word !== 'found') {
			throw unreadable(
				`The ${what} cannot be read by its user.`,
				'Check the rights on the file and its folders.',
			);
		}
		if (size === '0') throw unreadable(`The ${what} is empty (0 bytes).`, 'Correct the path.');
		return Object.assign(database, { sizeBytes: Number(size), mode, owner });
	}

	/** Puts a consistent copy into a local file. Nothing is left behind in the container. @throws BackupError, DockerError */
	async copyTo(file: string): Promise<void> {
		const token = newStagingToken();
		const folder = `/tmp/${prefix}${token}`;
		try {
			await this.makeRoom(folder);
			await this.snapshot(`${folder}/snapshot`);
			await this.fetch(`${folder}/snapshot`, file);
		} finally {
			// Never cancelled: it is what a cancelled backup does last.
			await this.programs.run(['rm', '-rf', '--', folder]).catch(() => {
				// The container has ended; the next backup removes what is left.
			});
			endStaging(token);
		}
	}

	private async makeRoom(folder: string): Promise<void> {
		await this.sweep();
		const made = await this.programs.run(['sh', '-c', roomScript, 'sh', folder], { signal: this.signal });
		const freeBytes = Number(made.stdout.toString('utf8').trim().split(/\s+/)[3]) * 1024;
		if (made.exitCode !== 0) {
			throw unreadable(
				`The snapshot of the ${this.what} cannot be put into its /tmp: ${made.stderr}`,
				'Give the container a writable /tmp of its own.',
			);
		}
		if (freeBytes < this.sizeBytes) {
			throw unreadable(
				`The snapshot of the ${this.what} needs ${this.sizeBytes} bytes in its /tmp, and ${freeBytes} are free.`,
				'Free some space there, then run the backup again.',
			);
		}
	}

	private async snapshot(copy: string): Promise<void> {
		const names = snapshotPrograms.map(({ name }) => name);
		const found = await this.programs.run(['sh', '-c', findScript, 'sh', ...names], { signal: this.signal });
		const present = found.stdout.toString('utf8').split('\n');
		for (const { name, command } of snapshotPrograms) {
			if (!present.includes(name)) continue;
			const program = new StoppableProgram(
				this.programs,
				name,
				command(this.path, copy, patienceMs).slice(1),
				{ env: environment, silenceMs, signal: this.signal },
			);
			for await (const said of program.output()) void said;
			if (program.exitCode === 0) return;
			if (program.exitCode !== tooOldCode) throw this.failed(name, program);
		}
		throw unreadable(
			`The container ${this.programs.name} holds none of the programs that can copy a SQLite database in use (sqlite3, python3, Node.js from 22.16).`,
			'Use an image with one of them; or give a path that n8n itself sees; or back up the volume of the database, with what uses it stopped.',
		);
	}

	private failed(name: string, program: StoppableProgram): BackupError {
		const said = program.said().split('\n').filter(Boolean).slice(-3).join(' ');
		const how =
			program.exitCode === undefined ? 'did not come to its end' : `ended with exit code ${program.exitCode}`;
		const known = failures.find(({ pattern }) => pattern.test(said));
		return new BackupError(
			known?.code ?? 'dump_failed',
			`The ${this.what} ${known?.fault ?? 'cannot be copied'}: ${name} ${how}${said === '' ? ' and said nothing' : `: ${said}`}`,
			known?.remedy ?? 'See the log of that container. Nothing of this database was kept.',
		);
	}

	private async fetch(copy: string, file: string): Promise<void> {
		const counted = await this.programs.run(['sh', '-c', 'wc -c < "$1"', 'sh', copy], {
			signal: this.signal,
		});
		const sizeBytes = Number(counted.stdout.toString('utf8').trim());
		const program = new StoppableProgram(this.programs, 'cat', ['--', copy], {
			env: environment,
			silenceMs,
			signal: this.signal,
		});
		await pipeline(program.output(), createWriteStream(file, { mode: 0o600 }));
		const arrived = await stat(file);
		if (program.exitCode === 0 && arrived.size === sizeBytes) return;
		throw new BackupError(
			'dump_failed',
			`The snapshot of the ${this.what} did not arrive whole: ${arrived.size} of ${sizeBytes} bytes.`,
			'Look at the container and the engine, then run the backup again.',
		);
	}

	/** Removes what backups have left in this container when they were killed. */
	private async sweep(): Promise<void> {
		const script = `for f in /tmp/${prefix}*; do if [ -d "$f" ]; then echo "$f"; fi; done`;
		const { stdout } = await this.programs.run(['sh', '-c', script]);
		const left = stdout
			.toString('utf8')
			.split('\n')
			.filter((path) => isAbandoned(path));
		if (left.length > 0) await this.programs.run(['rm', '-rf', '--', ...left]);
	}
}

/** What the three programs say in common. */
const failures: { pattern: RegExp; code: BackupErrorCode; fault: string; remedy: string }[] = [
	{
		pattern: /database (?:table )?is locked|not an error/i,
		code: 'source_unreadable',
		fault: 'was locked by another program all the time',
		remedy:
			'See which program keeps it locked (a migration, a long transaction), and run the backup at another time.',
	},
	{
		pattern: /file is not a database|file is encrypted/i,
		code: 'source_unreadable',
		fault: 'is no SQLite database, or an encrypted one',
		remedy:
			'Correct the path. A database that is encrypted (e.g. by SQLCipher) is backed up with its volume, with what uses it stopped.',
	},
	{
		pattern: /readonly|read-only/i,
		code: 'source_unreadable',
		fault: 'was left in the middle of a change by a program that was killed',
		remedy: 'Start the program that uses it, which repairs it, then run the backup again.',
	},
	{
		pattern: /malformed|corrupt/i,
		code: 'dump_failed',
		fault: 'is damaged',
		remedy: 'Restore the newest backup from before, or repair it with "sqlite3 <file> .recover".',
	},
	{
		pattern: /unable to open/i,
		code: 'source_unreadable',
		fault: 'cannot be opened',
		remedy: 'Check the rights of the user of the container on the file, its -wal and -shm, and their folder.',
	},
];

function unreadable(message: string, remedy: string): BackupError {
	return new BackupError('source_unreadable', message, remedy);
}
