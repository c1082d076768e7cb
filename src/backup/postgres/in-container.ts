import { ContainerPrograms, type ExecResult } from '../../docker';
import type { BackupContext } from '../context';
import { engineFor } from '../engine-needed';
import { DumpUpload } from '../restore/dump-upload';
import { placeOf, type PostgresPlace } from './open';
import { StoppableProgram } from './program';
import type {
	DumpFile,
	PostgresProgram,
	PostgresPrograms,
	ProgramName,
	ProgramOptions,
	PsqlOptions,
	ServerPlace,
} from './programs';

// psql replaces its variables in what it reads, but not in what -c gives it.
const fedScript = 'sql=$1; shift; printf %s "$sql" | psql "$@"';
const fedOrElseScript = `trap '' HUP INT TERM PIPE; sql=$1; otherwise=$2; shift 2
if printf %s "$sql" | psql "$@"; then exit 0; fi
printf %s "$otherwise" | psql "$@" >/dev/null 2>&1
exit 1`;

/** How the programs in a container find their server. */
export interface ContainerServer {
	place: ServerPlace;
	/** Arguments of every program, e.g. `--username=shop`. */
	connection: readonly string[];
	/** `NAME=value`; visible to whoever may inspect the container, so never a secret. */
	env?: readonly string[];
	/** For a container that is ours and would end with us: the script that it does not end before. */
	steady?: (script: string) => string;
	/** Removes the container, if it is ours. */
	close?: () => Promise<void>;
	/** Leaves it to itself, if it is ours: it ends as soon as no steady script runs there. */
	letGo?: () => void;
}

/** The programs of a container: that of the server itself, which are reached over its own socket, or a temporary one. */
export class PostgresInContainer implements PostgresPrograms {
	readonly place: ServerPlace;
	/** Whether a script that must come to its end may still run there. */
	private isSteadyLost = false;

	constructor(
		private readonly container: ContainerPrograms,
		private readonly server: ContainerServer,
	) {
		this.place = server.place;
	}

	program(name: ProgramName, args: readonly string[], options: ProgramOptions): PostgresProgram {
		const { signal, silenceMs, applicationName, env = [] } = options;
		return new StoppableProgram(this.container, name, [...this.server.connection, ...args], {
			env: [...this.env(applicationName), ...env],
			silenceMs,
			signal,
		});
	}

	async psql(script: string, { args, otherwise, silenceMs, signal }: PsqlOptions): Promise<ExecResult> {
		const { connection, steady = (given) => given } = this.server;
		const shell =
			otherwise === undefined
				? [fedScript, 'sh', script]
				: [steady(fedOrElseScript), 'sh', script, otherwise];
		try {
			return await this.container.run(['sh', '-c', ...shell, ...connection, ...args], {
				env: this.env('opsdesk'),
				signal,
				...(silenceMs !== undefined && { silenceMs }),
			});
		} catch (thrown) {
			this.isSteadyLost ||= otherwise !== undefined;
			throw thrown;
		}
	}

	dumpFile(sizeBytes: number): DumpFile {
		return new DumpUpload(this.container, sizeBytes);
	}

	async close(): Promise<void> {
		if (this.isSteadyLost) this.server.letGo?.();
		else await this.server.close?.();
	}

	private env(applicationName: string): string[] {
		return ['LC_ALL=C', `PGAPPNAME=${applicationName}`, ...(this.server.env ?? [])];
	}
}

/**
 * The programs in the container of the server itself, whose version always fits.
 * @throws BackupError `engine_missing`; DockerError
 */
export async function openContainer(
	source: Extract<PostgresPlace, { type: 'postgres' }>,
	context: BackupContext,
): Promise<PostgresPrograms> {
	const { container, user } = source;
	const connection = engineFor(`the database in the container ${container}`, context);
	const programs = await ContainerPrograms.of(connection, container, context.signal);
	return new PostgresInContainer(programs, {
		place: placeOf({ ...source, container: programs.name }),
		connection: [`--username=${user}`],
	});
}
