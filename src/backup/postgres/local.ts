import { createWriteStream } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { ExecResult } from '../../docker';
import { errorMessage, OpsdeskError, RunningProcess, runProcess } from '../../shared';
import { BackupError } from '../errors';
import { PrivateFolder } from './password-file';
import type {
	DumpFile,
	PostgresProgram,
	PostgresPrograms,
	ProgramName,
	ProgramOptions,
	PsqlOptions,
	ServerPlace,
} from './programs';

const psqlSilenceMs = 60_000;

/** How local programs find their server. */
export interface LocalServer {
	place: ServerPlace;
	/** Arguments of every program. */
	connection: readonly string[];
	/** For libpq. */
	env: Readonly<Record<string, string>>;
	/** Folder of the programs. */
	folder: string;
	/** Holds the password; removed at the end. */
	secrets: PrivateFolder;
}

/** The programs of this machine, which speak to a server over the network. */
export class LocalPrograms implements PostgresPrograms {
	readonly place: ServerPlace;

	constructor(private readonly server: LocalServer) {
		this.place = server.place;
	}

	program(name: ProgramName, args: readonly string[], options: ProgramOptions): PostgresProgram {
		return new LocalProgram(this.path(name), {
			...options,
			args: [...this.server.connection, ...args],
			env: { ...this.env(options.applicationName), ...variables(options.env) },
		});
	}

	async psql(script: string, { args, otherwise, signal, silenceMs }: PsqlOptions): Promise<ExecResult> {
		const run = (input: string, limits: Pick<PsqlOptions, 'signal'>) =>
			runProcess(this.path('psql'), {
				args: [...this.server.connection, ...args],
				env: this.env('opsdesk'),
				input,
				silenceMs: silenceMs ?? psqlSilenceMs,
				...limits,
			}).catch(inOurWords);
		const result = await run(script, { signal });
		if (result.exitCode !== 0 && otherwise !== undefined) await run(otherwise, {});
		return result;
	}

	dumpFile(sizeBytes: number): DumpFile {
		return new LocalDumpFile(sizeBytes);
	}

	async close(): Promise<void> {
		await this.server.secrets.remove();
	}

	private path(name: ProgramName): string {
		return join(this.server.folder, name);
	}

	private env(applicationName: string): Record<string, string> {
		return { LC_ALL: 'C', PGAPPNAME: applicationName, ...this.server.env };
	}
}

class LocalProgram implements PostgresProgram {
	exitCode: number | undefined;
	private running: RunningProcess | undefined;

	constructor(
		private readonly path: string,
		private readonly options: ConstructorParameters<typeof RunningProcess>[1],
	) {}

	async *output(): AsyncGenerator<Buffer, void, undefined> {
		const running = (this.running = new RunningProcess(this.path, this.options));
		try {
			yield* running.output();
			this.exitCode = await running.exitCode();
		} catch (thrown) {
			inOurWords(thrown);
		} finally {
			await running.stop();
		}
	}

	said(): string {
		return this.running?.said() ?? '';
	}
}

/** The dump in the temporary folder of this machine. */
class LocalDumpFile implements DumpFile {
	path = '';
	private folder: PrivateFolder | undefined;

	constructor(private readonly sizeBytes: number) {}

	async put(content: AsyncIterable<Buffer>, signal: AbortSignal | undefined): Promise<void> {
		const parent = tmpdir();
		const { bavail, bsize } = await statfs(parent);
		if (bavail * bsize < this.sizeBytes) {
			throw new BackupError(
				'target_full',
				`${parent} has ${bavail * bsize} bytes free, and the dump needs ${this.sizeBytes}.`,
				'Free space there, or set TMPDIR to a folder that has it, then run the restore again.',
			);
		}
		this.folder = await PrivateFolder.make();
		this.path = await this.folder.write('dump', '');
		try {
			const file = createWriteStream(this.path, { flags: 'r+' });
			await pipeline(Readable.from(content), file, signal ? { signal } : {});
		} catch (thrown) {
			if (thrown instanceof OpsdeskError || signal?.aborted) throw thrown;
			throw new BackupError(
				(thrown as NodeJS.ErrnoException).code === 'ENOSPC' ? 'target_full' : 'target_refused',
				`The dump cannot be written to ${dirname(this.path)}: ${errorMessage(thrown)}.`,
				'Free space there, or set TMPDIR to a folder that has it, then run the restore again.',
				{ cause: thrown },
			);
		}
	}

	async remove(): Promise<void> {
		if (this.path !== '') await rm(this.path, { force: true });
		await this.folder?.remove();
	}
}

function variables(settings: readonly string[] = []): Record<string, string> {
	return Object.fromEntries(
		settings.map((setting) => {
			const equals = setting.indexOf('=');
			return [setting.slice(0, equals), setting.slice(equals + 1)];
		}),
	);
}

function inOurWords(thrown: unknown): never {
	if (!(thrown instanceof OpsdeskError) || thrown instanceof BackupError) throw thrown;
	throw new BackupError(
		thrown.code === 'cancelled' ? 'cancelled' : 'source_unreadable',
		thrown.message,
		thrown.remedy,
		{ cause: thrown },
	);
}
